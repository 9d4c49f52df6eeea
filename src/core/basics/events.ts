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
  /** The session whose user had to prove again who they are; `undefined` at a sign-in. */
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
  /** A session was made from a session of another system. */
  adopted: AboutSession & { readonly system: string }
  /** A request read its record. */
  loaded: AboutSession
  /** The idle deadline was moved forward. */
  touched: AboutSession & { readonly expiresAt: number }
  /** The session has a new token: from routine rotation, or from `rotate()`. */
  rotated: AboutSession & { readonly routine: boolean }
  /** Somebody signed in. `again`: they were signed in already, and proved again who they are. */
  login: { readonly id: string; readonly principal: string; readonly again: boolean } & AboutClient
  /**
   * `sojourn/auth` did not let somebody sign in. `principal`: the owner of the name, `null` if nobody has it. `name`: a
   * keyed digest of the name that was typed, which shows repetitions but not the name, because people type passwords
   * there; `undefined` if a signed-in user had to prove again who they are.
   */
  signInFailed: AboutSignIn & { readonly reason: 'name' | 'password' | 'disabled' | 'challenge' }
  /** `sojourn/auth` did not look at a password because there were too many failures. `retryAfter`: seconds. */
  signInThrottled: AboutSignIn & { readonly by: 'account' | 'address'; readonly retryAfter: number }
  /** A new password was saved. `id`: the session that stayed, if one did; all others of the principal end. */
  passwordChanged: { readonly id: string | undefined; readonly principal: string }
  /**
   * A request was refused because it does not come from the site itself. `cross-site`: `Sec-Fetch-Site` says so.
   * `origin`: `Origin` says so. `unproven`: the request has neither header, and no token of this session. `token`: a
   * token was required, and it was missing or wrong.
   */
  csrfRefused: { readonly id: string | undefined; readonly principal: string | null; readonly reason: CsrfReason }
  /**
   * An operator ended sessions by `sojourn/console`; each of them has its `revoked` event too. `operator`: who it was,
   * as the access rule of the console says. `action`: one session, all of a principal, or everybody's. `ended`: how
   * many there were.
   */
  operated: {
    readonly operator: string
    readonly action: 'end' | 'end-principal' | 'end-everybody'
    readonly id: string | undefined
    readonly principal: string | null
    readonly ended: number
  }
  /** The user ended the session, or signed in as somebody else. */
  logout: AboutSession
  /**
   * The owner or an administrator ended the session, the application called `destroy()`, or the reuse alarm ended it.
   */
  revoked: AboutSession
  /** The session ended by time. */
  expired: { readonly id: string }
  /**
   * A superseded token was used after its grace: two parties hold this session's tokens. The session has been ended.
   */
  reuse: AboutSession & AboutClient & { readonly knownAddress: string | undefined }
  /**
   * With `rotateEvery: { unconfirmed: 'event' }`: the client never uses the new tokens it was sent. It stores no
   * cookies, or somebody else takes them.
   */
  unconfirmed: AboutSession & AboutClient & { readonly knownAddress: string | undefined }
  /** A commit met a newer version and was merged into it. */
  merged: { readonly id: string; readonly attempts: number }
  /** A write came too late: its session had ended. Nothing was written. */
  dropped: { readonly id: string; readonly operations: number }
  /**
   * Another site made the browser send a request without the cookie, as `SameSite` says. What it changed was
   * dropped: a new anonymous session would take the place of the one that the browser did not show. A login is never
   * dropped.
   */
  withheld: { readonly operations: number }
  /**
   * A genuine token was refused. `ambiguous`: one request held tokens of two living sessions (cookie tossing).
   * `ahead`: the token is newer than the record (a failover lost writes).
   */
  refused: { readonly id: string; readonly reason: 'ambiguous' | 'ahead' }
  /** Stored values that no longer fit the schema, or a record that cannot be read, were treated as missing. */
  unreadable: { readonly id: string | undefined; readonly key?: string }
  /** The store gave up a live session to stay within its bounds. */
  evicted: { readonly id: string }
  /**
   * The store failed. `operation` is the name of the call in the store contract, such as `load` or `principals.epoch`;
   * `code` is the code of the error.
   */
  storeError: {
    readonly operation: string
    readonly code: 'ERR_SESSION_STORE' | 'ERR_SESSION_STORE_TIMEOUT'
    readonly error: unknown
  }
}

export type EventName = keyof SessionEvents
export type Listener<Name extends EventName> = (event: SessionEvents[Name]) => void

/** Listeners by event name. If a listener throws or rejects, nothing else fails: a process warning reports it once. */
export class Events {
  /** The `name` of the application's sessions. */
  readonly application: string
  readonly #listeners = new Map<EventName, Set<Listener<never>>>()

  constructor(application = 'session') {
    this.application = application
  }

  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners.add(listener))
    return () => void listeners.delete(listener)
  }

  /** Whether anybody listens. Hot paths ask this before they build an event. */
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
