/**
 * Who is signed in, as `django.contrib.auth` keeps it in a session.
 *
 * @module
 */
import { timingSafeEqual } from 'node:crypto'
import { signingSecret, verifyingSecrets } from '../_shared/secrets.ts'
import type { ForeignSecrets } from '../_shared/secrets.ts'
import { saltedHmac } from './signing.ts'

export const USER_ID = '_auth_user_id'
export const USER_BACKEND = '_auth_user_backend'
export const USER_HASH = '_auth_user_hash'
/** The backend of a site that does not configure one. */
export const MODEL_BACKEND = 'django.contrib.auth.backends.ModelBackend'

const SALT = 'django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash'

/**
 * `get_session_auth_hash()` of a user. It changes with the password, and that ends the user's sessions.
 *
 * @param encodedPassword `auth_user.password`, exactly as stored
 * @param secrets SECRET_KEY; of several the first is used
 * @throws ERR_SESSION_OPTIONS without a secret
 */
export function sessionAuthHash(encodedPassword: string, secrets: ForeignSecrets): string {
  return saltedHmac(SALT, encodedPassword, signingSecret(secrets), 'sha256').toString('hex')
}

/**
 * Whether a session's `_auth_user_hash` belongs to the user's password, under one of the secrets.
 *
 * @param options `legacy`: whether to accept the SHA-1 hash of Django before 3.1 too, as Django 3.2 does
 */
export function verifySessionAuthHash(
  hash: string,
  encodedPassword: string,
  secrets: ForeignSecrets,
  { legacy = false }: { readonly legacy?: boolean } = {},
): boolean {
  const given = Buffer.from(hash)
  const algorithms = legacy ? (['sha256', 'sha1'] as const) : (['sha256'] as const)
  const expected = verifyingSecrets(secrets).flatMap((secret) =>
    algorithms.map((algorithm) => Buffer.from(saltedHmac(SALT, encodedPassword, secret, algorithm).toString('hex'))),
  )
  return expected.some((one) => one.length === given.length && timingSafeEqual(one, given))
}

/** A signed-in user, as a session names them. */
export interface DjangoUser {
  /** The primary key, as text. */
  readonly id: string
  /** The entry of AUTHENTICATION_BACKENDS that signed them in. */
  readonly backend: string
  /** Their {@link sessionAuthHash} at that time; `undefined` where the user model has none. */
  readonly hash: string | undefined
}

/** Reads who is signed in from the data of a session; `undefined` for nobody. Never throws. */
export function readUser(data: Readonly<Record<string, unknown>>): DjangoUser | undefined {
  const { [USER_ID]: id, [USER_BACKEND]: backend, [USER_HASH]: hash } = data
  const isId = (typeof id === 'string' && id !== '') || typeof id === 'number' || typeof id === 'bigint'
  if (!isId || typeof backend !== 'string') return undefined
  return { id: String(id), backend, hash: typeof hash === 'string' ? hash : undefined }
}

/**
 * Returns the entries that a session has when a user is signed in, so that Django takes it for its own sign-in.
 *
 * @throws ERR_SESSION_OPTIONS without a secret
 */
export function writeUser(
  id: string | number | bigint,
  encodedPassword: string,
  { secrets, backend = MODEL_BACKEND }: { readonly secrets: ForeignSecrets; readonly backend?: string },
): Record<string, string> {
  return { [USER_ID]: String(id), [USER_BACKEND]: backend, [USER_HASH]: sessionAuthHash(encodedPassword, secrets) }
}
