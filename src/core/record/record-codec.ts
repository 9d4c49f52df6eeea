import { SojournError } from '../basics/errors.ts'
import type { StoredRecord } from '../contracts/store.ts'
import type { BodyCipher } from '../crypto/body-cipher.ts'
import { decodeBody, encodeBody } from './body.ts'
import type { SessionRecord } from './record.ts'

/**
 * Turns records into what a store keeps, and back. Records carry the application's name, and are encrypted if the
 * application asked for it.
 */
export class RecordCodec {
  readonly #scope: string
  readonly #cipher: BodyCipher | undefined
  readonly #maxBytes: number

  /** @param maxBytes of a body, before it is encrypted */
  constructor(scope: string, cipher: BodyCipher | undefined, maxBytes: number = Infinity) {
    this.#scope = scope
    this.#cipher = cipher
    this.#maxBytes = maxBytes
  }

  /** The principal as the store knows it, so that two applications in one store never see each other's sessions. */
  scoped(principal: string): string {
    return `${this.#scope}:${principal}`
  }

  /** @throws ERR_SESSION_RECORD_SIZE */
  encode(record: SessionRecord): StoredRecord {
    const principal = record.principal === null ? null : this.scoped(record.principal)
    const { id, version, expiresAt } = record
    const text = encodeBody(this.#scope, record.meta, record.values)
    // A character has three bytes at most: most records need not be measured.
    if (text.length * 3 > this.#maxBytes) this.#checkSize(text, record)
    const body = this.#cipher ? this.#cipher.seal(text, id, version, principal) : text
    return { id, version, expiresAt, retainUntil: record.meta.absoluteExpiresAt, principal, body }
  }

  #checkSize(text: string, { values }: SessionRecord): void {
    const bytes = Buffer.byteLength(text)
    if (bytes <= this.#maxBytes) return
    const biggest = [...values].toSorted(([, a], [, b]) => b.text.length - a.text.length).slice(0, 3)
    const keys = biggest.map(([key, { text: value }]) => `${JSON.stringify(key.slice(0, 64))} (${value.length})`).join(', ')
    const message = `The session takes ${bytes} bytes; the limit is ${this.#maxBytes}. The biggest keys: ${keys}. Keep large things elsewhere, or raise maxRecordSize.`
    throw new SojournError('ERR_SESSION_RECORD_SIZE', message)
  }

  /**
   * Returns `undefined` for a record of another application, one that is torn or past its absolute deadline, and one
   * that was sealed under a secret that is no longer known.
   */
  decode(stored: StoredRecord, now: number): SessionRecord | undefined {
    const { id, version, expiresAt, principal } = stored
    const text = this.#cipher ? this.#cipher.open(stored.body, id, version, principal) : stored.body
    const body = text === undefined ? undefined : decodeBody(this.#scope, text)
    if (!body || body.meta.absoluteExpiresAt <= now) return undefined
    return { id, version, expiresAt, principal: principal === null ? null : principal.slice(this.#scope.length + 1), ...body }
  }
}
