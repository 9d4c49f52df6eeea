/**
 * The old form: with a store of express-session, or none, cookies and records are as express-session has them.
 *
 * @module
 */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { optionError } from '../../core/basics/errors.ts'
import { warnOnce } from '../../core/basics/warn-once.ts'
import { oldFormSessions } from '../../interop/express-session/old-form.ts'
import { signSessionId, unsignSessionId } from '../../interop/express-session/index.ts'
import type { ExpressStore, ForeignSecret, SharedSessions } from '../../interop/express-session/index.ts'
import { isCookieName, valuesOf } from '../../transports/cookie.ts'
import { Cookie, clearedCookie, serializeCookie } from './cookie.ts'
import type { CompatCookieSettings } from './cookie.ts'
import { isSecure } from './is-secure.ts'
import { checkCookie, checkSecrets, nameOf, readCommon, withoutUnknown } from './options.ts'
import type { CompatCookieOptions, CompatSessionOptions, CompatSettings } from './options.ts'

/** What a request needs to know. */
export interface OldSettings extends CompatSettings {
  readonly name: string
  /** Sends the cookie with each response. */
  readonly isRolling: boolean
  readonly newSid: (request: IncomingMessage) => string
  readonly newCookie: (request: IncomingMessage) => Cookie
  /** The cookie's text for a session id, encoded. */
  readonly sign: (sid: string) => string
  readonly isSecure: (request: IncomingMessage) => boolean
  /** Makes what express-session finds elsewhere readable in the request. Returns whether there is a secret. */
  readonly prepare: (request: IncomingMessage) => boolean
}

/** How many cookies of the name are looked at. */
const MAX_COOKIES = 8

/** @throws ERR_SESSION_OPTIONS */
export function oldSessions(
  options: CompatSessionOptions,
  store: ExpressStore,
): { readonly sessions: SharedSessions; readonly settings: OldSettings } {
  const { proxy, genid, rolling, secret, cookie: cookieGiven } = options
  const name = nameOf(options)
  if (!isCookieName(name)) throw optionError(`name: no cookie can have the name ${JSON.stringify(name)}; write letters, digits and dots.`)
  const secrets = readSecrets(secret)
  const common = readCommon(options)
  const cookieOf = cookieOptions(cookieGiven)
  const { storeTimeout, onStoreDown, clock, development: _, ...unused } = withoutUnknown(options)
  for (const option of [...Object.keys(unused), ...(options.principal ? ['principal'] : [])]) {
    throw optionError(`${option}: needs a store of Sojourn, such as memoryStore(), or redisStore(client) of 'sojourn/stores/redis'.`)
  }
  const newSid = genid ? (request: IncomingMessage) => genid(request as never) : randomSid
  const readKey = (text: string): string | undefined => unsignSessionId(text, secrets.list)
  const sign = (sid: string): string => signSessionId(sid, secrets.list)

  const newCookie = (request: IncomingMessage): Cookie => cookieWith(cookieOf(request), isSecure(request, proxy))
  const cookieWith = (cookieSettings: CompatCookieOptions, secure: boolean): Cookie => {
    const cookie = new Cookie(cookieSettings as CompatCookieSettings, common.now)
    if (cookie.secure === 'auto') cookie.secure = secure
    if (typeof cookie.sameSite === 'string' && cookie.sameSite.toLowerCase() === 'auto') cookie.sameSite = secure ? 'none' : 'lax'
    return cookie
  }
  /** For what a handle sends where no middleware is asked. */
  const plain = (): Cookie => cookieWith(typeof cookieGiven === 'function' ? {} : cookieGiven || {}, false)

  const sessions = oldFormSessions({
    store,
    cookie: {
      read: (request) => firstValid(request.header('cookie'), name, readKey),
      set: (value, maxAge, now) => [
        'Set-Cookie',
        serializeCookie(name, value, withExpiry(plain(), maxAge === undefined ? null : now + maxAge)),
      ],
      clear: () => ['Set-Cookie', clearedCookie(name, plain())],
    },
    cookieOptions: { maxAge: plain().originalMaxAge ?? null },
    readKey,
    writeKey: sign,
    newKey: randomSid,
    storeTimeout,
    onStoreDown,
    clock,
  })
  const settings: OldSettings = {
    ...common,
    name,
    isRolling: Boolean(rolling),
    path: (request) => cookieOf(request).path || '/',
    newSid,
    newCookie,
    sign,
    isSecure: (request) => isSecure(request, proxy),
    prepare(request) {
      secrets.take(request)
      if (secrets.list.length > 0) showCookie(request, name, readKey, sign)
      return secrets.list.length > 0
    },
  }
  return { sessions, settings }
}

function randomSid(): string {
  return randomBytes(24).toString('base64url')
}

function cookieOptions(given: CompatSessionOptions['cookie']): (request: IncomingMessage) => CompatCookieOptions {
  if (typeof given === 'function') return (request) => given(request as never) ?? {}
  const fixed = given || {}
  if (typeof fixed !== 'object') throw optionError('cookie: write an object, or a function that returns one.')
  checkCookie(fixed)
  return () => fixed
}

interface Secrets {
  /** The application's own array, which it may change at any time. */
  readonly list: readonly ForeignSecret[]
  /** Takes the secret of cookie-parser, if there is no other. */
  take(request: IncomingMessage): void
}

const RISK = 'Whoever guesses it can use every session id that they read in a log or in a copy of the store.'

function readSecrets(secret: CompatSessionOptions['secret']): Secrets {
  if (secret) {
    const list = (Array.isArray(secret) ? secret : [secret]) as readonly ForeignSecret[]
    checkSecrets(list, RISK)
    return { list, take: () => undefined }
  }
  warnOnce('sojourn/express-session: there is no secret, so req.secret is used, as cookie-parser sets it. Write the option secret.')
  const list: ForeignSecret[] = []
  return {
    list,
    take(request) {
      const { secret: found } = request as { secret?: ForeignSecret }
      if (found && list[0] !== found) list.splice(0, 1, found)
    },
  }
}

/** The first cookie of the name whose signature is right, as browsers send the most specific one first. */
function firstValid(header: string | undefined, name: string, readKey: (text: string) => string | undefined): string[] {
  if (header === undefined) return []
  const found = valuesOf(header, name)
    .slice(0, MAX_COOKIES)
    .find((text) => readKey(text) !== undefined)
  return found === undefined ? [] : [found]
}

/** Code that speaks for a client, a test or a socket, may put its cookie where cookie-parser puts those of a header. */
function showCookie(
  request: IncomingMessage,
  name: string,
  readKey: (text: string) => string | undefined,
  sign: (sid: string) => string,
): void {
  const { signedCookies, cookies } = request as { signedCookies?: Record<string, unknown>; cookies?: Record<string, unknown> }
  if (!signedCookies && !cookies) return
  const { cookie: header } = request.headers
  if (firstValid(header, name, readKey).length > 0) return
  const signed = signedCookies?.[name]
  const plain = cookies?.[name]
  const sid = typeof signed === 'string' && signed ? signed : typeof plain === 'string' ? readKey(plain) : undefined
  if (sid !== undefined) request.headers.cookie = `${header ? `${header}; ` : ''}${name}=${sign(sid)}`
}

function withExpiry(cookie: Cookie, expiresAt: number | null): Cookie {
  cookie.expireAt(expiresAt === null ? null : new Date(expiresAt))
  return cookie
}
