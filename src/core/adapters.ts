import type { Refusal } from './basics/refusal.ts'
import type { Exchange } from './contracts/exchange.ts'
import type { RequestLike } from './contracts/transport.ts'
import type { HandleOptions } from './fetch.ts'
import type { Session } from './session.ts'

/** Where a framework adapter gets the session of a request: `Sessions`, and the shared sessions of another system. */
export interface SessionSource<Data extends object = Record<string, unknown>> {
  /**
   * The session of a request: the same handle each time for the same request object. Opening reads nothing, creates
   * nothing and never throws.
   */
  open(request: RequestLike, exchange?: Exchange): Session<Data>
  /** Runs a Fetch-style handler and saves the session before the response is handed over. */
  handle(request: Request, handler: (session: Session<Data>) => Response | Promise<Response>, options?: HandleOptions): Promise<Response>
}

/**
 * Something that answers all requests for a path and below it, such as the console. `mount` of each framework adapter
 * takes one.
 */
export interface Mountable {
  /** Where it stands, such as `/console`; without a slash at the end. */
  readonly path: string
  /** Answers a request. Frameworks on node:http pass requests without their bodies. */
  fetch(request: Request): Promise<Response>
}

/** Whether the path of a request is that of something mounted, or below it. */
export function isBelow({ path }: Mountable, pathname: string): boolean {
  return pathname === path || pathname.startsWith(`${path}/`)
}

/**
 * Decides whether a request may go on. Returns `undefined` if it may, otherwise the response for its client. Framework
 * adapters run guards; what a guard changes in the session is saved in both cases.
 */
export type Guard<Data extends object = Record<string, unknown>> = (
  request: RequestLike,
  session: Session<Data>,
) => Refusal | undefined | Promise<Refusal | undefined>

/** Asks the guards in order and returns the first refusal; `undefined` if none refuses. */
export async function firstRefusal<Data extends object>(
  guards: readonly Guard<Data>[],
  request: RequestLike,
  session: Session<Data>,
): Promise<Refusal | undefined> {
  for (const guard of guards) {
    const refusal = await guard(request, session)
    if (refusal) return refusal
  }
  return undefined
}
