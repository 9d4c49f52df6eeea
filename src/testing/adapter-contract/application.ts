import type { Session } from '../../core/session.ts'
import type { Sessions } from '../../core/sessions.ts'

/** The session data in the adapter contract. */
export interface AdapterContractData {
  visits: number
  cart: string[]
  [key: `key${number}`]: number
}

/** The response that a route wants its client to get. */
export type RouteAnswer = { readonly headers?: Readonly<Record<string, string>> } & (
  | { readonly kind: 'text'; readonly status: number; readonly body: string }
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'empty'; readonly status: 204 | 304 }
  | { readonly kind: 'stream'; readonly chunks: AsyncIterable<string> }
)

/** A route that the application under test must have, for GET and HEAD. */
export interface AdapterRoute {
  readonly path: string
  /**
   * The handler calls it and sends what it returns in the framework's own way. The handler leaves what it throws to the
   * framework.
   *
   * @param session the handle that the adapter gives to a handler
   * @param opened what `sessions.open` returns there for the framework's own request object
   */
  handle(session: Session<Partial<AdapterContractData>>, opened: Session<Partial<AdapterContractData>>): Promise<RouteAnswer>
}

/** What the application under test consists of. */
export interface AdapterSetup {
  readonly sessions: Sessions<Partial<AdapterContractData>>
  readonly routes: readonly AdapterRoute[]
  /** How often the adapter is mounted before the routes, one after the other. */
  readonly times: 1 | 2
}

/** A running application. */
export interface AdapterApplication {
  /** Such as `http://127.0.0.1:3000`. */
  readonly origin: string
  /** For applications that do not listen on a port. A rejection counts as a 500 of the runtime. */
  fetch?(request: Request): Promise<Response>
  close(): Promise<void>
}
