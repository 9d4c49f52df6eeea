import type { RequestLike } from '../../core/contracts/transport.ts'
import type { Session } from '../../core/session.ts'

/** A request and its session. */
export interface RequestInSession {
  readonly request: RequestLike
  readonly session: Session<never>
}
