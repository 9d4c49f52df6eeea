/**
 * Sessions of Django: its signed values, rows, cookies and cache entries, read and written; its passwords, users and CSRF tokens.
 *
 * @module
 */
export { dumps, loads } from './signing.ts'
export type { DjangoDumping, DjangoLoading, DjangoSigning } from './signing.ts'
export { cacheKey, readCachedSession, readSession, writeCachedSession, writeSession } from './session-data.ts'
export type { DjangoCacheNaming, DjangoSessionReading, DjangoSessionSigning, DjangoSignedEngine } from './session-data.ts'
export { readSignedCookie } from './signed-cookie.ts'
export type { DjangoSignedCookie } from './signed-cookie.ts'
export { readUser, sessionAuthHash, userData, verifySessionAuthHash } from './user.ts'
export type { DjangoUser } from './user.ts'
export { makeCsrfSecret, maskCsrfToken, unmaskCsrfToken, verifyCsrfToken } from './csrf.ts'
export { hashDjangoPassword as hashPassword, verifyDjangoPassword as verifyPassword } from '../../core/passwords/django.ts'
export type { DjangoPasswordOptions } from '../../core/passwords/django.ts'
export { Float, Tuple } from '../_shared/python.ts'
export type { ForeignSecret, ForeignSecrets } from '../_shared/secrets.ts'
