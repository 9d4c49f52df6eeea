/**
 * The options of express-session. They are followed where the promises allow it; where not, a process warning says once
 * what happens instead. Only what express-session itself cannot serve is refused.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http'
import type { SealedStore } from '../../core/features/sealed/records.ts'
import type { SessionStore } from '../../core/contracts/store.ts'
import { optionError } from '../../core/basics/errors.ts'
import { systemClock } from '../../core/basics/time.ts'
import { warnOnce } from '../../core/basics/warn-once.ts'
import type { SessionsOptions } from '../../index.ts'
import type { ExpressStore } from '../../interop/express-session/index.ts'
import type { CompatSession } from './session.ts'

/** A secret as Node's `createHmac` takes it. */
export type CompatSecret = string | NodeJS.ArrayBufferView | object

/** The `cookie` of {@link CompatSessionOptions}. */
export interface CompatCookieOptions {
  /**
   * Milliseconds without a visit after which a session ends. Left out: the browser forgets its cookie when it closes,
   * and the store the session when it wants to, a store of ours after a day.
   */
  readonly maxAge?: number | null | undefined
  /** Counts as a `maxAge` that reaches from the beginning of the session to there. */
  readonly expires?: Date | null | undefined
  /**
   * `true`: no cookie is sent by plain HTTP. `'auto'`: as secure as the request that begins the session. With a store
   * of ours cookies are always `Secure`, except with `false`.
   */
  readonly secure?: boolean | 'auto' | undefined
  /** `true` is `strict`; `'auto'`: `none` by HTTPS, `lax` otherwise. In any case of letters. */
  readonly sameSite?: boolean | string | undefined
  readonly path?: string | undefined
  readonly domain?: string | undefined
  readonly partitioned?: boolean | undefined
  readonly priority?: string | undefined
  /** Default `true`. With a store of ours it is always `true`. */
  readonly httpOnly?: boolean | undefined
  readonly signed?: boolean | undefined
  readonly encode?: ((value: string) => string) | undefined
}

/**
 * The options of {@link session}: those of express-session 1.19, and those of `createSessions` that have no name there.
 */
export interface CompatSessionOptions extends Omit<
  SessionsOptions,
  'secrets' | 'store' | 'name' | 'cookie' | 'transport' | 'idleTimeout' | 'schema' | 'migrate'
> {
  /**
   * The first signs, all verify; an array may be changed in place. Left out: `req.secret`, as cookie-parser sets it.
   * One that is shorter than 32 characters works, with a warning.
   */
  readonly secret?: CompatSecret | readonly CompatSecret[] | undefined
  /**
   * A store of express-session: cookies and records stay in its form. A store of ours: both are ours, and the store is
   * worth nothing to a thief. Left out: the memory of this process.
   */
  readonly store?: ExpressStore | SessionStore | SealedStore | undefined
  /** The cookie's name; default `connect.sid`. With a store of ours, a part of the cookies' names. */
  readonly name?: string | undefined
  readonly cookie?: CompatCookieOptions | ((request: never) => CompatCookieOptions) | null | undefined
  /**
   * With `destroy`, `req.session = null` ends the session. With `keep`, the default, the session stays as it was before
   * the request.
   */
  readonly unset?: 'destroy' | 'keep' | undefined
  /** With `false`, a visitor without data gets no session. Otherwise every response begins one, with a warning. */
  readonly saveUninitialized?: boolean | undefined
  /** Ignored: only the changes of a request are written. */
  readonly resave?: boolean | undefined
  /** Sends the cookie with each response. Ignored with a store of ours, where each visit extends the session. */
  readonly rolling?: boolean | undefined
  /**
   * `true`: `X-Forwarded-Proto` says whether a request is secure. `false`: only its connection does. Left out:
   * `req.secure`.
   */
  readonly proxy?: boolean | undefined
  /** Returns the id of a new session. Ignored with a store of ours, where ids are 128 random bits. */
  readonly genid?: ((request: never) => string) | undefined
  /**
   * Needs a store of ours. Returns who is signed in, from the session before it is saved: `(session) =>
   * session.passport?.user` for example. When that changes the session gets a new token, and `sessions.of(principal)`
   * finds it. Left out: Sojourn takes every visitor for anonymous.
   */
  readonly principal?: ((session: CompatSession) => string | number | null | undefined) | undefined
}

/** What both forms of sessions need. */
export interface CompatSettings {
  readonly unsetDestroys: boolean
  readonly storesUninitialized: boolean
  /** Epoch milliseconds. */
  readonly now: () => number
  /** Requests elsewhere have no session. */
  readonly path: (request: IncomingMessage) => string
}

