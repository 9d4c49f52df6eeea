/**
 * What sharing a live session with another system needs to know of that system. A format says how its cookie is read, where the data
 * lie and how they are written; the protocol over it (merge, compare, retry, sign-in) is `visit.ts`, once for all formats.
 *
 * Values are kept in the system's own notation, as text by key, and are decoded only when somebody reads them. What nobody changed is
 * therefore written back as it was: `1.0` stays `1.0`, and a 64-bit integer keeps its digits.
 *
 * @module
 */
import type { Persistence } from '../../core/record/record.ts'
import type { Call } from '../../core/contracts/store.ts'
import type { EncodedValue, ValueCodec } from '../../core/record/values.ts'

/**
 * The data of a session by key, in the system's order. Keys that begin with U+0000 are the format's own (express-session's `cookie`,
 * flash messages): the handle neither shows nor changes them, and they survive a `login({ keep })`.
 */
export type ForeignValues = ReadonlyMap<string, EncodedValue>

/** A system whose sessions are shared. */
export interface ForeignFormat {
  /** For messages: `'Django'`. */
  readonly system: string
  readonly cookie: ForeignCookieSettings
  /**
   * One value, in the notation of the system (`rich` is always `false`). `encode` takes what the system can hold and
   * refuses the rest with ERR_SESSION_VALUE_TYPE, naming the key; it never changes a value silently.
   */
  readonly codec: ValueCodec
  /** Where the data lie: in a store under a key that the cookie names, or in the cookie itself. */
  readonly storage: StoreBackedStorage<unknown> | CookieBackedStorage
  readonly principal: ForeignPrincipal
  /** The system's own flash messages. Left out: `flash` fails with ERR_SESSION_CAPABILITY. */
  readonly flash?: ForeignFlash
  /** How long what is written now lives; some systems keep that in the data. */
  lifetime(values: ForeignValues, now: number): ForeignLifetime
  /**
   * Whether the system moves the deadline at each visit. Then a visit in Node does so too, at most each tenth of the lifetime: a store by
   * `touch`, beside the handler; a cookie by sending it anew. Some systems do so only for some sessions.
   */
  readonly refreshes: boolean | ((values: ForeignValues) => boolean)
}

/** How long a session lives that is written now. */
export interface ForeignLifetime {
  /** Epoch milliseconds. */
  readonly expiresAt: number
  /** Of the cookie, milliseconds; left out: the client forgets it when it closes. */
  readonly cookieMaxAge?: number | undefined
}

/** The cookie, exactly as the other system sets it: otherwise the browser keeps two. */
export interface ForeignCookieSettings {
  readonly name: string
  readonly path: string
  readonly domain?: string | undefined
  readonly secure: boolean
  readonly httpOnly: boolean
  readonly sameSite?: 'lax' | 'strict' | 'none' | undefined
}

/** Data in a store, under a key that the cookie names. `Raw` is what the store holds: text or bytes, opaque to the protocol. */
export interface StoreBackedStorage<Raw> {
  readonly kind: 'store-backed'
  /** From the cookie's text, untrusted, to the key; `undefined` for anything wrong. Never throws. */
  readKey(cookie: string): string | undefined
  /** The cookie's text for a key. */
  writeKey(key: string): string
  /** A fresh random key of the system's form. */
  newKey(): string
  /** From what the store holds to the values; `undefined` for anything wrong: tampered, expired, of another purpose. Never throws. */
  read(raw: Raw, now: number): ForeignValues | undefined
  /** @throws ERR_SESSION_VALUE_TYPE if the whole cannot be written without loss. */
  write(values: ForeignValues, lifetime: ForeignLifetime, now: number): Raw
  readonly store: ForeignStore<Raw>
}

/** Data in the signed cookie itself. */
export interface CookieBackedStorage {
  readonly kind: 'cookie-backed'
  /** From the cookie's text, untrusted, to the values; `undefined` for anything wrong. Never throws. */
  read(cookie: string, now: number): { readonly values: ForeignValues; readonly expiresAt: number } | undefined
  /** @throws ERR_SESSION_VALUE_TYPE if the whole cannot be written without loss. */
  write(values: ForeignValues, now: number): string
}

/** What a store of another system holds for one session. */
export interface ForeignEntry<Raw> {
  readonly raw: Raw
  /** Epoch milliseconds; `undefined` if the store does not tell. */
  readonly expiresAt: number | undefined
}

/**
 * The place where another system keeps its sessions, as far as Node needs it. A thrown error means a system fault and only that.
 * Every call has a deadline and carries `now`.
 */
export interface ForeignStore<Raw> {
  /** The newest entry; `undefined` if it is missing or, at `now`, expired. */
  load(key: string, call: Call): Promise<ForeignEntry<Raw> | undefined>

  /** Inserts, and nothing else. */
  create(key: string, raw: Raw, expiresAt: number, call: Call): Promise<'created' | 'exists'>

  /**
   * Writes `next` if and only if the entry is live and holds exactly `old`: one atomic step where the store can (a Lua script, `UPDATE … WHERE
   * session_data = …`), and otherwise as close to one as it gets, which the format's documentation then says. NEVER inserts: `'gone'` if there is
   * no live entry, so that a session that ended stays ended. Otherwise the newest entry.
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
  /** Who the data say is signed in. */
  of(values: ForeignValues): string | null
  /** Whether that still holds: the user exists, their password is the one they signed in with. `false` ends the session, as it does in the system. Left out: it holds. */
  isStillSignedIn?(values: ForeignValues, call: Call): Promise<boolean>
  /** The keys that say who is signed in, and since when: removed at a sign-in, before `signIn`'s are set. */
  readonly keys: readonly string[]
  /**
   * What the data of a session hold when this principal signs in. `persistence`: `session` and `remember` are `login`'s `remember: false` and `true`.
   *
   * @throws ERR_SESSION_PRINCIPAL for one that the system does not know
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
  /** Replaces them; none: as if there had never been any. Those that `read` gave must come out as they were. */
  write(values: Map<string, EncodedValue>, messages: readonly FlashMessage[]): void
}
