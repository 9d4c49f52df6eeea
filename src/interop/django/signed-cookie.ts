/**
 * `HttpResponse.set_signed_cookie`: one signed text, which is no session.
 *
 * @module
 */
import { unsignAt } from './signing.ts'
import { verifyingSecrets } from '../_shared/secrets.ts'
import type { ForeignSecrets } from '../_shared/secrets.ts'

/** What a signed cookie was signed for. */
export interface DjangoSignedCookie {
  /** SECRET_KEY and behind it SECRET_KEY_FALLBACKS. */
  readonly secrets: ForeignSecrets
  /** The cookie's name. */
  readonly name: string
  /** The `salt` of `set_signed_cookie`. Default `''`. */
  readonly salt?: string
  /** Epoch milliseconds. Default: the clock. */
  readonly now?: number
  /** How long ago it may have been signed, in milliseconds. Default: at any time. */
  readonly maxAge?: number
  /**
   * Takes the signature of Django before 5.2.15 and 6.0.6, too, in which name and salt run together (CVE-2026-6873): as `SIGNED_COOKIE_LEGACY_SALT_FALLBACK`.
   * Default `false`.
   */
  readonly legacySalt?: boolean
}

/** The text of a cookie that `set_signed_cookie` set; `undefined` for anything wrong. Never throws. */
export function readSignedCookie(value: string, options: DjangoSignedCookie): string | undefined {
  const { name, salt = '', legacySalt = false, secrets } = options
  const reading = {
    ...options,
    secrets: verifyingSecrets(secrets).map((secret) => Buffer.concat([Buffer.from('django.http.cookies'), Buffer.from(secret)])),
  }
  const current = unsignAt(value, `django.http.cookies.v2:${salt.length}:${salt}${name}`, reading)
  return (current ?? (legacySalt ? unsignAt(value, name + salt, reading) : undefined))?.text
}
