/**
 * With a store of ours: cookies and records are ours, and all promises hold.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { optionError } from '../../core/basics/errors.ts'
import type { SealedStore } from '../../core/features/sealed/records.ts'
import type { SessionStore } from '../../core/contracts/store.ts'
import type { Sessions } from '../../core/sessions.ts'
import type { LoginAttempt } from '../../core/storage/revocation.ts'
import { createSessions } from '../../index.ts'
import type { SessionsOptions } from '../../index.ts'
import type { CookieOptions } from '../../transports/cookie.ts'
import { Cookie } from './cookie.ts'
import { checkCookie, checkSecrets, nameOf, readCommon, warnIgnored, withoutUnknown } from './options.ts'
import type { CompatCookieOptions, CompatSessionOptions, CompatSettings } from './options.ts'

/** What a request needs to know. */
export interface OwnSettings extends CompatSettings {
  /** The cookie of a session that begins now; its attributes are those of all sessions. */
  readonly newCookie: () => Cookie
  /** Milliseconds; `null`: the browser forgets the cookie when it closes. */
  readonly maxAge: number | null
  readonly isSecure: boolean
  readonly principal: CompatSessionOptions['principal']
  /** By request: the sign-in that was begun before its password was checked. */
  readonly attempts: WeakMap<object, LoginAttempt>
}

const DAY = 86_400_000
const ABSOLUTE_TIMEOUT = 30 * DAY
/** express-session has no limit. This one keeps records from growing without end. */
const MAX_VALUE_SIZE = 1_048_576

/** @throws ERR_SESSION_OPTIONS */
export function ownSessions(
  options: CompatSessionOptions,
  store: SessionStore | SealedStore,
): { readonly sessions: Sessions; readonly settings: OwnSettings } {
  const { settings, sessionsOptions } = readOwnOptions(options)
  return { settings, sessions: createSessions({ ...sessionsOptions, store }) }
}

/** @throws ERR_SESSION_OPTIONS */
export function readOwnOptions(options: CompatSessionOptions): {
  readonly settings: OwnSettings
  readonly sessionsOptions: Omit<SessionsOptions, 'schema' | 'migrate'>
} {
  const { secret, rolling, proxy, genid, principal } = options
  if (principal !== undefined && typeof principal !== 'function') throw optionError('principal: write a function of the session.')
  if (rolling) warnIgnored('rolling', 'each visit extends the session, and no cookie is needed for it.')
  if (proxy) warnIgnored('proxy', 'with a store of Sojourn, cookies are Secure whatever a request or a proxy says.')
  if (genid) warnIgnored('genid', 'with a store of Sojourn, a session id is 128 random bits, and no secret.')
  const common = readCommon(options)
  const ours = withoutUnknown(options)
  const { maxAge, attributes, transport, development } = readCookie(options.cookie, ours.development, common.now)
  const idleTimeout = maxAge ?? DAY
  const isSealed = ours.encrypt === true || (options.store !== undefined && 'sealed' in options.store)
  const secrets = secret === undefined && development ? undefined : readSecrets(secret, isSealed)
  const { path } = transport
  return {
    settings: {
      ...common,
      path: () => path ?? '/',
      newCookie: () => new Cookie({ ...attributes, maxAge }, common.now),
      maxAge,
      isSecure: !development,
      principal,
      attempts: new WeakMap(),
    },
    sessionsOptions: {
      absoluteTimeout: Math.max(ABSOLUTE_TIMEOUT, idleTimeout),
      maxValueSize: MAX_VALUE_SIZE,
      ...ours,
      ...(secrets && { secrets }),
      name: cookieName(nameOf(options)),
      cookie: transport,
      idleTimeout,
      development,
    },
  }
}

interface ReadCookie {
  readonly maxAge: number | null
  readonly attributes: Readonly<Record<string, unknown>>
  readonly transport: CookieOptions
  readonly development: boolean
}

const WITH_OURS = 'with a store of Sojourn,'

function readCookie(given: CompatSessionOptions['cookie'], isDevelopment: boolean | undefined, now: () => number): ReadCookie {
  if (typeof given === 'function') warnIgnored('cookie as a function', `${WITH_OURS} all sessions have the same cookie. Write an object.`)
  const cookie: CompatCookieOptions = given && typeof given === 'object' ? given : {}
  checkCookie(cookie)
  const { expires, secure, httpOnly, path, domain, partitioned, priority, encode } = cookie
  if (httpOnly === false) warnIgnored('cookie.httpOnly', `${WITH_OURS} no script can read the cookie and steal the session.`)
  if (secure === 'auto') {
    warnIgnored(
      "cookie.secure: 'auto'",
      `${WITH_OURS} cookies are Secure. For plain HTTP on your own machine write cookie: { secure: false }.`,
    )
  }
  if (priority) warnIgnored('cookie.priority', 'browsers do not agree on it.')
  if (encode) warnIgnored('cookie.encode', 'a token needs no encoding.')
  const maxAge = expires ? expires.valueOf() - now() : cookie.maxAge || null
  if (maxAge !== null && maxAge <= 0) throw optionError('cookie.maxAge, cookie.expires: the session would end at once.')
  const development = isDevelopment ?? (secure !== undefined && !secure)
  const sameSite = siteOf(cookie.sameSite, development)
  const transport: CookieOptions = {
    path: path || '/',
    sameSite,
    ...(domain && { domain: domain.replace(/^\./, '') }),
    ...(partitioned !== undefined && { partitioned }),
  }
  const attributes = { path: path || '/', httpOnly: true, secure: !development, sameSite, domain, partitioned }
  return { maxAge, attributes, transport, development }
}

function siteOf(sameSite: CompatCookieOptions['sameSite'], development: boolean): 'lax' | 'strict' | 'none' {
  if (sameSite === true) return 'strict'
  const site = (sameSite || 'lax').toLowerCase()
  if (site === 'auto') {
    warnIgnored("cookie.sameSite: 'auto'", `${WITH_OURS} it is 'lax'. Write 'none' if other sites embed yours.`)
    return 'lax'
  }
  if (site === 'none' && development) {
    warnIgnored("cookie.sameSite: 'none'", 'browsers refuse it for a cookie that is not Secure; it is lax.')
    return 'lax'
  }
  return site as 'lax' | 'strict' | 'none'
}

const SHORTEST_SECRET = 32

/** @param isSealed whether records are encrypted under the secret, so that it must be a good one */
function readSecrets(secret: CompatSessionOptions['secret'], isSealed: boolean): readonly string[] {
  const secrets: readonly unknown[] = Array.isArray(secret) ? secret : [secret]
  checkSecrets(secrets, 'Whoever guesses it can make cookies that cost the store a call each.')
  return secrets.map((one) => {
    if (typeof one === 'string' && one.length >= SHORTEST_SECRET) return one
    if (typeof one !== 'string' && !ArrayBuffer.isView(one)) throw optionError('secret: with a store of Sojourn write a text or a Buffer.')
    if (isSealed) throw optionError(`secret: it encrypts the records, so write a text of at least ${SHORTEST_SECRET} random characters.`)
    // The records are proved by a secret of their own. This only filters, and so it may be stretched.
    return createHash('sha256')
      .update('sojourn/express-session secret ')
      .update(one as string | Uint8Array)
      .digest('base64url')
  })
}

/** A prefix such as `__Host-` is put before the name, so only characters that are safe there are kept. */
function cookieName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_-]/g, '-')
}
