import { warnOnce } from './warn-once.ts'

/** Which session an event is about. The id is public and may be logged. */
export interface AboutSession {
  readonly id: string
  readonly principal: string | null
}

/** Who sent the request, as far as the adapter knows. */
export interface AboutClient {
  readonly address: string | undefined
  readonly userAgent: string | undefined
}

/** Which sign-in an event is about. */
export interface AboutSignIn {
  /** The session whose user was asked again; `undefined` at a sign-in. */
  readonly id: string | undefined
  readonly principal: string | null
  readonly name: string | undefined
  readonly address: string | undefined
}

/** Why the guard `csrf` refused a request. */
export type CsrfReason = 'cross-site' | 'origin' | 'unproven' | 'token'

/** What happened, by event name. No event carries a token or session data. */
export interface SessionEvents {
  /** A record was stored for the first time. */
  created: AboutSession
  /** A session was made from one of another system. */
  adopted: AboutSession & { readonly system: string }
  /** A request read its record. */
  loaded: AboutSession
  /** The idle deadline was moved forward. */
  touched: AboutSession & { readonly expiresAt: number }
  /** The session has a new token: by routine, or by `rotate()`. */
  rotated: AboutSession & { readonly routine: boolean }
  /** Somebody signed in; `again`: was signed in, and proved again who they are. */
  login: { readonly id: string; readonly principal: string; readonly again: boolean } & AboutClient
  /**
   * `sojourn/auth` did not let somebody sign in. `principal`: whose name it was, `null` if nobody's. `name`: a keyed digest of the name that was typed,
   * which tells repetitions but not the name, for people type passwords there; `undefined` if who is signed in was asked again.
   */
  signInFailed: AboutSignIn & { readonly reason: 'name' | 'password' | 'disabled' | 'challenge' }
  /** `sojourn/auth` did not look at a password because there were too many failures. `retryAfter`: seconds. */
  signInThrottled: AboutSignIn & { readonly by: 'account' | 'address'; readonly retryAfter: number }
  /** A new password was saved. `id`: the session that stayed, if one did; all others of the principal end. */
  passwordChanged: { readonly id: string | undefined; readonly principal: string }
  /**
   * A request was refused as not the site's own. `cross-site`: `Sec-Fetch-Site` says so. `origin`: `Origin` does. `unproven`: neither header, and no
   * token of this session. `token`: one was required, and it was missing or wrong.
   */
  csrfRefused: { readonly id: string | undefined; readonly principal: string | null; readonly reason: CsrfReason }
  /** The user ended the session, or signed in as somebody else. */
  logout: AboutSession
  /** The owner or an administrator ended the session, `destroy()` was called, or the alarm did it. */
  revoked: AboutSession
  /** The session ended by time. */
  expired: { readonly id: string }
  /** A superseded token was used after its grace: two parties hold this session's tokens. It has been ended. */
  reuse: AboutSession & AboutClient & { readonly knownAddress: string | undefined }
  /** With `rotateEvery: { unconfirmed: 'event' }`: the client was handed new tokens and shows none of them. It keeps no cookies, or somebody takes them. */
  unconfirmed: AboutSession & AboutClient & { readonly knownAddress: string | undefined }
  /** A commit met a newer version and was merged into it. */
  merged: { readonly id: string; readonly attempts: number }
  /** A write came too late: its session had ended. Nothing was written. */
  dropped: { readonly id: string; readonly operations: number }
  /**
   * Another site made the browser send a request without the cookie, as `SameSite` says. What it changed was dropped: a new anonymous session would
   * take the place of the one that the browser did not show. A login is never dropped.
   */
  withheld: { readonly operations: number }
  /** A genuine token was refused. `ambiguous`: tokens of two living sessions in one request (cookie tossing). `ahead`: the store is behind the token (a failover lost writes). */
  refused: { readonly id: string; readonly reason: 'ambiguous' | 'ahead' }
  /** Stored values that no longer fit the schema, or a record that cannot be read, were treated as missing. */
  unreadable: { readonly id: string | undefined; readonly key?: string }
  /** The store gave up a live session to stay within its bounds. */
  evicted: { readonly id: string }
  /** The store failed; `operation` is the call by its name in the store contract, such as `load` or `principals.epoch`, `code` that of the error. */
  storeError: {
    readonly operation: string
    readonly code: 'ERR_SESSION_STORE' | 'ERR_SESSION_STORE_TIMEOUT'
    readonly error: unknown
  }
}

export type EventName = keyof SessionEvents
export type Listener<Name extends EventName> = (event: SessionEvents[Name]) => void

/** Listeners by event name. A listener that throws or rejects harms nobody: it is reported once as a process warning. */
export class Events {
  readonly #listeners = new Map<EventName, Set<Listener<never>>>()

  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners.add(listener))
    return () => void listeners.delete(listener)
  }

  /** Whether anybody listens: hot paths ask before they build an event. */
  has(name: EventName): boolean {
    return this.#listeners.has(name)
  }

  emit<Name extends EventName>(name: Name, event: SessionEvents[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        const result: unknown = (listener as Listener<Name>)(event)
        if (result instanceof Promise) result.catch((error: unknown) => this.#warn(name, error))
      } catch (error) {
        this.#warn(name, error)
      }
    }
  }

  #warn(name: EventName, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    warnOnce(`A listener of '${name}' failed: ${reason}`, this)
  }
}
