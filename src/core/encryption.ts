import { createCipheriv, createDecipheriv, createHmac, createSecretKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { Secret } from './keys.ts'
import { randomInto } from './random.ts'
import type { BodyCipher } from './record.ts'

const NONCE = 12
const TAG = 16
const HEAD = 1 + NONCE + TAG

/**
 * AES-256-GCM over bodies at rest. Each record has a key of its own, because random nonces limit one key to 2³² seals
 * (NIST SP 800-38D, 8.3). Id, version and principal are bound in: a body moved to another record does not open.
 */
export function bodyCipher(scope: string, secrets: readonly Secret[]): BodyCipher {
  const roots = secrets.map((secret) => ({ kid: secret.kid, key: createSecretKey(secret.key(`sojourn/v1/encrypt/${scope}`)) }))
  const first = roots[0]!
  return {
    seal(text, id, version, principal) {
      const sealed = Buffer.allocUnsafe(HEAD)
      sealed[0] = first.kid
      randomInto(sealed, 1, NONCE)
      const cipher = createCipheriv('aes-256-gcm', recordKey(first.key, id), sealed.subarray(1, 1 + NONCE))
      cipher.setAAD(associated(id, version, principal))
      const content = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      cipher.getAuthTag().copy(sealed, 1 + NONCE)
      return Buffer.concat([sealed, content]).toString('base64url')
    },
    open(body, id, version, principal) {
      const sealed = Buffer.from(body, 'base64url')
      if (sealed.length < HEAD) return undefined
      for (const root of roots) {
        if (root.kid !== sealed[0]) continue
        const decipher = createDecipheriv('aes-256-gcm', recordKey(root.key, id), sealed.subarray(1, 1 + NONCE), { authTagLength: TAG })
        decipher.setAAD(associated(id, version, principal))
        decipher.setAuthTag(sealed.subarray(1 + NONCE, HEAD))
        try {
          return Buffer.concat([decipher.update(sealed.subarray(HEAD)), decipher.final()]).toString('utf8')
        } catch {
          // Sealed for another record, or under another secret with the same first byte.
        }
      }
      return undefined
    },
  }
}

function recordKey(root: KeyObject, id: string): Buffer {
  return createHmac('sha256', root).update(id).digest()
}

function associated(id: string, version: number, principal: string | null): Buffer {
  return Buffer.from(JSON.stringify([id, version, principal]))
}
