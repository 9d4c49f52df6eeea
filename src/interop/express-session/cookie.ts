import { createHmac, timingSafeEqual } from 'node:crypto'
import { signingSecret, verifyingSecrets } from '../_shared/secrets.ts'
import type { ForeignSecret, ForeignSecrets } from '../_shared/secrets.ts'

const PREFIX = 's:'

/**
 * Returns the session id in a `connect.sid` cookie, which may be decoded or as it was sent. Returns `undefined` for
 * anything wrong: no `s:` at the start, tampered, signed with none of the secrets. Never throws.
 *
 * @param secrets express-session's `secret`: the first signs, all verify
 * @param prefix what stands before the id; with the default of @fastify/session it is `''`
 */
export function unsignSessionId(value: string, secrets: ForeignSecrets, prefix: string = PREFIX): string | undefined {
  const text = decoded(value)
  const dot = text.lastIndexOf('.')
  if (!text.startsWith(prefix) || dot <= prefix.length) return undefined
  const sid = text.slice(prefix.length, dot)
  const given = Buffer.from(text.slice(dot + 1))
  for (const secret of verifyingSecrets(secrets)) {
    const expected = Buffer.from(signatureOf(sid, secret))
    if (given.length === expected.length && timingSafeEqual(given, expected)) return sid
  }
  return undefined
}

/**
 * Returns the value of a `connect.sid` cookie for a session id, encoded for sending. The first of several secrets
 * signs.
 *
 * @throws ERR_SESSION_OPTIONS without a secret
 */
export function signSessionId(sid: string, secrets: ForeignSecrets, prefix: string = PREFIX): string {
  return encodeURIComponent(`${prefix}${sid}.${signatureOf(sid, signingSecret(secrets))}`)
}

function signatureOf(sid: string, secret: ForeignSecret): string {
  return createHmac('sha256', secret).update(sid).digest('base64').replace(/=+$/, '')
}

function decoded(value: string): string {
  try {
    return value.includes('%') ? decodeURIComponent(value) : value
  } catch {
    return value
  }
}
