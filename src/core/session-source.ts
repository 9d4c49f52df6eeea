import type { Exchange } from './exchange.ts'
import type { Session } from './session.ts'
import type { RequestLike } from './transport.ts'

/** Where a framework adapter gets the session of a request: `Sessions`, and the shared sessions of another system. */
export interface SessionSource<Data extends object = Record<string, unknown>> {
  /** The session of a request: the same handle each time for the same request object. Reads and creates nothing, never throws. */
  open(request: RequestLike, exchange?: Exchange): Session<Data>
  /** Runs a Fetch-style handler and saves the session before the response is handed over. */
  handle(request: Request, handler: (session: Session<Data>) => Response | Promise<Response>): Promise<Response>
}
