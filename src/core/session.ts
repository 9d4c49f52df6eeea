/**
 * The handle: the object a request handler works with. The folder `request/` does the work.
 *
 * @module
 */
import { withParameter } from './token/paths.ts'
import type { Csrf } from './request/csrf.ts'
import { isLater } from './basics/answer.ts'
import { checkPrincipal } from './basics/principal.ts'
import { SojournError, optionError } from './basics/errors.ts'
import { LoginTrace, logins } from './basics/tracing.ts'
import type { Committable } from './contracts/exchange.ts'
import type { LinkOptions } from './token/link-token.ts'
import type { ActOptions } from './features/acting.ts'
import type { Live } from './features/live.ts'
import { checkOnStoreDown } from './options.ts'
import type { OnStoreDown } from './record/policy.ts'
import { RESERVED, flashKey } from './record/operations.ts'
import { randomText } from './crypto/random.ts'
import type { LoginAttempt } from './storage/revocation.ts'
import type { LinkWriter, SessionBackend } from './request/session-backend.ts'
import { splitCookies } from './request/response-cookies.ts'
import type { SessionCookie } from './request/response-cookies.ts'
import type { HeaderLine } from './basics/refusal.ts'
import { deepFreeze, define } from './record/values.ts'
import { readOnly } from './record/read-only.ts'
import { checkOptions } from './basics/known-options.ts'
import type { KnownOptions } from './basics/known-options.ts'

/** The keys of the session data. */
export type DataKey<Data> = keyof Data & string

/** The keys whose value may be a number. */
export type NumberKey<Data> = { [K in DataKey<Data>]: number extends Data[K] ? K : never }[DataKey<Data>]

/**
 * The data of an application's sessions: `SessionData<typeof sessions>`. Where only the schema is at hand:
 * `DataOf<typeof schema>`.
 */
export type SessionData<Of extends { open(...request: never): unknown }> = ReturnType<Of['open']> extends Session<infer Data> ? Data : never

/** How to end a session. */
export interface LogoutOptions {
  /**
   * Asks the browser to forget what it cached and stored of this site (`Clear-Site-Data`, ASVS 5.0 14.3.1). Other
   * cookies stay.
   */
  readonly clearSiteData?: boolean
}

const LOGOUT_OPTIONS: KnownOptions<LogoutOptions> = { clearSiteData: true }
const LOGIN_OPTIONS: KnownOptions<LoginOptions> = { remember: true, keep: true, stamp: true, attempt: true }
const LOAD_OPTIONS: KnownOptions<LoadOptions> = { onStoreDown: true }

const ACT_OPTIONS: KnownOptions<ActOptions> = { reason: true, for: true }

const LINK_OPTIONS: KnownOptions<LinkOptions> = { path: true, once: true, lifetime: true }

/** How to read a session. */
export interface LoadOptions {
  /** For this request, instead of the option of `createSessions`. */
  readonly onStoreDown?: OnStoreDown
}

/** How to sign somebody in. */
export interface LoginOptions {
  /**
   * `true`: "remember me", no idle timeout, the session lives until its absolute deadline. `false`: the client forgets
   * the token when it closes. If left out, both timeouts apply.
   */
  readonly remember?: boolean
  /** Only these keys of the anonymous session's data survive. If left out, all do. */
  readonly keep?: readonly string[]
  /**
   * Opaque text that stays with this login, such as a digest of the credentials that were used; `session.stamp` returns
   * it.
   */
  readonly stamp?: string
  /**
   * From `sessions.of(principal).begin()`, called before the password was checked. If left out, the attempt begins now.
   */
  readonly attempt?: LoginAttempt
}

let readBackend: (session: Session<never>) => SessionBackend

/** What is behind a handle. For adapters and the compatibility layer, which need more than applications do. */
export function backendOf<Data extends object>(session: Session<Data>): SessionBackend {
  return readBackend(session as unknown as Session<never>)
}

/**
 * A session, as one request sees it.
 *
 * Opening it costs nothing. The first read loads the record. Changes are recorded and saved together, before the first
 * byte of the response. Values are copies: change them with `set` or `update`, not in place. (In development, values
 * that are read are frozen, so that a mutation that would be lost throws.)
 */
export class Session<Data extends object = Record<string, unknown>> implements Committable {
  static {
    readBackend = (session) => session.#visit
  }

  /** For the compiler alone: without it, a session whose values may be missing would pass for one that has them. */
  declare readonly '~data'?: { [Key in keyof Data]: Data[Key] }
  readonly #visit: SessionBackend
  /** Headers that `takeCookies` left. */
  #left: HeaderLine[] | undefined

