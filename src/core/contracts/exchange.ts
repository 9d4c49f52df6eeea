import type { Answer } from '../basics/answer.ts'
import type { HeaderLine } from '../basics/refusal.ts'

/**
 * What a session needs of its exchange: one request and its response. A framework adapter implements it. Without one
 * (in sockets and jobs) the application commits the session itself.
 *
 * The adapter's part of promise P3: from the first `changed()` on it holds the response back, calls `session.commit()`
 * before the first byte, and only then adds `session.takeHeaders()`.
 */
export interface Exchange {
  /**
   * Called at the first use of the session. The response now depends on the token: add `vary` to Vary, and `private` to
   * Cache-Control. Do nothing if the headers are sent.
   */
  accessed(vary: string): void
  /**
   * Called before each recorded change. Hold the response from here on.
   *
   * @throws ERR_SESSION_HEADERS_SENT or ERR_SESSION_COMMITTED if it is too late
   */
  changed(session: Committable): void
  /**
   * Keeps the platform at work until a promise is settled; it does not reject. Absent where no platform or adapter
   * can.
   */
  waitUntil?(work: Promise<unknown>): void
  /** The client's address, for the list of a principal's sessions. */
  readonly address?: string | undefined
  readonly userAgent?: string | undefined
}

/** The part of a session that an adapter drives. */
export interface Committable {
  /**
   * Saves what was recorded. It is saved at once if the return value is not a promise. Safe to call again: without new
   * changes it does nothing. It throws a failure, or the promise rejects.
   */
  commit(): Answer<unknown>
  /** The headers for the client since the last call, only of what is saved. */
  takeHeaders(): HeaderLine[]
  /** Whether something waits for the commit. Where it does not say, something may. */
  readonly isChanged?: boolean
}
