/**
 * Sessions without a store: the whole record travels in the client's cookies, encrypted.
 *
 * @module
 */
import { parseDuration } from '../core/basics/time.ts'
import type { Duration } from '../core/basics/time.ts'
import { MAX_SEALED_CHARACTERS, SEALED_CHARACTERS } from '../core/basics/limits.ts'
import { optionError } from '../core/basics/errors.ts'
import { checkOptions } from '../core/basics/known-options.ts'
import type { KnownOptions } from '../core/basics/known-options.ts'
import type { SealedStore } from '../core/features/sealed/records.ts'
import type { SessionStore } from '../core/contracts/store.ts'

/** Options of {@link sealedStore}. */
export interface SealedStoreOptions {
  /**
   * A store with an index by principal that holds a stub of each signed-in session, without data. With it, sessions can
   * be listed and revoked, a logout takes effect everywhere, and a cookie that is older than one already seen is
   * refused: all of this within `recheck`. Without it, a copy of an ended session's cookies stays valid until their
   * deadlines.
   */
  readonly revocations?: SessionStore
  /**
   * How often a signed-in session is checked against `revocations`. A revoked session may live on for that long.
   * Default `'30s'`.
   */
  readonly recheck?: Duration
  /**
   * The store that large sessions move to; they stay there. Without it, the commit of a session that is too large
   * fails.
   */
  readonly spill?: SessionStore
  /**
   * How many characters of sealed text may travel. Default 3,000, which a proxy with the defaults of nginx lets
   * through: the head of a response must fit in 4 KiB. At most 7,000, in two cookies; then set `proxy_buffer_size 12k`
   * there.
   */
  readonly maxCharacters?: number
}

const OPTIONS: KnownOptions<SealedStoreOptions> = { revocations: true, recheck: true, spill: true, maxCharacters: true }

/**
 * Seals each session with AES-256-GCM and keeps it at the client, in cookies of at most `maxCharacters` together.
 *
 * No server holds anything, and a read costs no store call. This has a price. If two responses change one session at
 * the same time, the last one wins: lost updates are prevented only in sessions that moved to `spill`. A client can
 * send an old cookie again. And a session ends at once only where its cookies are cleared, elsewhere within `recheck`.
 *
 * @example
 * ```ts from: examples/reference/stores.ts#sealed
 * const sessions = createSessions({ secrets, store: sealedStore({ revocations: redisStore(client) }) })
 * ```
 *
 * @throws ERR_SESSION_OPTIONS, ERR_SESSION_DURATION
 */
export function sealedStore(options: SealedStoreOptions = {}): SealedStore {
  checkOptions('sealedStore', options, OPTIONS)
  const { revocations, recheck = '30s', spill, maxCharacters = SEALED_CHARACTERS } = options
  for (const [name, store] of Object.entries({ revocations, spill })) {
    if (store !== undefined && typeof (store as Partial<SessionStore>).load !== 'function') {
      throw optionError(`sealedStore: ${name} must be a store, such as redisStore(client).`)
    }
  }
  if (revocations && !revocations.principals)
    throw optionError('sealedStore: revocations must be a store that finds sessions by principal.')
  if (!Number.isSafeInteger(maxCharacters) || maxCharacters < 1 || maxCharacters > MAX_SEALED_CHARACTERS) {
    throw optionError(`sealedStore: maxCharacters must be a whole number of characters from 1 to ${MAX_SEALED_CHARACTERS}.`)
  }
  return { sealed: { revocations, recheck: parseDuration(recheck, 'recheck'), spill, maxCharacters } }
}
