import type { StoredRecord } from '../contracts/store.ts'
import type { BodyCipher } from '../crypto/body-cipher.ts'
import { decodeBody, encodeBody } from './body.ts'
import type { SessionRecord } from './record.ts'

/** Turns records into what a store keeps and back: scoped by application, encrypted if asked. */
export class RecordCodec {
  readonly #scope: string
  readonly #cipher: BodyCipher | undefined

  constructor(scope: string, cipher: BodyCipher | undefined) {
    this.#scope = scope
    this.#cipher = cipher
  }

  /** The principal as the store knows it: two applications in one store never see each other's. */
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

  /** `undefined` if it is another application's, sealed under a secret that is gone, torn, or past its absolute deadline. */
  decode(stored: StoredRecord, now: number): SessionRecord | undefined {
    const { id, version, expiresAt, principal } = stored
    const text = this.#cipher ? this.#cipher.open(stored.body, id, version, principal) : stored.body
    const body = text === undefined ? undefined : decodeBody(this.#scope, text)
    if (!body || body.meta.absoluteExpiresAt <= now) return undefined
    return { id, version, expiresAt, principal: principal === null ? null : principal.slice(this.#scope.length + 1), ...body }
  }
}
