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

  constructor(scope: string, cipher: BodyCipher | undefined) {
    this.#scope = scope
    this.#cipher = cipher
  }

  /** The principal as the store knows it, so that two applications in one store never see each other's sessions. */
  scoped(principal: string): string {
    return `${this.#scope}:${principal}`
  }

  encode(record: SessionRecord): StoredRecord {
    const principal = record.principal === null ? null : this.scoped(record.principal)
    const { id, version, expiresAt } = record
    const text = encodeBody(this.#scope, record.meta, record.values)
    const body = this.#cipher ? this.#cipher.seal(text, id, version, principal) : text
    return { id, version, expiresAt, retainUntil: record.meta.absoluteExpiresAt, principal, body }
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
