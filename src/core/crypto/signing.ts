import { createHmac } from 'node:crypto'
import type { Secret } from './keys.ts'
import { sameHash } from './constant-time.ts'

/** Signs texts for one purpose: the first of the application's secrets signs, all verify. */
export interface Signer {
  /** HMAC-SHA-256 in base64url, 43 characters. */
  sign(text: string): string
  /** By each of the secrets, the first one's first: for values that are looked up by their signature. */
  signAll(text: string): readonly string[]
  /** Compares in constant time. */
  verify(text: string, signature: string): boolean
}

/** @param purpose what is signed for one purpose is refused for another */
export function signer(purpose: string, secrets: readonly Secret[]): Signer {
  const keys = secrets.map((secret) => secret.key(purpose))
  return {
    sign: (text) => signBy(keys[0]!, text),
    signAll: (text) => keys.map((key) => signBy(key, text)),
    verify: (text, signature) => keys.some((key) => sameHash(signBy(key, text), signature)),
  }
}

function signBy(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url')
}
