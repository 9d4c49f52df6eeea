/**
 * One request of the compatibility layer. It stands between the compat session, a plain object that does not report its
 * changes, and the handle.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { SojournError } from '../../core/basics/errors.ts'
import type { Exchange, Committable } from '../../core/contracts/exchange.ts'
import { backendOf } from '../../core/session.ts'
import type { Session } from '../../core/session.ts'
import type { Sessions } from '../../core/sessions.ts'
import type { HeaderLine } from '../../core/basics/refusal.ts'
import { NodeExchange } from '../node/exchange.ts'
import { CompatSession, textsByKey } from './compat-session.ts'
import type { CompatSessionOwner, Callback } from './compat-session.ts'
import { SessionCookie } from './cookie.ts'
import type { CompatSettings } from './options.ts'
import { warnOnce } from '../../core/basics/warn-once.ts'

/** The stored part of `req.session.cookie`, under the only key that is never data in express-session. */
const COOKIE = 'cookie'

/**
 * The exchange of the handle, and the session that is committed before the response begins. At that moment the compat
 * session is compared with what it was, and the differences become the handle's operations.
 */
export class CompatRequest implements Exchange, Committable, CompatSessionOwner {
  readonly #sessions: Sessions
  readonly #settings: CompatSettings
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #exchange: NodeExchange
  readonly #handle: Session
  /** The id of the session that came with the request. */
  #openedId: string | undefined
  #isTouched = false
  #session: CompatSession | null | undefined
  /** The data of the compat session as the handle knows them. */
  #texts: ReadonlyMap<string, string> = NOTHING
  /** The length of the compat session as the handle knows it. */
  #originalMaxAge: number | null
  #isIdRead = false
  #lastId: string | undefined
  #committing: Promise<void> = Promise.resolve()
  #hasToldFailure = false
  /** The save failed, and the response now reports that error. */
  #hasFailed = false
  /** The application has set `req.session` to null. */
  #isUnset = false

