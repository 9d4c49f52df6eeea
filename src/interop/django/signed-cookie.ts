/**
 * `HttpResponse.set_signed_cookie`: one signed text, which is not a session.
 *
 * @module
 */
import { checkOptions } from '../../core/basics/known-options.ts'
import type { KnownOptions } from '../../core/basics/known-options.ts'
import { unsignAt } from './signing.ts'
import { verifyingSecrets } from '../_shared/secrets.ts'
import type { ForeignSecrets } from '../_shared/secrets.ts'

/** What {@link readSignedCookie} takes: what the cookie was signed for. */
export interface DjangoSignedCookie {
  /** SECRET_KEY, followed by SECRET_KEY_FALLBACKS. */
  readonly secrets: ForeignSecrets
  /** The cookie's name. */
  readonly name: string
  /** The `salt` of `set_signed_cookie`. Default `''`. */
  readonly salt?: string
  /** The time in epoch milliseconds. Default: the system clock. */
  readonly now?: number
  /** The maximum age of the signature in milliseconds. Default: no limit. */
  readonly maxAge?: number
  /**
   * Whether to accept the signature of Django before 5.2.15 and 6.0.6 too, which does not separate name and salt
   * (CVE-2026-6873), as `SIGNED_COOKIE_LEGACY_SALT_FALLBACK` does. Default `false`.
   */
  readonly legacySalt?: boolean
}

const OPTIONS: KnownOptions<DjangoSignedCookie> = { secrets: true, name: true, salt: true, now: true, maxAge: true, legacySalt: true }

/**
 * Reads the text of a cookie that `set_signed_cookie` set. Returns `undefined` for anything wrong.
 *
 * @throws ERR_SESSION_OPTIONS for an unknown option; never because of the cookie
 */
export function readSignedCookie(value: string, options: DjangoSignedCookie): string | undefined {
  checkOptions('readSignedCookie', options, OPTIONS)
  const { name, salt = '', legacySalt = false, secrets } = options
  const reading = {
    ...options,
    secrets: verifyingSecrets(secrets).map((secret) => Buffer.concat([Buffer.from('django.http.cookies'), Buffer.from(secret)])),
  }
  const current = unsignAt(value, `django.http.cookies.v2:${salt.length}:${salt}${name}`, reading)
  return (current ?? (legacySalt ? unsignAt(value, name + salt, reading) : undefined))?.text
}