  /** Made by `sessions.open`. */
  constructor(visit: SessionBackend) {
    this.#visit = visit
  }

  // ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The value of a key, with this request's own changes. Without a value: the schema's default, or `undefined`. */
  async get<K extends DataKey<Data>>(key: K): Promise<Data[K]> {
    checkKey(key)
    const reading = this.#visit.read()
    if (isLater(reading)) await reading
    return this.#visit.value(key) as Data[K]
  }

  /** Whether a value is stored under a key. */
  async has(key: DataKey<Data>): Promise<boolean> {
    checkKey(key)
    await this.#visit.read()
    return this.#visit.values().has(key)
  }

  /**
   * Reads the record, once. Afterwards the properties can be read. Never creates a record.
   *
   * @throws ERR_SESSION_STORE, ERR_SESSION_STORE_TIMEOUT
   */
  async load(options?: LoadOptions): Promise<this> {
    if (options) checkOptions('session.load', options, LOAD_OPTIONS)
    await this.#visit.read(options?.onStoreDown && checkOnStoreDown(options.onStoreDown))
    return this
  }

  /** After `load()`: a read-only snapshot of all values, for templates. */
  get data(): Readonly<Partial<Data>> {
    this.#visit.requireLoaded('data')
    const snapshot: Record<string, unknown> = {}
    const values = this.#visit.values()
    for (const key of new Set([...this.#visit.rules.defaultKeys(), ...values.keys()])) {
      if (key.startsWith(RESERVED)) continue
      const value = this.#visit.value(key)
      if (value !== undefined || values.has(key)) define(snapshot, key, value)
    }
    return (this.#visit.isStrict ? readOnly(snapshot, 'data') : deepFreeze(snapshot)) as Readonly<Partial<Data>>
  }

  /** After `load()`: the public name of the record, safe in logs and lists; `undefined` while nothing is stored. */
  get id(): string | undefined {
    this.#visit.requireLoaded('id')
    return this.#visit.record?.id
  }

  /** After `load()`: who is signed in, or `null`. */
  get principal(): string | null {
    this.#visit.requireLoaded('principal')
    return this.#visit.principal
  }

  /** After `load()`: who acts for the principal, by `actAs`; `undefined` in the principal's own sessions. */
  get actor(): string | undefined {
    this.#visit.requireLoaded('actor')
    return this.#visit.acting?.actor
  }

  /** After `load()`: whether nothing is stored for this visitor yet. */
  get isNew(): boolean {
    this.#visit.requireLoaded('isNew')
    return this.#visit.record === undefined
  }

  /** After `load()`: when the session ends if it is not used again, epoch milliseconds. */
  get expiresAt(): number | undefined {
    this.#visit.requireLoaded('expiresAt')
    return this.#visit.record?.expiresAt
  }

  /** After `load()`: when the session ends at the latest, epoch milliseconds. */
  get absoluteExpiresAt(): number | undefined {
    this.#visit.requireLoaded('absoluteExpiresAt')
    return this.#visit.record?.meta.absoluteExpiresAt
  }

  /**
   * After `load()`: when the principal last proved who they are, epoch milliseconds; `undefined` if nobody is signed
   * in.
   */
  get authenticatedAt(): number | undefined {
    this.#visit.requireLoaded('authenticatedAt')
    return this.#visit.record?.meta.authenticatedAt || undefined
  }

  /** After `load()`: the `stamp` of the login. */
  get stamp(): string | undefined {
    this.#visit.requireLoaded('stamp')
    return this.#visit.stamp
  }

  /**
   * After `login()`, in the same request, with the option `deviceMark`: whether the principal signed in by this browser
   * before. `new` is also who deleted their cookies.
   */
  get device(): 'new' | 'known' | undefined {
    return this.#visit.device
  }

  /** After `load()`: the `remember` of the login; `undefined` if it was left out. */
  get remember(): boolean | undefined {
    this.#visit.requireLoaded('remember')
    const persistence = this.#visit.record?.meta.persistence ?? 'normal'
    return persistence === 'normal' ? undefined : persistence === 'remember'
  }

  /**
   * CSRF tokens for the forms and scripts of this response.
   *
   * @throws ERR_SESSION_CAPABILITY for sessions shared with another system, which has CSRF tokens of its own
   */
  get csrf(): Csrf {
    return this.#visit.csrf ?? notShared('csrf')
  }

  // ── Changing ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Stores a value. JSON values, and Date, Map, Set, bigint, undefined and Uint8Array, come back as they were.
   *
   * @throws ERR_SESSION_KEY, ERR_SESSION_VALUE_TYPE, ERR_SESSION_VALUE_SIZE, ERR_SESSION_SCHEMA,
   *   ERR_SESSION_HEADERS_SENT, ERR_SESSION_COMMITTED
   */
  set<K extends DataKey<Data>>(key: K, value: Data[K]): void {
    checkKey(key)
    this.#visit.change({ type: 'set', key, value: this.#visit.rules.encode(key, value) })
  }

  /** Removes a value. */
  delete(key: DataKey<Data>): void {
    checkKey(key)
    this.#visit.change({ type: 'delete', key })
  }

  /**
   * Adds to a number, exactly, however many requests do so at once. A missing value counts as 0.
   *
   * @throws ERR_SESSION_VALUE_TYPE if `by` is not a finite number. At commit: ERR_SESSION_NOT_A_NUMBER
   */
  increment(key: NumberKey<Data>, by = 1): void {
    checkKey(key)
    if (!Number.isFinite(by))
      throw new SojournError('ERR_SESSION_VALUE_TYPE', `increment(${JSON.stringify(key)}, …): the amount is not a finite number.`)
    this.#visit.change({ type: 'increment', key, by })
  }

  /**
   * Computes the new value from the newest stored one. `fn` may run several times (after a conflict, and for a read
   * that follows), so it must have no side effects and must not be async. What it throws is thrown by the commit.
   */
  update<K extends DataKey<Data>>(key: K, fn: (value: Data[K]) => Data[K]): void {
    checkKey(key)
    this.#visit.change({ type: 'update', key, fn: fn as (value: unknown) => unknown })
  }

  /**
   * Leaves a message for a later request, until it is taken. Of each type the newest 50 wait, and no more than
   * `maxValueSize` holds.
   *
   * @throws ERR_SESSION_VALUE_SIZE, ERR_SESSION_VALUE_TYPE
   */
  flash(type: string, message: string): void {
    checkFlash(type, message, this.#visit.rules.maxBytes)
    this.#visit.change({ type: 'flash', key: flashKey(type), id: randomText(6), message })
  }

  /**
   * Takes the messages of a type, oldest first. If there are none, it changes nothing. A `HEAD` request and a prefetch
   * (`Sec-Purpose: prefetch`) get them too, and leave them for the page that somebody sees.
   */
  async takeFlash(type: string): Promise<string[]> {
    await this.#visit.read()
    const messages = this.#visit.flashes(type)
    if (messages.length > 0 && !this.#visit.isPreview)
      this.#visit.change({ type: 'takeFlash', key: flashKey(type), ids: messages.map(([id]) => id) })
    return messages.map(([, message]) => message)
  }

  // ── The life of the session ──────────────────────────────────────────────────────────────────────────────────────

  /**
   * Signs somebody in: the session gets a new token, and all its older tokens become worthless (fixation; ASVS 5.0
   * 7.2.4). Data of the anonymous session stays. If somebody else was signed in, their session ends and a new one
   * begins.
   *
   * @throws ERR_SESSION_PRINCIPAL. At commit: ERR_SESSION_LOGIN_REVOKED
   */
  login(principal: string, options: LoginOptions = {}): Promise<void> {
    return this.#visit.announceInTurn(async () => {
      checkPrincipal(principal)
      checkOptions('session.login', options, LOGIN_OPTIONS)
      const { attempt } = options
      if (attempt && attempt.principal !== principal) {
        throw new SojournError('ERR_SESSION_PRINCIPAL', 'login: the attempt was begun for another principal.')
      }
      if (!logins.isWatched) return this.#login(principal, options, undefined)
      const trace = new LoginTrace(this.#visit.events)
      await logins.run(trace, () => this.#login(principal, options, trace))
    })
  }

  async #login(principal: string, { attempt, remember, keep, stamp }: LoginOptions, trace: LoginTrace | undefined): Promise<void> {
    const begun = attempt ?? (await this.#visit.begin(principal))
    await this.#visit.load()
    if (trace) trace.again = this.#visit.principal === principal
    const persistence = remember === undefined ? 'normal' : remember ? 'remember' : 'session'
    await this.#visit.login({ type: 'login', principal, persistence, keep, stamp, proven: true, epoch: begun.epoch }, begun)
    trace?.isAbout({ id: this.#visit.record?.id, principal })
  }

  /**
   * Acts for somebody, such as a customer who asked for help: this browser gets another session, which belongs to the
   * principal and says who the actor is, for an hour at most. The actor's own session waits until `stopActing()`. If it
   * ends, by a revocation for example, so does acting. Who may act for whom is yours to decide before.
   *
   * The principal sees it in `sessions.of(principal).list()`, and each event about it has the `actor`. It is never
   * fresh: `auth.requireFresh` refuses it, and so does `auth.requireOwner`. `logout()` and `login()` end it, and the
   * actor's own session, too.
   *
   * @example
   * ```ts from: examples/reference/session.ts#actAs
   * await session.actAs(customer, { reason: 'ticket 4711', for: '15m' }) // from now on session.actor is who helps
   * response.redirect(303, '/account')
   * ```
   *
   * @throws ERR_SESSION_ACTING if nobody is signed in, or acts already; ERR_SESSION_PRINCIPAL, also for a user whom
   *   `sojourn/auth` does not let sign in; ERR_SESSION_OPTIONS, ERR_SESSION_DURATION; ERR_SESSION_CAPABILITY for sealed
   *   sessions and for sessions shared with another system. At commit: ERR_SESSION_LOGIN_REVOKED
   */
  actAs(principal: string, options: ActOptions): Promise<void> {
    return this.#visit.announceInTurn(async () => {
      checkPrincipal(principal)
      checkOptions('session.actAs', options, ACT_OPTIONS)
      await (this.#visit.actAs?.(principal, options) ?? notShared('actAs'))
    })
  }

  /**
   * Ends a session that acts for somebody. The actor is back in their own session, which gets a new token. Does nothing
   * in other sessions.
   */
  stopActing(): Promise<void> {
    return this.#visit.announceInTurn(async () => {
      await this.#visit.stopActing?.()
    })
  }

  /**
   * Ends the session because the user asked for it. What is set afterwards begins a new, anonymous session.
   *
   * As after every call that returns a promise, write `await` before it. Where it was forgotten, the response still
   * waits until the session has ended.
   */
  logout(options: LogoutOptions = {}): Promise<void> {
    refuseCallback('logout', options)
    checkOptions('session.logout', options, LOGOUT_OPTIONS)
    return this.#visit.announceInTurn(async () => {
      await this.#visit.load()
      this.#visit.end('logout')
      if (options.clearSiteData) this.#visit.clearSiteData()
    })
  }

  /** Ends the session because the application decided so: as `logout`, but reported as `revoked`. */
  destroy(noCallback?: never): Promise<void> {
    refuseCallback('destroy', noCallback)
    return this.#visit.announceInTurn(async () => {
      await this.#visit.load()
      this.#visit.end('revoked')
    })
  }