  constructor(sessions: Sessions, settings: CompatSettings, request: IncomingMessage, response: ServerResponse, next: Callback) {
    this.#sessions = sessions
    this.#settings = settings
    this.#request = request
    this.#response = response
    this.#originalMaxAge = settings.maxAge
    this.#exchange = new CompatExchange(request, response, (error) => {
      this.#hasFailed = true
      next(error)
    })
    this.#handle = sessions.open(request, this)
  }

  /** Reads the record if the request has a token of ours, and defines `req.session`. */
  async load(): Promise<void> {
    const backend = backendOf(this.#handle)
    await backend.peek!()
    this.#openedId = backend.record?.id
    const { get, set } = { get: () => this.#read(), set: (value: unknown) => this.#replace(value) }
    Object.defineProperty(this.#request, 'session', { get, set, configurable: true, enumerable: true })
    Object.defineProperty(this.#request, 'sessionID', { get: () => this.#readId(), configurable: true, enumerable: true })
  }

  // ── The handle's exchange ──────────────────────────────────────────────────────────────────────────────────────────

  get address(): string | undefined {
    return this.#exchange.address
  }

  get userAgent(): string | undefined {
    return this.#exchange.userAgent
  }

  accessed(vary: string): void {
    this.#exchange.accessed(vary)
  }

  changed(): void {
    // After the first read of `req.session` the response, or its end, is held already.
    if (!this.#isTouched) this.#exchange.changed(this)
  }

  // ── What the adapter commits ───────────────────────────────────────────────────────────────────────────────────────

  async commit(): Promise<void> {
    // The application was told of the failure and responds to it.
    if (this.#hasToldFailure && this.#response.statusCode >= 400) return
    await this.#save()
  }

  /** One save after the other, so that a later one does not record the same changes again. */
  #save(): Promise<void> {
    const done = this.#committing.then(() => this.#record()).then(() => this.#handle.commit())
    this.#committing = done.catch(() => undefined)
    return done
  }

  takeHeaders(): HeaderLine[] {
    const headers = this.#handle.takeHeaders()
    if (headers.length > 0 && this.#settings.isSecure) this.#checkSecure()
    return headers
  }

  // ── What the compat session needs ──────────────────────────────────────────────────────────────────────────────────

  idWasRead(): void {
    this.#isIdRead = true
  }

  async save(): Promise<void> {
    this.#hasToldFailure = false
    try {
      await this.#save()
    } catch (error) {
      this.#hasToldFailure = true
      throw error
    }
  }

  async regenerate(): Promise<void> {
    await this.#end()
    this.#install({})
    await this.#handle.commit()
  }

  async destroy(): Promise<void> {
    Reflect.deleteProperty(this.#request, 'session')
    this.#session = undefined
    await this.#end()
    await this.#handle.commit()
  }

  async reload(): Promise<void> {
    const fresh = await this.#sessions.open({ headers: this.#request.headers }).load()
    // The request's headers do not name a session that this request has begun.
    const newest = this.#handle.id === this.#openedId ? fresh : this.#handle
    if (newest.isNew) throw new Error('failed to load session')
    this.#install(newest.data)
  }

  // ── req.session ──────────────────────────────────────────────────────────────────────────────────────────────────

  #read(): CompatSession | null | undefined {
    this.#touch()
    if (!this.#session && !this.#isUnset) this.#install(this.#handle.data)
    return this.#session
  }

  #readId(): string | undefined {
    const session = this.#read()
    if (session) this.#lastId = session.id
    return this.#lastId
  }

  #replace(value: unknown): void {
    this.#touch()
    if (value instanceof CompatSession) {
      this.#session = value
    } else if (value === null || value === undefined) {
      this.#session = value
      this.#isUnset = true
    } else {
      throw new SojournError('ERR_SESSION_VALUE_TYPE', 'req.session can be set to null, and to nothing else: assign its properties.')
    }
  }

  #install(data: Readonly<Record<string, unknown>>): void {
    const { maxAge } = this.#settings
    const stored = data[COOKIE] as { originalMaxAge?: number | null } | undefined
    const originalMaxAge = stored?.originalMaxAge === undefined ? maxAge : stored.originalMaxAge
    const { [COOKIE]: _, ...values } = data
    const session = new CompatSession(
      this,
      backendOf(this.#handle).nextId!,
      new SessionCookie(this.#settings, originalMaxAge, this.#handle.expiresAt),
      values,
    )
    this.#session = session
    this.#isUnset = false
    this.#originalMaxAge = originalMaxAge
    this.#texts = textsByKey(session)
  }

  /** From the first read on, the response depends on the session, and anything may change in it unseen. */
  #touch(): void {
    if (this.#isTouched) return
    this.#isTouched = true
    // Also calls `accessed`.
    this.#lastId = this.#handle.id
    saveBeforeEnd(this.#response, () => this.#commitLate())
    if (!this.#response.headersSent && !this.#hasFailed) this.#exchange.changed(this)
  }

  // ── From the compat session to operations ──────────────────────────────────────────────────────────────────────────

  async #record(): Promise<void> {
    if (this.#isTouched && this.#settings.unsetDestroys && this.#isGone()) return this.#end()
    const session = this.#session
    if (!session || this.#isGone()) return
    const originalMaxAge = originalMaxAgeOf(session)
    if (originalMaxAge !== null && originalMaxAge <= 0) return this.#end()
    const principal = this.#principalOf(session)
    const handle = this.#handle
    const texts = textsByKey(session)
    // A record's principal is set once, so the rest of the data goes on in a new session.
    if (handle.principal !== null && this.#settings.principal && handle.principal !== principal) await this.#end()
    const isBorn = handle.isNew && (texts.size > 0 || (this.#isIdRead && this.#settings.storesUninitialized))
    const isStored = isBorn || !handle.isNew
    const before = this.#texts
    this.#texts = texts
    for (const [key, text] of texts) if (before.get(key) !== text) handle.set(key, JSON.parse(text))
    for (const key of before.keys()) if (!texts.has(key)) handle.delete(key)
    const isNewLogin = principal !== undefined && handle.principal !== principal
    if (isNewLogin) await handle.login(principal)
    if (isBorn || isNewLogin || (isStored && originalMaxAge !== this.#originalMaxAge)) this.#setLifetime(originalMaxAge)
  }

  #setLifetime(originalMaxAge: number | null): void {
    const { maxAge } = this.#settings
    const isOwn = originalMaxAge !== maxAge
    if (isOwn) this.#handle.set(COOKIE, { originalMaxAge })
    else if (this.#texts.size === 0) this.#handle.set(COOKIE, {})
    else if (this.#originalMaxAge !== originalMaxAge) this.#handle.delete(COOKIE)
    this.#originalMaxAge = originalMaxAge
    backendOf(this.#handle).change({
      type: 'lifetime',
      idleTimeout: isOwn ? (originalMaxAge ?? undefined) : undefined,
      persistence: originalMaxAge === null ? 'session' : 'normal',
    })
  }

  #principalOf(session: CompatSession): string | undefined {
    const principal = this.#settings.principal?.(session) ?? undefined
    // Other types are passed on, and `login` refuses them.
    return typeof principal === 'number' ? String(principal) : principal
  }

  #isGone(): boolean {
    return this.#isUnset || !Object.hasOwn(this.#request, 'session')
  }

  async #end(): Promise<void> {
    this.#texts = NOTHING
    this.#originalMaxAge = this.#settings.maxAge
    if (this.#handle.principal === null) await this.#handle.destroy()
    else await this.#handle.logout()
  }

  /** After the first byte a stored session can still be changed, but no cookie can be sent. */
  async #commitLate(): Promise<void> {
    if (this.#hasFailed) return
    if (!this.#handle.isNew) return this.commit()
    if (this.#session && textsByKey(this.#session).size > 0) {
      warnOnce('A session was begun after the headers had been sent, so no cookie could follow and nothing was saved. Begin it before.')
    }
  }

  #checkSecure(): void {
    const { socket, headers } = this.#request
    if ('encrypted' in socket || headers['x-forwarded-proto'] !== undefined || headers.forwarded !== undefined) return
    warnOnce(
      'A session cookie, which is Secure, was sent by plain HTTP; some clients drop it. If that is your own machine, write ' +
        'cookie: { secure: false }; if a proxy speaks HTTPS for you, let it send X-Forwarded-Proto.',
    )
  }
}

class CompatExchange extends NodeExchange {
  readonly #fail: (error: unknown) => void

  constructor(request: IncomingMessage, response: ServerResponse, fail: (error: unknown) => void) {
    super(request, response)
    this.#fail = fail
  }

  failed(error: unknown): void {
    this.#fail(error)
  }
}

function originalMaxAgeOf({ cookie }: CompatSession): number | null {
  if (!(cookie instanceof SessionCookie)) {
    throw new SojournError('ERR_SESSION_VALUE_TYPE', 'req.session.cookie cannot be replaced: set its maxAge or expires.')
  }
  cookie.checkAttributes()
  return cookie.originalMaxAge
}

const NOTHING: ReadonlyMap<string, string> = new Map()

/**
 * Holds back the end of a response that has begun, as express-session does. If the save fails, the connection is
 * broken, so that the client does not take the response for complete.
 */
function saveBeforeEnd(response: ServerResponse, save: () => Promise<void>): void {
  const { end } = response as { end: (...args: unknown[]) => ServerResponse }
  Object.assign(response, {
    end(...args: unknown[]): ServerResponse {
      if (!response.headersSent || response.writableEnded) return end.apply(response, args)
      save().then(
        () => end.apply(response, args),
        (error: unknown) => response.destroy(error instanceof Error ? error : undefined),
      )
      return response
    },
  })
}
