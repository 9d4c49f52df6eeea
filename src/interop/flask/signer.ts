/**
 * Signatures as itsdangerous makes them for Flask: HMAC-SHA1 under a key that is itself an HMAC of the salt
 * (`key_derivation = 'hmac'`).
 *
 * @module
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { signingSecret, verifyingSecrets } from '../_shared/secrets.ts'
import type { ForeignSecret, ForeignSecrets } from '../_shared/secrets.ts'

/** Returns the text before the last dot if the rest is its signature under one of the secrets. */
export function unsign(signed: string, secrets: ForeignSecrets, salt: string): string | undefined {
  const dot = signed.lastIndexOf('.')
  if (dot === -1) return undefined
  const text = signed.slice(0, dot)
  const given = Buffer.from(signed.slice(dot + 1))
  for (const secret of verifyingSecrets(secrets)) {
    const expected = Buffer.from(signatureOf(text, secret, salt))
    if (given.length === expected.length && timingSafeEqual(given, expected)) return text
  }
  return undefined
}

/** @throws ERR_SESSION_OPTIONS without a secret */
export function sign(text: string, secrets: ForeignSecrets, salt: string): string {
  return `${text}.${signatureOf(text, signingSecret(secrets), salt)}`
}

function signatureOf(text: string, secret: ForeignSecret, salt: string): string {
  const key = createHmac('sha1', secret).update(salt).digest()
  return createHmac('sha1', key).update(text).digest('base64url')
}
