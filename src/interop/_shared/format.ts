/**
 * What the protocol needs to know of another system to share its live sessions. A format says how the cookie is read,
 * where the data lie and how they are written. The protocol itself (merge, compare, retry, sign-in) is `visit.ts`, once
 * for all formats.
 *
 * Values are kept by key as text in the system's own notation, and are decoded only when somebody reads them. So an
 * unchanged value is written back exactly as it was: `1.0` stays `1.0`, and a 64-bit integer keeps its digits.
 *
 * @module
 */
import type { Persistence } from '../../core/record/record.ts'
import type { Call } from '../../core/contracts/store.ts'
import type { EncodedValue, ValueCodec } from '../../core/record/values.ts'

/**
 * The data of a session by key, in the system's order. Keys that begin with U+0000 belong to the format
 * (express-session's `cookie`, flash messages): the handle neither shows nor changes them, and they survive a `login({
 * keep })`.
 */
export type ForeignValues = ReadonlyMap<string, EncodedValue>

/** A system whose sessions are shared, whatever its cookie. */
export interface ForeignSystem {
  /** For messages: `'Django'`. */
  readonly system: string
  /**
   * Reads and writes one value in the system's notation (`rich` is always `false`). `encode` takes what the system can
   * hold and refuses everything else with ERR_SESSION_VALUE_TYPE, naming the key. It never changes a value silently.
   */
  readonly codec: ValueCodec
  /** Where the data lie: in a store under a key that the cookie names, or in the cookie itself. */
  readonly storage: StoreBackedStorage<unknown> | CookieBackedStorage
  readonly principal: ForeignPrincipal
  /** The system's own flash messages. Left out: `flash` fails with ERR_SESSION_CAPABILITY. */
  readonly flash?: ForeignFlash
  /** How long a session lives that is written now. Some systems keep this in the data. */
  lifetime(values: ForeignValues, now: number): ForeignLifetime
  /**
   * Whether the system moves the deadline at each visit; some systems do so only for some sessions. A visit in Node
   * then does so too, at most once in a tenth of the lifetime: in a store by `touch`, beside the handler, and in a
   * cookie by sending it again.
   */
  readonly refreshes: boolean | ((values: ForeignValues) => boolean)
}

/** A system whose cookie has the same attributes in every session. */
export interface ForeignFormat extends ForeignSystem {
  readonly cookie: ForeignCookieSettings
}

/** How long a session lives that is written now. */
export interface ForeignLifetime {
  /** Epoch milliseconds. */
  readonly expiresAt: number
  /** The cookie's lifetime in milliseconds. Left out: the client forgets the cookie when it closes. */
  readonly cookieMaxAge?: number | undefined
}

/** The cookie, exactly as the other system sets it; with other attributes the browser would keep two cookies. */
export interface ForeignCookieSettings {
  readonly name: string
  readonly path: string
  readonly domain?: string | undefined
  readonly secure: boolean
  readonly httpOnly: boolean
  readonly sameSite?: 'lax' | 'strict' | 'none' | undefined
}

/**
 * Data in a store, under a key that the cookie names. `Raw` is what the store holds: text or bytes, opaque to the
 * protocol.
 */
export interface StoreBackedStorage<Raw> {
  readonly kind: 'store-backed'
  /** Reads the key from the cookie's text, which is untrusted. Returns `undefined` for anything wrong. Never throws. */
  readKey(cookie: string): string | undefined
  /** The cookie's text for a key. */
  writeKey(key: string): string
  /** Returns a new random key of the system's form. */
  newKey(): string
  /**
   * Reads the values from what the store holds. Returns `undefined` for anything wrong: tampered, expired, or made for
   * another purpose. Never throws.
   */
  read(raw: Raw, now: number): ForeignValues | undefined
  /** @throws ERR_SESSION_VALUE_TYPE if the whole cannot be written without loss. */
  write(values: ForeignValues, lifetime: ForeignLifetime, now: number): Raw
  readonly store: ForeignStore<Raw>
}

/** Data in the signed cookie itself. */
export interface CookieBackedStorage {
  readonly kind: 'cookie-backed'
  /**
   * Reads the values from the cookie's text, which is untrusted. Returns `undefined` for anything wrong. Never throws.
   */
  read(cookie: string, now: number): { readonly values: ForeignValues; readonly expiresAt: number } | undefined
  /** @throws ERR_SESSION_VALUE_TYPE if the whole cannot be written without loss. */
  write(values: ForeignValues, now: number): string
}

/** What a store of another system holds for one session. */
export interface ForeignEntry<Raw> {
  readonly raw: Raw
  /** Epoch milliseconds; `undefined` if the store does not report a deadline. */
  readonly expiresAt: number | undefined
}

/**
 * The place where another system keeps its sessions, with the calls that Node needs. An error means a system fault, and
 * nothing else. Every call has a deadline and carries `now`.
 */
export interface ForeignStore<Raw> {
  /** The newest entry; `undefined` if it is missing or, at `now`, expired. */
  load(key: string, call: Call): Promise<ForeignEntry<Raw> | undefined>

  /** Inserts. Never overwrites an entry. */
  create(key: string, raw: Raw, expiresAt: number, call: Call): Promise<'created' | 'exists'>

  /**
   * Writes `next` if and only if the entry is live and holds exactly `old`. This is one atomic step where the store can
   * do that (a Lua script, `UPDATE … WHERE session_data = …`). Otherwise it comes as close as it can, and the format's
   * documentation says so.
   *
   * NEVER inserts, so that a session that ended stays ended. Returns `'gone'` if there is no live entry, and the newest
   * entry if it differs from `old`.
   */
  replace(key: string, old: Raw, next: Raw, expiresAt: number, call: Call): Promise<'updated' | 'gone' | ForeignEntry<Raw>>

  /** Moves the deadline of a live entry; `false` if there is none. Needed if the format `refreshes`. */
  touch?(key: string, expiresAt: number, call: Call): Promise<boolean>

  /** Removes an entry; `false` if there was none. */
  delete(key: string, call: Call): Promise<boolean>

  /** Releases what the store itself opened. */
  close(): Promise<void>
}

/** The largest value that a sign-in may write, by the application's own `signIn`. */
export const MAX_SIGN_IN_BYTES = 65_536

/** How the system keeps who is signed in. */
export interface ForeignPrincipal {
  /** Who is signed in, by the data. */
  of(values: ForeignValues): string | null
  /**
   * Whether the sign-in is still valid: the user exists and has the password that they signed in with. `false` ends the
   * session, as it does in the system. Left out: always valid.
   */
  isStillSignedIn?(values: ForeignValues, call: Call): Promise<boolean>
  /**
   * The keys that say who is signed in, and since when. A sign-in removes them and then sets the entries of `signIn`.
   */
  readonly keys: readonly string[]
  /**
   * The entries that a sign-in of this principal writes. `persistence`: `session` and `remember` are `login`'s
   * `remember: false` and `true`.
   *
   * @throws ERR_SESSION_PRINCIPAL for a principal that the system does not know
   */
  signIn(principal: string, persistence: Persistence, call: Call): Promise<ForeignValues>
}

/** One flash message. */
export interface FlashMessage {
  readonly type: string
  readonly text: string
}

/** How the system keeps messages for the next page. */
export interface ForeignFlash {
  /** Oldest first. */
  read(values: ForeignValues): readonly FlashMessage[]
  /**
   * Replaces the messages. An empty list leaves no trace of them. Messages that came from `read` must be written as
   * they were.
   */
  write(values: Map<string, EncodedValue>, messages: readonly FlashMessage[]): void
}
