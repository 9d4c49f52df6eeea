/**
 * The first format of sealed texts, which is opened and no longer written: AES-256-GCM under a key for each session,
 * derived each time. `kid(1) nonce(12) tag(16)`, then the content.
 *
 * @module
 */
import { createDecipheriv, createHmac, createSecretKey } from 'node:crypto'
import type { Opened } from './encryption.ts'
import type { Secret } from './keys.ts'

const NONCE_AT = 1
const TAG_AT = 13
const HEAD = 29
const WHOLE_TAG = { authTagLength: HEAD - TAG_AT }

/** Opens texts of the first format. */
export interface FormerSealer {
  /** `undefined` for anything that was not sealed for this purpose, this session and this associated value. */
  open(sealed: string, id: string, associated: string): Opened | undefined
}

export function formerSealer(purpose: string, secrets: readonly Secret[]): FormerSealer {
  const roots = secrets.map((secret) => ({ kid: secret.kid, key: createSecretKey(secret.key(purpose)) }))
  return {
    open(text, id, associated) {
      const sealed = Buffer.from(text, 'base64url')
      // Node decodes texts that differ only in the last bits, or in ignored characters, to the same bytes.
      if (sealed.length < HEAD || sealed.toString('base64url') !== text) return undefined
      for (const root of roots) {
        if (root.kid !== sealed[0]) continue
        const key = createSecretKey(createHmac('sha256', root.key).update(id).digest())
        const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(NONCE_AT, TAG_AT), WHOLE_TAG)
        decipher.setAAD(Buffer.from(associated))
        decipher.setAuthTag(sealed.subarray(TAG_AT, HEAD))
        try {
          const content = Buffer.concat([decipher.update(sealed.subarray(HEAD)), decipher.final()])
          return { text: content.toString('utf8'), isOld: root !== roots[0] }
        } catch {
          // It was sealed for something else, or under another secret with the same first byte.
        }
      }
      return undefined
    },
  }
}
