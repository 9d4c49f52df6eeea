/**
 * One request of the compatibility layer with sessions in the old form.
 *
 * @module
 */
import type { ServerResponse } from 'node:http'
import { SojournError } from '../../core/basics/errors.ts'
import type { HeaderLine } from '../../core/basics/refusal.ts'
import { warnOnce } from '../../core/basics/warn-once.ts'
import { backendOf } from '../../core/session.ts'
import type { Session } from '../../core/session.ts'
import { OldFormSession } from '../../interop/express-session/old-form.ts'
import type { SharedSessions } from '../../interop/express-session/index.ts'
import { Cookie, clearedCookie, serializeCookie } from './cookie.ts'
import type { CompatCookieSettings } from './cookie.ts'
import type { OldSettings } from './old.ts'
import { CompatRequest } from './request.ts'
import type { CompatIncoming } from './request.ts'
import { CompatSession, textsByKey } from './session.ts'
import type { Callback } from './session.ts'

export class OldRequest extends CompatRequest {
  readonly #sessions: SharedSessions
  readonly #settings: OldSettings
  /** The id of the next session, once somebody asked for it. */
  #nextId: string | undefined
  /** The id that the client's cookie holds. */
  #cookieId: string | undefined
  /** The attributes of the compat session's cookie as the handle knows them. */
  #attributes = ''
  #isChanged = false
  #hasEnded = false

  constructor(sessions: SharedSessions, settings: OldSettings, request: CompatIncoming, response: ServerResponse, next: Callback) {
    super(settings, request, response, next)
    this.#sessions = sessions
    this.#settings = settings
  }

  get #old(): OldFormSession {
    return new OldFormSession(this.handle)
  }

  protected open(): Session {
    return this.#sessions.open(this.request, this)
  }

  protected get id(): string {
    const stored = this.#old.sid
    if (stored !== undefined) return stored
    this.#nextId ??= this.#settings.newSid(this.request)
    this.#old.announce(this.#nextId)
    return this.#nextId
  }

  protected made(): CompatSession {
    const { cookie: kept, data } = this.#old
    const cookie = kept ? Cookie.of(kept, this.#settings.now) : this.#settings.newCookie(this.request)
    this.#attributes = kept ? attributesOf(cookie) : ''
    return new CompatSession(this.request, { cookie, ...data }, this.id)
  }

  protected record(session: CompatSession, stores: boolean): void {
    const cookie = cookieOf(session, this.#settings.now)
    if (typeof cookie.originalMaxAge === 'number' && cookie.originalMaxAge <= 0) return this.end()
    const texts = textsByKey(session)
    if (!this.isStored && texts.size === 0 && !stores) return
    const old = this.#old
    // What is stored is stored under the id that the application knows.
    if (!this.isStored) old.announce(session.id)
    const attributes = attributesOf(cookie)
    if (!this.isStored || attributes !== this.#attributes) {
      // Fails now if the client could not be told.
      serializeCookie(this.#settings.name, '', cookie)
      old.setCookie(JSON.stringify(cookie))
      this.#attributes = attributes
      this.#isChanged = true
    }
    const before = this.texts
    this.texts = texts
    for (const [key, text] of texts) if (before.get(key) !== text) this.#changed().set(key, text)
    for (const key of before.keys()) if (!texts.has(key)) this.#changed().delete(key)
  }

  #changed(): OldFormSession {
    this.#isChanged = true
    return this.#old
  }

  protected end(): void {
    this.#hasEnded ||= this.isStored
    this.texts = new Map()
    this.#nextId = undefined
    backendOf(this.handle).end('revoked')
  }

  protected begin(): void {
    this.#nextId = undefined
    this.handle = this.#sessions.open({ headers: {} }, this)
  }

  protected switchTo(id: string): void {
    this.#nextId = id
    this.#attributes = ''
    this.handle = this.#sessions.open({ headers: this.#headersOf(id) }, this)
    this.#old.announce(id)
  }

  protected async fresh(): Promise<Session | undefined> {
    const handle = await this.#sessions.open({ headers: this.#headersOf(this.id) }).load()
    return handle.isNew ? undefined : handle
  }

  #headersOf(sid: string): { readonly cookie: string } {
    return { cookie: `${this.#settings.name}=${this.#settings.sign(sid)}` }
  }

  override load(): ReturnType<CompatRequest['load']> {
    const loading = super.load()
    const note = (): void => {
      this.#cookieId = this.#old.sid
    }
    return loading ? loading.then(note) : note()
  }

  protected get owesCookie(): boolean {
    const { sid } = this.#old
    return sid !== undefined && sid !== this.#cookieId
  }

  takeHeaders(): HeaderLine[] {
    const lines = this.handle.takeHeaders().filter(([name]) => name !== 'Set-Cookie')
    const cookie = this.#setCookie()
    if (cookie === undefined) return lines
    this.accessed('Cookie')
    return [...lines, ['Set-Cookie', cookie]]
  }

  #setCookie(): string | undefined {
    const { name, sign, isSecure } = this.#settings
    if (!this.isStored)
      return this.#hasEnded && this.#cookieId !== undefined ? clearedCookie(name, this.#settings.newCookie(this.request)) : undefined
    if (this.isGone) return undefined
    const { cookie } = this.session ?? this.made()
    const isDue = this.owesCookie || this.#settings.isRolling || (this.#isChanged && hasExpiry(cookie))
    if (!isDue) return undefined
    if (cookie.secure && !isSecure(this.request)) {
      warnOnce(
        'sojourn/express-session: cookie.secure is set and a request came by plain HTTP, so no cookie was sent, and its session is lost. ' +
          "Behind a proxy that speaks HTTPS write app.set('trust proxy', 1); on your own machine write cookie: { secure: 'auto' }.",
      )
      return undefined
    }
    cookie.maxAge = cookie.originalMaxAge
    return serializeCookie(name, sign(this.request.sessionID!), cookie)
  }
}

/** One that the application has put there is made a cookie: what a copy of a session holds, for example. */
function cookieOf(session: CompatSession, now: () => number): Cookie {
  const cookie: unknown = session.cookie
  if (cookie instanceof Cookie) return cookie
  if (typeof cookie !== 'object' || cookie === null) {
    throw new SojournError('ERR_SESSION_VALUE_TYPE', 'req.session.cookie: set its properties.')
  }
  const plain = JSON.parse(JSON.stringify(cookie)) as CompatCookieSettings
  return (session.cookie = 'originalMaxAge' in plain ? Cookie.of(plain, now) : new Cookie(plain, now))
}

/** `false` takes back an expiry that the browser was told, as in express-session. */
function hasExpiry({ expires, originalMaxAge }: Cookie): boolean {
  return (expires ?? null) !== null || typeof originalMaxAge === 'number'
}

/** All that a record keeps of a cookie, without the instant that changes at each visit. */
function attributesOf(cookie: Cookie): string {
  return JSON.stringify({ ...cookie.data, expires: undefined })
}
