/**
 * One request in the dialect: between the bag, which is plain JavaScript and tells nobody when it changes, and the handle.
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
import { markDependent } from '../node/headers.ts'
import { hold } from '../node/hold.ts'
import { Bag, textsOf } from './bag.ts'
import type { BagOwner, Callback } from './bag.ts'
import { SessionCookie } from './cookie.ts'
import type { DialectSettings } from './options.ts'
import { warnOnce } from './warn.ts'

/** What Sojourn stores of `req.session.cookie`, under the only key that is never data in express-session. */
const COOKIE = 'cookie'

/**
 * The exchange of the handle, and what the hold saves: before the first byte the bag is compared with what it was, and the differences
 * become the handle's operations.
 */
export class DialectRequest implements Exchange, Committable, BagOwner {
  readonly #sessions: Sessions
  readonly #settings: DialectSettings
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #next: Callback
  readonly #handle: Session
  #vary: string | undefined
  /** Of the session that came with the request. */
  #openedId: string | undefined
  #isTouched = false
  #bag: Bag | null | undefined
  /** What the handle knows of the bag's data. */
  #texts: ReadonlyMap<string, string> = NOTHING
  /** What the handle knows of the bag's cookie. */
  #originalMaxAge: number | null
  #isIdRead = false
  #lastId: string | undefined
  #committing: Promise<void> = Promise.resolve()
  #hasToldFailure = false
  /** The response is now one that tells of it. */
  #hasFailed = false
  /** Set to null by the application. */
  #isUnset = false

  constructor(sessions: Sessions, settings: DialectSettings, request: IncomingMessage, response: ServerResponse, next: Callback) {
    this.#sessions = sessions
    this.#settings = settings
    this.#request = request
    this.#response = response
    this.#next = next
    this.#originalMaxAge = settings.maxAge
    this.#handle = sessions.open(request, this)
  }

  /** Reads the record, if the request has a token of ours, and puts the bag in its place. */
  async load(): Promise<void> {
    const backend = backendOf(this.#handle)
    await backend.peek!()
    this.#openedId = backend.record?.id
    const { get, set } = { get: () => this.#read(), set: (value: unknown) => this.#replace(value) }
    Object.defineProperty(this.#request, 'session', { get, set, configurable: true, enumerable: true })
    Object.defineProperty(this.#request, 'sessionID', { get: () => this.#readId(), configurable: true, enumerable: true })
  }

  // ── As the handle's exchange ─────────────────────────────────────────────────────────────────────────────────────

  get address(): string | undefined {
    return this.#request.socket.remoteAddress
  }

  get userAgent(): string | undefined {
    return this.#request.headers['user-agent']
  }

  accessed(vary: string): void {
    this.#vary = vary
    if (!this.#response.headersSent) markDependent(this.#response, vary)
  }

  changed(): void {
    // Once the bag was looked at the response is held, or its end is.
    if (!this.#isTouched) this.#hold()
  }

  // ── As what the hold saves ───────────────────────────────────────────────────────────────────────────────────────

  async commit(): Promise<void> {
    // The application knows that it failed, and says so.
    if (this.#hasToldFailure && this.#response.statusCode >= 400) return
    await this.#save()
  }

  /** One after the other: what one has recorded, the next must not record again. */
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

  // ── As the bag's owner ───────────────────────────────────────────────────────────────────────────────────────────

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
    this.#bag = undefined
    await this.#end()
    await this.#handle.commit()
  }

  async reload(): Promise<void> {
    const fresh = await this.#sessions.open({ headers: this.#request.headers }).load()
    // One that this very request has begun is not known by its headers.
    const newest = this.#handle.id === this.#openedId ? fresh : this.#handle
    if (newest.isNew) throw new Error('failed to load session')
    this.#install(newest.data)
  }

  // ── req.session ──────────────────────────────────────────────────────────────────────────────────────────────────

  #read(): Bag | null | undefined {
    this.#touch()
    if (!this.#bag && !this.#isUnset) this.#install(this.#handle.data)
    return this.#bag
  }

  #readId(): string | undefined {
    const bag = this.#read()
    if (bag) this.#lastId = bag.id
    return this.#lastId
  }

  #replace(value: unknown): void {
    this.#touch()
    if (value instanceof Bag) {
      this.#bag = value
    } else if (value === null || value === undefined) {
      this.#bag = value
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
    const bag = new Bag(
      this,
      backendOf(this.#handle).nextId!,
      new SessionCookie(this.#settings, originalMaxAge, this.#handle.expiresAt),
      values,
    )
    this.#bag = bag
    this.#isUnset = false
    this.#originalMaxAge = originalMaxAge
    this.#texts = textsOf(bag)
  }

  /** From the first look on the response depends on the session, and anything may change in the bag unseen. */
  #touch(): void {
    if (this.#isTouched) return
    this.#isTouched = true
    // Tells `accessed`, too.
    this.#lastId = this.#handle.id
    saveBeforeEnd(this.#response, () => this.#commitLate())
    if (!this.#response.headersSent && !this.#hasFailed) this.#hold()
  }

  #hold(): void {
    const fail = (error: unknown): void => {
      this.#hasFailed = true
      this.#next(error)
    }
    hold(this.#response, this, { vary: this.#vary, fail })
  }

  // ── From the bag to operations ───────────────────────────────────────────────────────────────────────────────────

  async #record(): Promise<void> {
    if (this.#isTouched && this.#settings.unsetDestroys && this.#isGone()) return this.#end()
    const bag = this.#bag
    if (!bag || this.#isGone()) return
    const originalMaxAge = lengthOf(bag)
    if (originalMaxAge !== null && originalMaxAge <= 0) return this.#end()
    const principal = this.#principalOf(bag)
    const handle = this.#handle
    const texts = textsOf(bag)
    // A record's principal is set once. What is left in the bag goes on in a new session.
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

  #principalOf(bag: Bag): string | undefined {
    const principal = this.#settings.principal?.(bag) ?? undefined
    // What is neither goes on to be refused.
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

  /** After the first byte: what is stored already can still be changed, but no cookie can follow. */
  async #commitLate(): Promise<void> {
    if (this.#hasFailed) return
    if (!this.#handle.isNew) return this.commit()
    if (this.#bag && textsOf(this.#bag).size > 0) {
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

function lengthOf({ cookie }: Bag): number | null {
  if (!(cookie instanceof SessionCookie)) {
    throw new SojournError('ERR_SESSION_VALUE_TYPE', 'req.session.cookie cannot be replaced: set its maxAge or expires.')
  }
  cookie.checkAttributes()
  return cookie.originalMaxAge
}

const NOTHING: ReadonlyMap<string, string> = new Map()

/** Holds the end of a response back that has begun, as express-session does; a failure breaks it off, so that it is never taken for a whole one. */
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
