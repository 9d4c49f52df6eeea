/**
 * Sessions that lie in no store: the whole record travels in the client's cookies, encrypted.
 *
 * @module
 */
import { parseDuration } from '../core/basics/time.ts'
import type { Duration } from '../core/basics/time.ts'
import { MAX_SEALED_CHARACTERS } from '../core/basics/limits.ts'
import { optionError } from '../core/basics/errors.ts'
import type { SealedStore } from '../core/features/sealed/records.ts'
import type { SessionStore } from '../core/contracts/store.ts'

export interface SealedStoreOptions {
  /**
   * A store with an index by principal that holds a stub of each signed-in session, without data. With it, sessions can be listed and revoked, a
   * logout counts everywhere, and a cookie from before one that was seen since is refused: all of it within `recheck`. Without it an
   * ended session's cookies stay good wherever a copy of them is, until their deadlines.
   */
  readonly revocations?: SessionStore
  /** How long a signed-in session goes without asking `revocations`, and so how long a revoked one may live on. Default `'30s'`. */
  readonly recheck?: Duration
  /** A store that sessions move to when they grow; they stay there. Left out: a session that grows too large is an error at commit. */
  readonly spill?: SessionStore
  /** How many characters of sealed text travel before a session moves to `spill`; at most 7,000. Default 3,800: one cookie. */
  readonly spillAbove?: number
}

/**
 * Seals each session with AES-256-GCM and keeps it at the client, in one or two cookies of at most 7,000 characters together.
 *
 * No server holds anything, and reading costs no store call. In return: of two responses that change one session at the same time the
 * last wins (P1 does not hold, but in what `spill` took over); what a client holds it can send again; and a session ends at once
 * only where its cookies are cleared, elsewhere within `recheck`.
 *
 * @example
 * ```ts from: examples/reference/stores.ts#sealed
 * const sessions = createSessions({ secrets, store: sealedStore({ revocations: redisStore(client) }) })
 * ```
 *
 * @throws ERR_SESSION_OPTIONS, ERR_SESSION_DURATION
 */
export function sealedStore(options: SealedStoreOptions = {}): SealedStore {
  const { revocations, recheck = '30s', spill, spillAbove = 3_800 } = options
  for (const [name, store] of Object.entries({ revocations, spill })) {
    if (store !== undefined && typeof (store as Partial<SessionStore>).load !== 'function') {
      throw optionError(`sealedStore: ${name} must be a store, such as redisStore(client).`)
    }
  }
  if (revocations && !revocations.principals)
    throw optionError('sealedStore: revocations must be a store that finds sessions by principal.')
  if (!Number.isSafeInteger(spillAbove) || spillAbove < 1 || spillAbove > MAX_SEALED_CHARACTERS) {
    throw optionError(`sealedStore: spillAbove must be a whole number of characters from 1 to ${MAX_SEALED_CHARACTERS}.`)
  }
  return { sealed: { revocations, recheck: parseDuration(recheck, 'recheck'), spill, spillAbove } }
}