  /**
   * Gives the session a new token without grace, for changes of privilege (ASVS 5.0 7.2.4): older tokens, and requests
   * that came with one, no longer write. Does nothing while nothing is stored.
   */
  rotate(noCallback?: never): Promise<void> {
    refuseCallback('rotate', noCallback)
    return this.#visit.announceInTurn(async () => {
      await this.#visit.load()
      if (this.#visit.record) this.#visit.changeNow({ type: 'rotate' })
    })
  }

  /**
   * For sockets and streams: watches the session of the connection that this handle was opened from, until `close()`.
   * Its `signal` aborts within about a second of a logout, a revocation, an expiry, or a login that gave the session a
   * new token. Each connection watches for itself. Where the client has left already, nothing is watched.
   *
   * @example
   * ```ts from: examples/reference/session.ts#live
   * const live = await session.live()
   * live.signal.addEventListener('abort', () => socket.close(4401, live.ended))
   * socket.on('message', () => live.touch())
   * socket.on('close', () => live.close())
   * ```
   *
   * @throws ERR_SESSION_GONE while nothing is stored; ERR_SESSION_CAPABILITY for sealed sessions and for sessions
   *   shared with another system
   */
  async live(): Promise<Live> {
    return this.#visit.live?.() ?? notShared('live')
  }

  // ── Links and forms, for clients without cookies ─────────────────────────────────────────────────────────────────

  /**
   * After `load()`, with `urlTransport`: an address of this site, with a token that leads back to this session. While
   * nothing is stored, it returns the address alone. The response becomes `no-store` and `no-referrer`.
   *
   * @example
   * ```ts from: examples/reference/session.ts#url
   * await session.commit() // if something new is to be kept
   * response.redirect(303, session.url('/cart'))
   * ```
   *
   * @throws ERR_SESSION_TRANSPORT, ERR_SESSION_NOT_LOADED, ERR_SESSION_LINK, ERR_SESSION_LINK_UNSAVED,
   *   ERR_SESSION_DURATION, ERR_SESSION_HEADERS_SENT, ERR_SESSION_COMMITTED
   */
  url(address: string, options: LinkOptions = {}): string {
    const links = this.#links('url')
    checkOptions('session.url', options, LINK_OPTIONS)
    // Twice: an address that leads to another site is refused before a token is made.
    return withParameter(withParameter(address, links.name, undefined), links.name, links.token(options))
  }

  /**
   * After `load()`, with `formTransport`: the hidden field of a form that leads back to this session, as HTML; empty
   * while nothing is stored. With `urlTransport` it is for forms that are sent by GET, because the browser makes their
   * query from the fields.
   *
   * @throws as `url`
   */
  field(options: LinkOptions = {}): string {
    const links = this.#links('field')
    checkOptions('session.field', options, LINK_OPTIONS)
    const token = links.token(options)
    return token === undefined ? '' : `<input type="hidden" name="${links.name}" value="${token}">`
  }

  #links(helper: 'url' | 'field'): LinkWriter {
    const { links } = this.#visit
    if (!links || (helper === 'url' && links.in !== 'url')) {
      throw new SojournError(
        'ERR_SESSION_TRANSPORT',
        helper === 'url' ? 'session.url needs urlTransport.' : 'session.field needs formTransport, or urlTransport for forms sent by GET.',
      )
    }
    this.#visit.requireLoaded(`${helper}()`)
    return links
  }

  // ── Saving ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Saves what was recorded. Adapters do this before the first byte; call it yourself in sockets and jobs.
   *
   * @param options.signal withdraws the commit while it waits (ERR_SESSION_NOT_SAVED), or stops waiting for it
   *   (ERR_SESSION_OUTCOME_UNKNOWN)
   * @throws ERR_SESSION_STORE, ERR_SESSION_STORE_TIMEOUT, ERR_SESSION_CONFLICT, ERR_SESSION_SUPERSEDED,
   *   ERR_SESSION_GONE, ERR_SESSION_OUTCOME_UNKNOWN, ERR_SESSION_LOGIN_REVOKED, and what `update(fn)` throws
   */
  async commit(options: { signal?: AbortSignal } = {}): Promise<void> {
    await this.#visit.commit(options.signal)
  }

  /**
   * After `commit()`, for a response that no adapter sends: the headers for the client, such as `Set-Cookie`. Each is
   * returned once. Add them to the response, one line each.
   *
   * @example
   * ```ts from: examples/guide/jobs.ts#headers
   * for (const [name, value] of session.takeHeaders()) response.headers.append(name, value) // then tell the client
   * ```
   */
  takeHeaders(): HeaderLine[] {
    const left = this.#left
    if (!left) return this.#visit.takeHeaders()
    this.#left = undefined
    return [...left, ...this.#visit.takeHeaders()]
  }

  /**
   * After `commit()`: the cookies for the client in parts, for frameworks that take no header lines. Each is returned
   * once. Other headers, such as that of `headerTransport`, stay for `takeHeaders`.
   *
   * @example
   * ```ts from: examples/guide/jobs.ts#cookies
   * for (const { name, value, attributes } of session.takeCookies()) cookies.set(name, value, attributes)
   * ```
   */
  takeCookies(): SessionCookie[] {
    const { cookies, rest } = splitCookies(this.takeHeaders())
    if (rest.length > 0) this.#left = rest
    return cookies
  }
}

