/**
 * Sessions of Django: its signed values, rows, cookies and cache entries, read and written; its passwords, users and CSRF tokens; and its live
 * sessions, shared or adopted.
 *
 * @module
 */
import type { Adoptable } from '../../core/features/adopt.ts'
import { adoptable } from '../_shared/adopt.ts'
import type { AdoptOptions } from '../_shared/adopt.ts'
import { ForeignSessions } from '../_shared/sessions.ts'
import type { ShareOptions } from '../_shared/sessions.ts'
import { djangoFormat } from './format.ts'
import type { DjangoOptions } from './format.ts'

export { dumps, loads } from './signing.ts'
export type { DjangoDumping, DjangoLoading, DjangoSigning } from './signing.ts'
export { cacheKey, readCachedSession, readSession, writeCachedSession, writeSession } from './session-data.ts'
export type { DjangoCacheNaming, DjangoSessionReading, DjangoSessionSigning, DjangoSignedEngine } from './session-data.ts'
export { readSignedCookie } from './signed-cookie.ts'
export type { DjangoSignedCookie } from './signed-cookie.ts'
export { readUser, sessionAuthHash, userData, verifySessionAuthHash } from './user.ts'
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
export type { ForeignSessions, ShareOptions } from '../_shared/sessions.ts'

/**
 * For `adopt` of `createSessions`: a visitor with only Django's cookie gets a session of ours with that data, and is signed in if they were. Tuples become
 * arrays, whole floats numbers. Rows of `PickleSerializer` are read if they are plain data.
 *
 * @example
 * ```ts from: examples/reference/interop/django.ts#adopt
 * const old = django({ secrets: process.env.DJANGO_SECRET_KEY!, engine: 'db', database, passwordOf })
 * const sessions = createSessions({ secrets, store, adopt: [old] })
 * ```
 *
 * @throws ERR_SESSION_OPTIONS, ERR_SESSION_DURATION
 */
export function django(options: DjangoOptions & AdoptOptions): Adoptable {
  return adoptable(djangoFormat(options, true), options)
}

/** What {@link djangoSessions} takes. */
export type DjangoSharing = DjangoOptions & ShareOptions

/**
 * The live sessions of a site of Django, through the same handle and the same adapters, read and written.
 *
 * Requests of Node lose nothing among each other, and no write brings back a session that ended; Django itself writes the whole session without looking. With
 * `signed_cookies` the last response wins between parallel requests, and a copy of the cookie works until it expires, whoever signed out: as in Django.
 *
 * @example
 * ```ts from: examples/reference/interop/django.ts#share
 * const sessions = djangoSessions({ secrets: process.env.DJANGO_SECRET_KEY!, engine: 'db', database, passwordOf })
 * ```
 *
 * @throws ERR_SESSION_OPTIONS, ERR_SESSION_DURATION
 */
export function djangoSessions<Data extends object = Record<string, unknown>>(options: DjangoSharing): ForeignSessions<Partial<Data>> {
  return new ForeignSessions<Partial<Data>>(djangoFormat(options, false), options)
}
