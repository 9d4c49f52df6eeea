import type { Session } from './session.ts'
import type { HeaderLine, RequestLike } from './transport.ts'

/** What a client is answered instead of what it asked for. */
export interface Refusal {
  readonly status: number
  readonly headers: readonly HeaderLine[]
  readonly body: string
}

/**
 * Decides whether a request may go on: `undefined`, or what its client is answered instead. Framework adapters run it; what it changes in
 * the session is saved with either answer.
 */
export type Guard<Data extends object = Record<string, unknown>> = (
  request: RequestLike,
  session: Session<Data>,
) => Refusal | undefined | Promise<Refusal | undefined>
