/**
 * Reads and writes Django's sessions, signed values, cookies and cache entries, and its passwords, users and CSRF
 * tokens. Shares or adopts its live sessions.
 *
 * @module
 */
import { checkOptions } from '../../core/basics/known-options.ts'
import type { Adoptable } from '../../core/features/adopt.ts'
import { ADOPT_OPTIONS, adoptable } from '../_shared/adopt.ts'
import type { AdoptOptions } from '../_shared/adopt.ts'
import { SHARE_OPTIONS, SharedSessions } from '../_shared/shared-sessions.ts'
import type { ShareOptions } from '../_shared/shared-sessions.ts'
import { djangoFormat } from './format.ts'
import type { DjangoOptions } from './format.ts'

export { writeSignedValue, readSignedValue } from './signing.ts'
export type { DjangoWriting, DjangoReading, DjangoSigning } from './signing.ts'
export { cacheKey, readCachedSession, readSession, writeCachedSession, writeSession } from './session-data.ts'
export type { DjangoCacheNaming, DjangoSessionReading, DjangoSessionWriting, DjangoSignedEngine } from './session-data.ts'
export { readSignedCookie } from './signed-cookie.ts'
export type { DjangoSignedCookie } from './signed-cookie.ts'
export { readUser, sessionAuthHash, writeUser, verifySessionAuthHash } from './user.ts'
export type { DjangoUser } from './user.ts'
export { makeCsrfSecret, maskCsrfToken, unmaskCsrfToken, verifyCsrfToken } from './csrf.ts'
export { hashDjangoPassword as hashPassword, verifyDjangoPassword as verifyPassword } from '../../passwords/django.ts'
export type { DjangoPasswordOptions } from '../../passwords/django.ts'
export { Float, Tuple } from '../_python/python.ts'
export type { ForeignSecret, ForeignSecrets } from '../_shared/secrets.ts'
export type { ForeignIoRedis, ForeignNodeRedis } from '../_shared/redis.ts'
export type { DjangoDatabase, DjangoMysql, DjangoPostgres, DjangoSqlite } from './database.ts'
export type { DjangoCache, DjangoEngine, DjangoOptions, DjangoSessionCookie, DjangoSite } from './format.ts'
export type { AdoptOptions } from '../_shared/adopt.ts'
export type { SharedSessions, ShareOptions } from '../_shared/shared-sessions.ts'

type Names<Options> = Options extends unknown ? keyof Options : never
/** Of the site, and of each engine. */
const OPTIONS: { readonly [Name in Names<DjangoOptions>]: true } = {
  secrets: true,
  passwordOf: true,
  backend: true,
  cookie: true,
  cookieAge: true,
  expireAtBrowserClose: true,
  saveEveryRequest: true,
  salt: true,
  legacy: true,
  engine: true,
  database: true,
  cache: true,
  folder: true,
}

/**
 * For the option `adopt` of `createSessions`: a visitor who has only Django's cookie gets a session of ours with that
 * data, and is signed in if they were. Tuples become arrays, whole floats become numbers. Rows of `PickleSerializer`
 * are read if they are plain data.
 *
 * @example
 * ```ts from: examples/reference/interop/django.ts#adopt
 * const old = adoptDjango({ secrets: process.env.DJANGO_SECRET_KEY!, engine: 'db', database, passwordOf })
 * const sessions = createSessions({ secrets, store, adopt: [old] })
 * ```
 *
 * @throws ERR_SESSION_OPTIONS, ERR_SESSION_DURATION
 */
export function adoptDjango(options: DjangoOptions & AdoptOptions): Adoptable {
  checkOptions<object>('adoptDjango', options, { ...OPTIONS, ...ADOPT_OPTIONS })
  return adoptable(djangoFormat(options, true), options)
}

/** The options of {@link shareDjango}. */
export type ShareDjangoOptions = DjangoOptions & ShareOptions

/**
 * The live sessions of a Django site, read and written through the same handle and the same adapters.
 *
 * Requests of Node lose none of each other's changes, and no write brings back a session that ended. Django itself
 * writes the whole session without comparing. With `signed_cookies` the last of several parallel responses wins, and a
 * copy of the cookie works until it expires, even after a sign-out. It is the same in Django.
 *
 * @example
 * ```ts from: examples/reference/interop/django.ts#share
 * const sessions = shareDjango({ secrets: process.env.DJANGO_SECRET_KEY!, engine: 'db', database, passwordOf })
 * ```
 *
 * @throws ERR_SESSION_OPTIONS, ERR_SESSION_DURATION
 */
export function shareDjango<Data extends object = Record<string, unknown>>(options: ShareDjangoOptions): SharedSessions<Partial<Data>> {
  checkOptions<object>('shareDjango', options, { ...OPTIONS, ...SHARE_OPTIONS })
  return new SharedSessions<Partial<Data>>(djangoFormat(options, false), options)
}
