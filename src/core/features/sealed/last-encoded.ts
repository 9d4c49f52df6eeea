import type { StoredRecord } from '../../contracts/store.ts'
import { RecordCodec } from '../../record/record-codec.ts'
import type { SessionRecord } from '../../record/record.ts'

/**
 * Keeps the record that was encoded last: a sealed one is decoded as soon as it is encoded, to see what its cookie
 * needs.
 */
export class LastEncoded extends RecordCodec {
  #stored: StoredRecord | undefined
  #record: SessionRecord | undefined

  override encode(record: SessionRecord): StoredRecord {
    this.#record = record
    this.#stored = super.encode(record)
    return this.#stored
  }

  override decode(stored: StoredRecord, now: number): SessionRecord | undefined {
    return stored === this.#stored ? this.#record : super.decode(stored, now)
  }
}
