/**
 * The options of express-session. Each is used, ignored with a reason, or refused with what to write instead.
 *
 * @module
 */
import { optionError } from '../../core/basics/errors.ts'
import type { SealedStore } from '../../core/features/sealed/records.ts'
import type { SessionStore } from '../../core/contracts/store.ts'
import type { SessionsOptions } from '../../index.ts'
import type { CookieOptions } from '../../transports/cookie.ts'
import type { CompatSession } from './compat-session.ts'
import type { CookieSettings } from './cookie.ts'
import { warnOnce } from '../../core/basics/warn-once.ts'

/** The `cookie` of {@link CompatSessionOptions}. Cookies are always `HttpOnly`. */
export interface CompatCookieOptions {
  /**
   * Milliseconds without a visit after which a session ends. Left out: a day, and the browser forgets its cookie when
   * it closes.
   */
  readonly maxAge?: number | null | undefined
  /**
   * `false` is for plain HTTP on your own machine, as `development: true` is. Otherwise cookies are always `Secure`,
   * whatever the request looks like.
   */
  readonly secure?: boolean | undefined
  /** Default `lax`; `true` is `strict`. */
  readonly sameSite?: boolean | 'lax' | 'strict' | 'none' | undefined
  readonly path?: string | undefined
  readonly domain?: string | undefined
  readonly partitioned?: boolean | undefined
  readonly httpOnly?: boolean | undefined
}

/**
 * The options of {@link session}: those of express-session 1.19, and those of `createSessions` that have no name there.
 */
export interface CompatSessionOptions extends Omit<
  SessionsOptions,
  'secrets' | 'store' | 'name' | 'cookie' | 'transport' | 'idleTimeout' | 'schema' | 'migrate'
> {
  /** At least 32 characters each; the first signs, all verify. Required, but not with `cookie: { secure: false }`. */
  readonly secret?: string | readonly string[] | undefined
  /** A store of ours. Left out: the memory of this process, with a warning outside development. */
  readonly store?: SessionStore | SealedStore | undefined
  /** Part of the cookie's name. Characters other than letters, digits, `-` and `_` become `-`. */
  readonly name?: string | undefined
  readonly cookie?: CompatCookieOptions | undefined
  /**
   * With `destroy`, `req.session = null` ends the session. With `keep`, the default, the session stays as it was before
   * the request.
   */
  readonly unset?: 'destroy' | 'keep' | undefined
  /**
   * With `false`, a visitor without data gets no session. Otherwise a session is stored as soon as the application
   * reads its id, because something may depend on the id from then on.
   */
  readonly saveUninitialized?: boolean | undefined
  /** Ignored: only the changes of a request are written. */
  readonly resave?: boolean | undefined
  /** Ignored: each visit extends the session, without a new cookie. */
  readonly rolling?: boolean | undefined
  /** Ignored: `Secure` does not depend on what a proxy says. */
  readonly proxy?: boolean | undefined
  /** Ignored: ids are 128 random bits. */
  readonly genid?: unknown
  /**
   * Returns who is signed in, from the session before it is saved: `(session) => session.passport?.user` for example.
   * When that changes the session gets a new token, and `sessions.of(principal)` finds it. Left out: Sojourn takes
   * every visitor for anonymous.
   */
  readonly principal?: (session: CompatSession) => string | number | null | undefined
}

/** The checked options that a request needs. */
export interface CompatSettings extends CookieSettings {
  readonly path: string
  /** Milliseconds; `null`: the browser forgets the cookie when it closes. */
  readonly maxAge: number | null
  readonly unsetDestroys: boolean
  readonly storesUninitialized: boolean
  readonly principal: CompatSessionOptions['principal']
  readonly isSecure: boolean
}

const DAY = 86_400_000
const ABSOLUTE_TIMEOUT = 30 * DAY
/** express-session has no limit. This one keeps records from growing without end. */
const MAX_VALUE_SIZE = 1_048_576

/** @throws ERR_SESSION_OPTIONS */
export function readCompatOptions(options: CompatSessionOptions): {
  settings: CompatSettings
  sessionsOptions: Omit<SessionsOptions, 'schema' | 'migrate'>
} {
  const {
    secret,
    store,
    name,
    key,
    cookie = {},
    unset,
    saveUninitialized,
    resave,
    rolling,
    proxy,
    genid,
    principal,
    ...ours
  } = options as CompatSessionOptions & { key?: string }
  if (unset !== undefined && unset !== 'destroy' && unset !== 'keep') throw optionError("unset: write 'destroy' or 'keep'.")
  if (principal !== undefined && typeof principal !== 'function') throw optionError('principal: write a function of the session.')
  warnOfIgnored({ resave, rolling, proxy, genid })
  const { maxAge, path, attributes, transport, development } = readCookie(cookie, ours.development)
  const idleTimeout = maxAge ?? DAY
  return {
    settings: {
      path,
      maxAge,
      unsetDestroys: unset === 'destroy',
      storesUninitialized: saveUninitialized !== false,
      principal,
      now: ours.clock ? ours.clock.now.bind(ours.clock) : Date.now,
      attributes,
      isSecure: !development,
    },
    sessionsOptions: {
      absoluteTimeout: Math.max(ABSOLUTE_TIMEOUT, idleTimeout),
      maxValueSize: MAX_VALUE_SIZE,
      ...ours,
      ...((secret !== undefined || !development) && { secrets: readSecret(secret) }),
      ...(store && { store: checkStore(store) }),
      name: cookieName(name ?? key ?? 'connect.sid'),
      cookie: transport,
      idleTimeout,
      development,
    },
  }
}

