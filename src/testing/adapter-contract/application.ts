import type { Session } from '../../core/session.ts'
import type { Sessions } from '../../core/sessions.ts'

/** The data of the sessions in the adapter contract. */
export interface AdapterContractData {
  visits: number
  cart: string[]
  [key: `key${number}`]: number
}

/** What a route wants its client to be sent. */
export type RouteAnswer = { readonly headers?: Readonly<Record<string, string>> } & (
  | { readonly kind: 'text'; readonly status: number; readonly body: string }
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'empty'; readonly status: 204 | 304 }
  | { readonly kind: 'stream'; readonly chunks: AsyncIterable<string> }
)

/** A route the application under test must have, for GET and HEAD. */
export interface AdapterRoute {
  readonly path: string
  /**
   * To be called by the handler, and its answer sent in the framework's own way. What it throws is to be left to the framework.
   *
   * @param session as the adapter hands it to a handler
   * @param opened what `sessions.open` gives there for the framework's own request object
   */
  handle(session: Session<Partial<AdapterContractData>>, opened: Session<Partial<AdapterContractData>>): Promise<RouteAnswer>
}

/** What an application is made of. */
export interface AdapterSetup {
  readonly sessions: Sessions<Partial<AdapterContractData>>
  readonly routes: readonly AdapterRoute[]
  /** How often the adapter stands before the routes, one behind the other. */
  readonly times: 1 | 2
}

/** A running application. */
export interface AdapterApplication {
  /** Such as `http://127.0.0.1:3000`. */
  readonly origin: string
  /** For applications that do not listen. A rejection counts as the runtime's 500. */
  fetch?(request: Request): Promise<Response>
  close(): Promise<void>
}
