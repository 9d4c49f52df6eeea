/**
 * One request of the compatibility layer. It stands between the compat session, a plain object that does not report its
 * changes, and the handle. What depends on the form in which sessions are kept is in `own-request.ts` and
 * `old-request.ts`.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isLater, whenThere } from '../../core/basics/answer.ts'
import type { Answer } from '../../core/basics/answer.ts'
import { SojournError } from '../../core/basics/errors.ts'
import { warnOnce } from '../../core/basics/warn-once.ts'
import type { Exchange, Committable } from '../../core/contracts/exchange.ts'
import type { HeaderLine } from '../../core/basics/refusal.ts'
import { backendOf } from '../../core/session.ts'
import type { Session } from '../../core/session.ts'
import { CallbackExchange } from '../node/exchange.ts'
import type { NodeExchange } from '../node/exchange.ts'
import { markResponse } from '../node/headers.ts'
import { isResponse } from '../node/response.ts'
import { Cookie } from './cookie.ts'
import type { CompatCookieSettings } from './cookie.ts'
import type { CompatSettings } from './options.ts'
import { CompatSession, OWNER, textsByKey } from './session.ts'
import type { Callback, SessionCarrier, SessionOwner } from './session.ts'

/** A request as the middleware finds it. */
export type CompatIncoming = IncomingMessage & SessionCarrier

/**
 * The exchange of the handle, and the session that is committed before the response begins. At that moment the compat
 * session is compared with what it was, and the differences become the handle's operations.
 */
export abstract class CompatRequest implements Exchange, Committable, SessionOwner {
  protected readonly request: CompatIncoming
  /** Since `load`. */
  protected handle!: Session
  protected session: CompatSession | null | undefined
  /** The data of the compat session as the handle knows them. */
  protected texts: ReadonlyMap<string, string> = NOTHING
  readonly #settings: CompatSettings
  readonly #response: ServerResponse
  readonly #exchange: NodeExchange
  #isTouched = false
  /** What the application has set `req.sessionID` to. */
  #assignedId: string | undefined
  #committing: Promise<void> | undefined
  #hasToldFailure = false
  /** The save failed, and the response now reports that error. */
  #hasFailed = false
  /** The application has set `req.session` to null, or ended it. */
  #isUnset = false
  /** The application has asked for a new session, which is stored without data, too. */
  #isBegun = false

