import { createCipheriv, createDecipheriv, createHmac, createSecretKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { systemClock } from '../basics/time.ts'
import type { Clock } from '../basics/time.ts'
import type { Secret } from './keys.ts'
import { randomInto } from './random.ts'

/** Where things stand in the bytes of a sealed text: `kid(1) hour(4) nonce(12) tag(16)`, then the content. */
const HOUR_AT = 1
const NONCE_AT = 5
const TAG_AT = 17
const HEAD = 33
const ALGORITHM = 'aes-256-gcm'
const WHOLE_TAG = { authTagLength: HEAD - TAG_AT }

const HOUR_MS = 3_600_000
/** More hours than most sessions live, so that a key is derived once. */
const MAX_KNOWN_KEYS = 1_000

/**
 * Begins a sealed text that a store keeps, as a body begins with the number of its format. Those of the first format
 * begin with no number.
 */
export const STORED = '2,'

/** What was in a sealed text. */
export interface Opened {
  readonly text: string
  /** Whether it was sealed under another than the first of the application's secrets, and should be sealed again. */
  readonly isOld: boolean
}

/** Authenticated encryption of text, for one purpose. */
export interface Sealer {
  /**
   * Seals a text; the result is base64url.
   *
   * @param associated the text is bound to this: it opens only with the same value
   */
  seal(text: string, associated: Buffer): string
  /**
   * `undefined` for anything that was not, character by character, sealed for this purpose and bound to the same value.
   */
  open(sealed: string, associated: Buffer): Opened | undefined
}

/**
 * AES-256-GCM under a key of the hour. Random nonces limit one key to 2³² seals (NIST SP 800-38D, 8.3): all processes
 * together would have to make more than a million each second. The hour stands in the sealed text, so that it opens
 * whatever clock the reader has. See decision 0085.
 *
 * @param purpose what is sealed for one purpose does not open for another
 */
export function sealer(purpose: string, secrets: readonly Secret[], clock: Clock = systemClock): Sealer {
  const roots = secrets.map((secret) => new HourKeys(secret.kid, createSecretKey(secret.key(purpose))))
  const first = roots[0]!
  // It is not reentrant, which is safe because sealing is synchronous.
  const head = Buffer.alloc(HEAD)
  const nonce = head.subarray(NONCE_AT, TAG_AT)
  return {
    seal(text, associated) {
      const hour = Math.floor(clock.now() / HOUR_MS) >>> 0
      const key = first.keyOf(hour)
      first.keep(hour, key)
      head[0] = first.kid
      head.writeUInt32BE(hour, HOUR_AT)
      randomInto(head, NONCE_AT, TAG_AT - NONCE_AT)
      const cipher = createCipheriv(ALGORITHM, key, nonce)
      cipher.setAAD(associated)
      const content = cipher.update(text, 'utf8')
      cipher.final()
      cipher.getAuthTag().copy(head, TAG_AT)
      // The head has 33 bytes: its text has no end of its own, and the two are the base64url of the whole.
      return head.toString('base64url') + content.toString('base64url')
    },
    open(text, associated) {
      const sealed = Buffer.from(text, 'base64url')
      // Node decodes texts that differ only in the last bits, or in ignored characters, to the same bytes.
      if (sealed.length < HEAD || sealed.toString('base64url') !== text) return undefined
      for (const root of roots) {
        if (root.kid !== sealed[0]) continue
        const opened = root.open(sealed, associated)
        if (opened !== undefined) return { text: opened, isOld: root !== first }
      }
      return undefined
    },
  }
}

/** The keys that one secret has for a purpose. */
class HourKeys {
  readonly kid: number
  readonly #root: KeyObject
  readonly #known = new Map<number, KeyObject>()

  constructor(kid: number, root: KeyObject) {
    this.kid = kid
    this.#root = root
  }

  keyOf(hour: number): KeyObject {
    return this.#known.get(hour) ?? createSecretKey(createHmac('sha256', this.#root).update(`hour/${hour}`).digest())
  }

  keep(hour: number, key: KeyObject): void {
    if (this.#known.has(hour)) return
    if (this.#known.size >= MAX_KNOWN_KEYS) this.#known.delete(this.#known.keys().next().value!)
    this.#known.set(hour, key)
  }

  /** `undefined` if it was sealed for something else, or under another secret with the same kid. */
  open(sealed: Buffer, associated: Buffer): string | undefined {
    const hour = sealed.readUInt32BE(HOUR_AT)
    const key = this.keyOf(hour)
    const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(NONCE_AT, TAG_AT), WHOLE_TAG)
    decipher.setAAD(associated)
    decipher.setAuthTag(sealed.subarray(TAG_AT, HEAD))
    const content = decipher.update(sealed.subarray(HEAD))
    try {
      decipher.final()
    } catch {
      return undefined
    }
    // Only now, or forged texts could push the keys in use out.
    this.keep(hour, key)
    return content.toString('utf8')
  }
}
