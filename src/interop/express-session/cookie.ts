import { createHmac, timingSafeEqual } from 'node:crypto'
import { firstOf, verifying } from '../_shared/secrets.ts'
import type { ForeignSecret } from '../_shared/secrets.ts'

/** A secret of express-session: text or bytes. */
export type ExpressSecret = ForeignSecret

/**
 * The session id in a `connect.sid` cookie, as it came over the wire or decoded. `undefined` for anything wrong: no `s:` in front, tampered,
 * signed with none of the secrets. Never throws.
 *
 * @param secrets express-session's `secret`: the first signs, all verify
 */
export function unsignCookie(value: string, secrets: ExpressSecret | readonly ExpressSecret[]): string | undefined {
  const text = decoded(value)
  const dot = text.lastIndexOf('.')
  if (!text.startsWith('s:') || dot < 2) return undefined
  const sid = text.slice(2, dot)
  const given = Buffer.from(text.slice(dot + 1))
  for (const secret of verifying(secrets)) {
    const expected = Buffer.from(signatureOf(sid, secret))
    if (given.length === expected.length && timingSafeEqual(given, expected)) return sid
  }
  return undefined
}

/** The value of a `connect.sid` cookie, as it goes over the wire. With several secrets the first signs. @throws ERR_SESSION_OPTIONS without a secret */
export function signCookie(sid: string, secrets: ExpressSecret | readonly ExpressSecret[]): string {
  return encodeURIComponent(`s:${sid}.${signatureOf(sid, firstOf(secrets))}`)
}

function signatureOf(sid: string, secret: ExpressSecret): string {
  return createHmac('sha256', secret).update(sid).digest('base64').replace(/=+$/, '')
}

function decoded(value: string): string {
  try {
    return value.includes('%') ? decodeURIComponent(value) : value
  } catch {
    return value
  }
}
