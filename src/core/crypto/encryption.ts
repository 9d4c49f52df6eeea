import { createCipheriv, createDecipheriv, createHmac, createSecretKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { Secret } from './keys.ts'
import { randomInto } from './random.ts'

const NONCE = 12
const TAG = 16
const HEAD = 1 + NONCE + TAG

/** Authenticated encryption of text that belongs to one session. */
export interface Sealer {
  /** @param associated the text is bound to this, besides its session: it opens only with the same value */
  seal(text: string, id: string, associated: string): string
  /** `undefined` for anything that was not sealed for this purpose, this session and this associated value. */
  open(sealed: string, id: string, associated: string): string | undefined
}

/**
 * AES-256-GCM. Each session has a key of its own, because random nonces limit one key to 2³² seals (NIST SP 800-38D,
 * 8.3).
 *
 * @param purpose what is sealed for one purpose does not open for another
 */
export function sealer(purpose: string, secrets: readonly Secret[]): Sealer {
  const roots = secrets.map((secret) => ({ kid: secret.kid, key: createSecretKey(secret.key(purpose)) }))
  const first = roots[0]!
  return {
    seal(text, id, associated) {
      const sealed = Buffer.allocUnsafe(HEAD)
      sealed[0] = first.kid
      randomInto(sealed, 1, NONCE)
      const cipher = createCipheriv('aes-256-gcm', sessionKey(first.key, id), sealed.subarray(1, 1 + NONCE))
      cipher.setAAD(Buffer.from(associated))
      const content = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      cipher.getAuthTag().copy(sealed, 1 + NONCE)
      return Buffer.concat([sealed, content]).toString('base64url')
    },
    open(text, id, associated) {
      const sealed = Buffer.from(text, 'base64url')
      // Node decodes texts that differ only in the last bits, or in ignored characters, to the same bytes.
      if (sealed.length < HEAD || sealed.toString('base64url') !== text) return undefined
      for (const root of roots) {
        if (root.kid !== sealed[0]) continue
        const decipher = createDecipheriv('aes-256-gcm', sessionKey(root.key, id), sealed.subarray(1, 1 + NONCE), { authTagLength: TAG })
        decipher.setAAD(Buffer.from(associated))
        decipher.setAuthTag(sealed.subarray(1 + NONCE, HEAD))
        try {
          return Buffer.concat([decipher.update(sealed.subarray(HEAD)), decipher.final()]).toString('utf8')
        } catch {
          // It was sealed for something else, or under another secret with the same first byte.
        }
      }
      return undefined
    },
  }
}

function sessionKey(root: KeyObject, id: string): Buffer {
  return createHmac('sha256', root).update(id).digest()
}

/** Encrypts the bodies of records. */
export interface BodyCipher {
  seal(text: string, id: string, version: number, principal: string | null): string
  open(body: string, id: string, version: number, principal: string | null): string | undefined
}

/**
 * For bodies in a store. Id, version and principal are bound in: a body that was moved to another record does not open.
 */
export function bodyCipher(scope: string, secrets: readonly Secret[]): BodyCipher {
  const box = sealer(`sojourn/v1/encrypt/${scope}`, secrets)
  return {
    seal: (text, id, version, principal) => box.seal(text, id, recordOf(id, version, principal)),
    open: (body, id, version, principal) => box.open(body, id, recordOf(id, version, principal)),
  }
}

function recordOf(id: string, version: number, principal: string | null): string {
  return JSON.stringify([id, version, principal])
}