function warnOfIgnored(given: { resave: unknown; rolling: unknown; proxy: unknown; genid: unknown }): void {
  const ignored: Record<keyof typeof given, string> = {
    resave: 'only what a request changed is written; writing the rest again would undo what another request wrote.',
    rolling: 'each visit extends the session, and no cookie is needed for it.',
    proxy: 'cookies are Secure whatever a request or a proxy says. For plain HTTP on your own machine write cookie: { secure: false }.',
    genid: 'a session id is 128 random bits, and no secret.',
  }
  for (const option of Object.keys(ignored) as (keyof typeof given)[]) {
    if (given[option]) warnOnce(`sojourn/express-session ignores ${option}: ${ignored[option]}`)
  }
}

interface ReadCookie extends Pick<CompatSettings, 'path' | 'maxAge' | 'attributes'> {
  readonly transport: CookieOptions
  readonly development: boolean
}

function readCookie(cookie: CompatCookieOptions, development: boolean | undefined): ReadCookie {
  if (typeof cookie === 'function') {
    throw optionError('cookie: write an object; a session of its own length is made by req.session.cookie.maxAge.')
  }
  const { maxAge = null, secure, sameSite = 'lax', path = '/', domain, partitioned, httpOnly, ...others } = cookie
  if (maxAge !== null && !(typeof maxAge === 'number' && maxAge > 0)) throw optionError('cookie.maxAge: write milliseconds above zero.')
  if (httpOnly === false) {
    throw optionError(
      'cookie.httpOnly: a script that can read the cookie can steal the session. Leave it out; tell scripts what they need otherwise.',
    )
  }
  if (secure !== undefined && typeof secure !== 'boolean') {
    throw optionError(
      "cookie.secure: 'auto' believes what a request says. Leave it out, or write false for plain HTTP on your own machine.",
    )
  }
  const site = sameSite === true ? 'strict' : sameSite === false ? 'lax' : sameSite
  if ((site as string) === 'auto') throw optionError("cookie.sameSite: 'auto' believes what a request says. Write 'lax', or 'none'.")
  if ('expires' in others && others.expires) throw optionError('cookie.expires: all sessions would end at that instant. Write maxAge.')
  if ('priority' in others && others.priority) warnOnce('sojourn/express-session ignores cookie.priority: browsers do not agree on it.')
  if ('encode' in others && others.encode) warnOnce('sojourn/express-session ignores cookie.encode: a token needs no encoding.')
  const isDevelopment = development ?? secure === false
  const transport: CookieOptions = {
    path,
    sameSite: site,
    ...(domain !== undefined && { domain: domain.replace(/^\./, '') }),
    ...(partitioned !== undefined && { partitioned }),
  }
  const attributes = { path, httpOnly: true, secure: !isDevelopment, sameSite: site, domain, partitioned }
  return { maxAge, path, attributes, transport, development: isDevelopment }
}

const SHORTEST_SECRET = 32

function readSecret(secret: string | readonly string[] | undefined): readonly string[] {
  const secrets = typeof secret === 'string' ? [secret] : secret
  if (!Array.isArray(secrets) || secrets.length === 0) throw optionError(`secret: there is none. ${WRITE_SECRET}`)
  for (const one of secrets as readonly unknown[]) {
    if (typeof one === 'string' && one.length >= SHORTEST_SECRET) continue
    const found = typeof one === 'string' ? `has ${one.length} characters` : `is ${one === undefined ? 'undefined' : `a ${typeof one}`}`
    throw optionError(`secret ${found}. ${WRITE_SECRET} Sessions begin anew with this middleware, so a new secret costs nothing.`)
  }
  return secrets as readonly string[]
}

const WRITE_SECRET: string =
  `Write at least ${SHORTEST_SECRET} random characters, such as the output of \`openssl rand -base64 32\`, or several secrets in an array: ` +
  'the first signs, all verify.'

function checkStore(store: SessionStore | SealedStore): SessionStore | SealedStore {
  if ('sealed' in store || typeof store.create === 'function') return store
  const made = (store as object).constructor?.name ?? 'this'
  throw optionError(
    `store: ${made} is a store for express-session, which can only replace whole sessions; that is how changes get lost. Write one of ours, ` +
      "such as redisStore(client) of 'sojourn/stores/redis' or postgresStore(pool) of 'sojourn/stores/postgres'; or, if it has to stay, " +
      "wrapExpressStore(store) of 'sojourn/interop/express-session'.",
  )
}

/** A prefix such as `__Host-` is put before the name, so only characters that are safe there are kept. */
function cookieName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_-]/g, '-')
}