/** As express-session has them. Nobody would ever call it. */
function refuseCallback(method: string, given: unknown): void {
  if (typeof given !== 'function') return
  throw optionError(
    `session.${method} takes no callback. Write await session.${method}(); or, to keep the way of express-session, import session from 'sojourn/express-session'.`,
  )
}

function notShared(what: string): never {
  throw new SojournError('ERR_SESSION_CAPABILITY', `session.${what}: the system that these sessions are shared with has ways of its own.`)
}

const MAX_FLASH_TYPE = 256

function checkFlash(type: string, message: string, maxBytes: number): void {
  if (type.length > MAX_FLASH_TYPE) throw new SojournError('ERR_SESSION_KEY', `flash: a type has ${MAX_FLASH_TYPE} characters at most.`)
  // Only a text comes back as it was.
  if (typeof message !== 'string') throw new SojournError('ERR_SESSION_VALUE_TYPE', `flash: the message is a text, not ${typeof message}.`)
  // With its id and the notation around both.
  if (Buffer.byteLength(JSON.stringify(message)) + 32 <= maxBytes) return
  throw new SojournError('ERR_SESSION_VALUE_SIZE', `flash: the message takes more than maxValueSize, ${maxBytes} bytes.`)
}

function checkKey(key: unknown): asserts key is string {
  if (typeof key === 'string' && !key.startsWith(RESERVED)) return
  throw new SojournError('ERR_SESSION_KEY', 'A key of the session data must be a string that does not begin with U+0000.')
}
