import { SojournError } from '../basics/errors.ts'
import type { StoredRecord } from '../contracts/store.ts'
import type { BodyProtection, ProtectedText } from '../crypto/body-protection.ts'
import { decodeBody, encodeBody, lengthOf } from './body.ts'
import type { SessionRecord } from './record.ts'

/**
 * Turns records into what a store keeps, and back. Records carry the application's name, and are protected against
 * whoever can write the store (ASVS 5.0 11.3.3).
 */
export class RecordCodec {
  readonly #scope: string
  readonly #protection: BodyProtection | undefined
  readonly #maxBytes: number

  /**
   * @param protection `undefined` where something else protects the record
   * @param maxBytes of a body, before it is protected
   */
  constructor(scope: string, protection: BodyProtection | undefined, maxBytes: number = Infinity) {
    this.#scope = scope
    this.#protection = protection
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
    if ((text.head.length + lengthOf(text.tail)) * 3 > this.#maxBytes) this.#checkSize(text, record)
    const body = this.#protection ? this.#protection.protect(text, { id, version, principal }) : [text.head, ...text.tail].join('')
    return { id, version, expiresAt, retainUntil: record.meta.absoluteExpiresAt, principal, body }
  }

  #checkSize({ head, tail }: ProtectedText, { values }: SessionRecord): void {
    const bytes = Buffer.byteLength([head, ...tail].join(''))
    if (bytes <= this.#maxBytes) return
    const biggest = [...values].toSorted(([, a], [, b]) => b.text.length - a.text.length).slice(0, 3)
    const keys = biggest.map(([key, { text: value }]) => `${JSON.stringify(key.slice(0, 64))} (${value.length})`).join(', ')
    const message = `The session takes ${bytes} bytes; the limit is ${this.#maxBytes}. The biggest keys: ${keys}. Keep large things elsewhere, or raise maxRecordSize.`
    throw new SojournError('ERR_SESSION_RECORD_SIZE', message)
  }

  /**
   * Returns `undefined` for a record of another application, one that is torn, altered or past its absolute deadline,
   * and one that was protected by a secret that is no longer known.
   */
  decode(stored: StoredRecord, now: number): SessionRecord | undefined {
    const { id, version, expiresAt, principal } = stored
    const revealed = this.#protection?.reveal(stored.body, stored)
    if (this.#protection && !revealed) return undefined
    const body = decodeBody(this.#scope, revealed ? revealed.text : stored.body)
    if (!body || body.meta.absoluteExpiresAt <= now) return undefined
    const { meta, values } = body
    const isOld = revealed ? revealed.isOld : false
    return { id, version, expiresAt, principal: principal === null ? null : principal.slice(this.#scope.length + 1), meta, values, isOld }
  }
}