  constructor(settings: CompatSettings, request: CompatIncoming, response: ServerResponse, next: Callback) {
    this.request = request
    this.#settings = settings
    this.#response = response
    this.#exchange = new CallbackExchange(request, response, (error) => {
      this.#hasFailed = true
      next(error)
    })
  }

  protected abstract open(): Session
  /** The id of the session, also of one that is not stored yet. */
  protected abstract get id(): string
  /** The session of the handle: what is stored, or an empty one. */
  protected abstract made(): CompatSession
  /** Records the changes of the session. @param stores whether it is stored without data, too */
  protected abstract record(session: CompatSession, stores: boolean): Answer<void>
  /** Ends the session at the next commit; what is recorded then begins another. */
  protected abstract end(): void
  /** Begins another session at the handle. */
  protected abstract begin(): void
  /** The application has put a session of this id there. */
  protected abstract switchTo(id: string): void
  /** A handle of the session as it is stored now; `undefined` if it is not. */
  protected abstract fresh(): Promise<Session | undefined>
  /** Whether the client needs a cookie that it does not have. */
  protected abstract get owesCookie(): boolean
  abstract takeHeaders(): HeaderLine[]

  /** Reads the record if the request has a token of ours, defines `req.session` and begins to watch the response. */
  load(): Answer<void> {
    this.handle = this.open()
    return whenThere(backendOf(this.handle).peek!(), () => this.#begin())
  }

  #begin(): void {
    const { request } = this
    request[OWNER] = this
    const sessionID = { get: () => this.#assignedId ?? this.id, set: (id: string) => void (this.#assignedId = id) }
    Object.defineProperty(request, 'sessionID', { ...sessionID, configurable: true, enumerable: true })
    this.#show()
    const response = this.#response
    // Where there is none, at an upgrade, only `save()` saves.
    if (!isResponse(response) || response.headersSent || response.writableEnded) return
    // Now, and not at the first read: `res.end(req.session.name)` looks `end` up before.
    saveBeforeEnd(response, () => this.#commitLate())
    // Below the hold, so that it still works on what the hold has kept back.
    markResponse(response, [])
    this.#exchange.changed(this)
  }

  #show(): void {
    const session = { get: () => this.#read(), set: (value: unknown) => this.#replace(value) }
    Object.defineProperty(this.request, 'session', { ...session, configurable: true, enumerable: true })
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

  commit(): Answer<void> {
    // The application was told of the failure and responds to it.
    if (this.#hasToldFailure && this.#response.statusCode >= 400) return undefined
    return this.#save(this.#settings.storesUninitialized || this.#isBegun)
  }

  /** One save after the other, so that a later one does not record the same changes again. */
  #save(stores: boolean): Answer<void> {
    const before = this.#committing
    const saving = before ? before.then(() => this.#saveNow(stores)) : this.#saveNow(stores)
    if (!isLater(saving)) return undefined
    const done = (): void => {
      if (this.#committing === settled) this.#committing = undefined
    }
    const settled = saving.then(done, done)
    this.#committing = settled
    return saving
  }

  #saveNow(stores: boolean): Answer<void> {
    return whenThere(this.#recordChanges(stores), () => backendOf(this.handle).commit())
  }

  #recordChanges(stores: boolean): Answer<void> {
    if (this.isGone) return this.#settings.unsetDestroys ? this.end() : undefined
    if (!this.#isTouched && (this.isStored || !stores)) return undefined
    // As in express-session, a session without an id is not saved.
    if (this.#assignedId !== undefined && typeof this.#assignedId !== 'string') return undefined
    // It may be a session that the application has put there.
    return whenThere(backendOf(this.handle).peek!(), () => this.record(this.#current()!, stores))
  }

  protected get isStored(): boolean {
    return backendOf(this.handle).record !== undefined
  }

  // ── What the compat session needs ──────────────────────────────────────────────────────────────────────────────────

  has(session: CompatSession): boolean {
    return this.session === session
  }

  async save(): Promise<void> {
    this.#hasToldFailure = false
    try {
      await this.#save(true)
    } catch (error) {
      this.#hasToldFailure = true
      throw error
    }
    if (!isResponse(this.#response) && this.owesCookie) {
      warnOnce('A session was begun where no response can carry its cookie, as at an upgrade, so its client cannot come back to it.')
    }
  }

  async regenerate(): Promise<void> {
    this.end()
    this.#installNew()
    await backendOf(this.handle).commit()
  }

  async destroy(): Promise<void> {
    this.session = undefined
    this.#isUnset = true
    this.end()
    await backendOf(this.handle).commit()
  }

  async reload(): Promise<void> {
    const { handle } = this
    const fresh = await this.fresh()
    if (!fresh) throw new Error('failed to load session')
    this.handle = fresh
    this.#install(this.made())
    this.handle = handle
  }

  generate(): void {
    this.begin()
    this.#installNew()
  }

  #installNew(): void {
    this.#assignedId = undefined
    this.#isBegun = true
    this.#install(this.made())
    if (!Object.hasOwn(this.request, 'session')) this.#show()
  }

  // ── req.session ──────────────────────────────────────────────────────────────────────────────────────────────────

  #read(): CompatSession | null | undefined {
    this.#touch()
    return this.#current()
  }

  #current(): CompatSession | null | undefined {
    if (!this.session && !this.#isUnset) this.#install(this.made())
    return this.session
  }

  #replace(value: unknown): void {
    // What is stored is what the new one is compared with.
    this.#read()
    this.session = value ? this.#sessionOf(value) : (value as null | undefined)
    this.#isUnset = !value
  }

  #sessionOf(value: { readonly id?: unknown; readonly cookie?: unknown }): CompatSession {
    const { id, cookie } = value
    if (typeof id !== 'string' || typeof cookie !== 'object' || cookie === null) {
      throw new SojournError('ERR_SESSION_VALUE_TYPE', 'req.session can be set to null, and to nothing else: assign its properties.')
    }
    if (id !== this.id) {
      this.switchTo(id)
      this.texts = NOTHING
    }
    if (value instanceof CompatSession) return value
    // A store that extends the Store of express-session itself makes sessions of that.
    return new CompatSession(this.request, { ...value, cookie: Cookie.of(JSON.parse(JSON.stringify(cookie)) as CompatCookieSettings) }, id)
  }

  #install(session: CompatSession): void {
    this.session = session
    this.#isUnset = false
    this.texts = textsByKey(session)
  }

  /** From the first read on, the response depends on the session, and anything may change in it unseen. */
  #touch(): void {
    if (this.#isTouched) return
    this.#isTouched = true
    this.accessed('Cookie')
  }

  /** Whether the application has taken `req.session` away. */
  protected get isGone(): boolean {
    return this.#isUnset || !Object.hasOwn(this.request, 'session')
  }

  /** After the first byte a stored session can still be changed, but no cookie can be sent. */
  #commitLate(): Answer<void> {
    if (this.#hasFailed) return undefined
    if (this.isStored || this.isGone) return this.commit()
    if (this.#isTouched && this.session && textsByKey(this.session).size > 0) {
      warnOnce('A session was begun after the headers had been sent, so no cookie could follow and nothing was saved. Begin it before.')
    }
    return undefined
  }
}

const NOTHING: ReadonlyMap<string, string> = new Map()

/**
 * Holds back the end of a response that has begun, as express-session does. If the save fails, the connection is
 * broken, so that the client does not take the response for complete. A second end is ignored, as there.
 */
function saveBeforeEnd(response: ServerResponse, save: () => Answer<void>): void {
  const { end } = response as { end: (...args: unknown[]) => ServerResponse }
  let isEnded = false
  const broken = (error: unknown): void => void response.destroy(error instanceof Error ? error : undefined)
  Object.assign(response, {
    end(...args: unknown[]): ServerResponse {
      if (isEnded) return response
      if (!response.headersSent) {
        end.apply(response, args)
        isEnded = true
        return response
      }
      isEnded = true
      try {
        const saving = save()
        if (isLater(saving)) saving.then(() => end.apply(response, args), broken)
        else end.apply(response, args)
      } catch (error) {
        broken(error)
      }
      return response
    },
  })
}
