/**
 * One request of the compatibility layer with sessions of ours.
 *
 * @module
 */
import type { ServerResponse } from 'node:http'
import type { Answer } from '../../core/basics/answer.ts'
import { SojournError } from '../../core/basics/errors.ts'
import type { HeaderLine } from '../../core/basics/refusal.ts'
import { warnOnce } from '../../core/basics/warn-once.ts'
import { backendOf } from '../../core/session.ts'
import type { LoginOptions, Session } from '../../core/session.ts'
import type { Sessions } from '../../core/sessions.ts'
import { Cookie } from './cookie.ts'
import type { OwnSettings } from './own.ts'
import { CompatRequest } from './request.ts'
import type { CompatIncoming } from './request.ts'
import { CompatSession, textsByKey } from './session.ts'
import type { Callback } from './session.ts'

/** The stored part of `req.session.cookie`, under the only key that is never data in express-session. */
const COOKIE = 'cookie'

export class OwnRequest extends CompatRequest {
  readonly #sessions: Sessions
  readonly #settings: OwnSettings
  /** The id of the session that came with the request. */
  #openedId: string | undefined
  /** The length of the compat session as the handle knows it. */
  #originalMaxAge: number | null

  constructor(sessions: Sessions, settings: OwnSettings, request: CompatIncoming, response: ServerResponse, next: Callback) {
    super(settings, request, response, next)
    this.#sessions = sessions
    this.#settings = settings
    this.#originalMaxAge = settings.maxAge
  }

  protected open(): Session {
    return this.#sessions.open(this.request, this)
  }

  protected get id(): string {
    return backendOf(this.handle).nextId!
  }

  protected made(): CompatSession {
    const backend = backendOf(this.handle)
    this.#openedId ??= backend.record?.id
    const { [COOKIE]: stored, ...data } = structuredClone(this.handle.data) as { cookie?: { originalMaxAge?: number | null } }
    const cookie = this.#settings.newCookie()
    if (stored?.originalMaxAge !== undefined) cookie.maxAge = stored.originalMaxAge
    if (cookie.expires && backend.record) cookie.expireAt(new Date(backend.record.expiresAt))
    this.#originalMaxAge = cookie.originalMaxAge ?? null
    return new CompatSession(this.request, { cookie, ...data }, this.id)
  }

  protected record(session: CompatSession, stores: boolean): Answer<void> {
    const originalMaxAge = this.#originalMaxAgeOf(session)
    if (originalMaxAge !== null && originalMaxAge <= 0) return this.end()
    const { handle } = this
    const principal = this.#principalOf(session)
    const texts = textsByKey(session)
    const signedIn = backendOf(handle).principal
    // A record's principal is set once, so the rest of the data goes on in a new session.
    if (signedIn !== null && this.#settings.principal && signedIn !== principal) this.end()
    const isBorn = !this.isStored && (texts.size > 0 || stores)
    const before = this.texts
    this.texts = texts
    for (const [key, text] of texts) if (before.get(key) !== text) handle.set(key, JSON.parse(text))
    for (const key of before.keys()) if (!texts.has(key)) handle.delete(key)
    const isNewLogin = principal !== undefined && backendOf(handle).principal !== principal
    const isOfOwnLength = this.isStored && originalMaxAge !== this.#originalMaxAge
    const finish = (): void => {
      if (isBorn || isNewLogin || isOfOwnLength) this.#setLifetime(originalMaxAge)
    }
    return isNewLogin ? handle.login(principal, this.#attemptOf(principal)).then(finish) : finish()
  }

  #attemptOf(principal: string): LoginOptions {
    const attempt = this.#settings.attempts.get(this.request)
    return attempt?.principal === principal ? { attempt } : {}
  }

  #setLifetime(originalMaxAge: number | null): void {
    const { maxAge } = this.#settings
    const isOwn = originalMaxAge !== maxAge
    if (isOwn) this.handle.set(COOKIE, { originalMaxAge })
    else if (this.texts.size === 0) this.handle.set(COOKIE, {})
    else if (this.#originalMaxAge !== originalMaxAge) this.handle.delete(COOKIE)
    this.#originalMaxAge = originalMaxAge
    backendOf(this.handle).change({
      type: 'lifetime',
      idleTimeout: isOwn ? (originalMaxAge ?? undefined) : undefined,
      persistence: originalMaxAge === null ? 'session' : 'normal',
    })
  }

  #originalMaxAgeOf({ cookie }: CompatSession): number | null {
    if (!(cookie instanceof Cookie)) {
      throw new SojournError('ERR_SESSION_VALUE_TYPE', 'req.session.cookie cannot be replaced: set its maxAge or expires.')
    }
    const shared: Readonly<Record<string, unknown>> = this.#settings.newCookie().data
    for (const name of ['path', 'httpOnly', 'secure', 'sameSite', 'domain', 'partitioned']) {
      if (cookie.data[name] === shared[name]) continue
      warnOnce(`sojourn/express-session ignores req.session.cookie.${name}: it is the same for all sessions. Set it in the options.`)
    }
    return cookie.originalMaxAge || cookie.originalMaxAge === 0 ? cookie.originalMaxAge : null
  }

  #principalOf(session: CompatSession): string | undefined {
    const principal = this.#settings.principal?.(session) ?? undefined
    // Other types are passed on, and `login` refuses them.
    return typeof principal === 'number' ? String(principal) : principal
  }

  protected end(): void {
    this.texts = new Map()
    this.#originalMaxAge = this.#settings.maxAge
    const backend = backendOf(this.handle)
    backend.end(backend.principal === null ? 'revoked' : 'logout')
  }

  /** The former session ends, because a token leads to one session. */
  protected begin(): void {
    this.end()
  }

  protected switchTo(): never {
    throw new SojournError(
      'ERR_SESSION_CAPABILITY',
      'req.session: with a store of Sojourn a session cannot be opened by its id, but by its token.',
    )
  }

  protected async fresh(): Promise<Session | undefined> {
    // The request's headers do not name a session that this request has begun.
    const isOpened = this.#openedId !== undefined && this.id === this.#openedId
    const handle = isOpened ? await this.#sessions.open({ headers: this.request.headers }).load() : this.handle
    return handle.isNew ? undefined : handle
  }

  protected get owesCookie(): boolean {
    return this.handle.takeHeaders().length > 0
  }

  takeHeaders(): HeaderLine[] {
    const headers = this.handle.takeHeaders()
    if (headers.length > 0 && this.#settings.isSecure) this.#checkSecure()
    return headers
  }

  #checkSecure(): void {
    const { socket, headers } = this.request
    if ('encrypted' in socket || headers['x-forwarded-proto'] !== undefined || headers.forwarded !== undefined) return
    warnOnce(
      'A session cookie, which is Secure, was sent by plain HTTP; some clients drop it. If that is your own machine, write ' +
        'cookie: { secure: false }; if a proxy speaks HTTPS for you, let it send X-Forwarded-Proto.',
    )
  }
}