/** @throws ERR_SESSION_OPTIONS for what express-session itself cannot serve */
export function readCommon(options: CompatSessionOptions): Omit<CompatSettings, 'path'> {
  const { unset, genid, saveUninitialized, resave, clock = systemClock } = options
  if (unset && unset !== 'destroy' && unset !== 'keep') throw optionError("unset: write 'destroy' or 'keep'.")
  if (genid && typeof genid !== 'function') throw optionError('genid: write a function of the request that returns a text.')
  if (resave) warnIgnored('resave', 'only what a request changed is written; writing the rest again would undo what another request wrote.')
  const storesUninitialized = saveUninitialized === undefined || Boolean(saveUninitialized as unknown)
  if (storesUninitialized) {
    warnOnce(
      'sojourn/express-session: saveUninitialized is not false, so every visitor without a cookie, a crawler too, is stored and gets one. ' +
        'Write saveUninitialized: false to store sessions only when something is in them.',
    )
  }
  return {
    unsetDestroys: unset === 'destroy',
    storesUninitialized,
    now: () => clock.now(),
  }
}

const DOMAIN = /^\.?[a-z0-9-]+(\.[a-z0-9-]+)*$/i

/** The part of `cookie` that must be right at start, because otherwise every request would fail. */
export function checkCookie({ maxAge, expires, sameSite, path, domain }: CompatCookieOptions): void {
  const isEndless = typeof maxAge !== 'number' && !maxAge
  if (!isEndless && !(typeof maxAge === 'number' && Number.isFinite(maxAge)) && !((maxAge as unknown) instanceof Date)) {
    throw optionError(`cookie.maxAge: write a number of milliseconds, such as 3_600_000, not ${String(maxAge)}.`)
  }
  if (expires && !((expires as unknown) instanceof Date && !Number.isNaN(expires.valueOf()))) {
    throw optionError('cookie.expires: write a Date, or better cookie.maxAge.')
  }
  const sites = ['lax', 'strict', 'none', 'auto']
  if (sameSite && sameSite !== true && !(typeof sameSite === 'string' && sites.includes(sameSite.toLowerCase()))) {
    throw optionError(`cookie.sameSite: write 'lax', 'strict', 'none' or 'auto', not ${JSON.stringify(sameSite)}.`)
  }
  // oxlint-disable-next-line no-control-regex -- those would end the attribute
  if (path && (typeof path !== 'string' || /[;\u0000-\u001F\u007F]/.test(path))) throw optionError("cookie.path: write a text without ';'.")
  if (domain && (typeof domain !== 'string' || !DOMAIN.test(domain))) {
    throw optionError("cookie.domain: write a host's name, such as 'example.com', without a port.")
  }
}

const SHORTEST_SECRET = 32

/** Warns of short secrets. @throws ERR_SESSION_OPTIONS */
export function checkSecrets(secrets: readonly unknown[], risk: string): void {
  if (secrets.length === 0 || secrets[0] === undefined || secrets[0] === null || secrets[0] === '') {
    throw optionError(
      'secret: write a text, such as the output of `openssl rand -base64 32`, or an array of them: the first signs, all verify.',
    )
  }
  for (const secret of secrets) {
    const length = (secret as { length?: number; byteLength?: number } | undefined)?.length ?? SHORTEST_SECRET
    if (length >= SHORTEST_SECRET) continue
    warnOnce(`sojourn/express-session: a secret has only ${length} characters. ${risk} Put one of 32 random characters in front of it.`)
  }
}

/** The name of the cookie: any value, and by an old name of the option too, as there. */
export function nameOf({ name, key }: { readonly name?: string | number | undefined; readonly key?: string | number }): string {
  return String(name || key || 'connect.sid')
}

/** Names an option once that is not followed. */
export function warnIgnored(option: string, why: string): void {
  warnOnce(`sojourn/express-session ignores ${option}: ${why}`)
}

const THEIRS = ['secret', 'store', 'name', 'key', 'cookie', 'unset', 'saveUninitialized', 'resave', 'rolling', 'proxy', 'genid']

/** The options that neither express-session nor Sojourn knows are named once; the others are returned. */
export function withoutUnknown(options: CompatSessionOptions): Omit<SessionsOptions, 'schema' | 'migrate'> {
  const ours: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(options)) {
    if (THEIRS.includes(name) || name === 'principal' || value === undefined) continue
    if ((OURS as readonly string[]).includes(name)) ours[name] = value
    else warnIgnored(name, 'neither it nor express-session knows this option.')
  }
  return ours
}

const OURS = [
  'absoluteTimeout',
  'rotateEvery',
  'maxValueSize',
  'storeTimeout',
  'onStoreDown',
  'maxSessionsPerPrincipal',
  'deviceMark',
  'adopt',
  'liveInterval',
  'encrypt',
  'clock',
  'development',
] as const satisfies readonly (keyof SessionsOptions)[]
