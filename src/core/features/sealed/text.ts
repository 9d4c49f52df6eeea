/**
 * The text that is sealed: what a store would know of the record, in a row, and then the record's body. Without a body
 * it says that the record was spilled, and which generation of its tokens the client would hold.
 *
 * @module
 */
import {
  position,
  readFrom,
  readNumber,
  readOptionalText,
  readPlain,
  writeNumber,
  writeOptionalText,
  writeText,
} from '../../record/body-text.ts'
import type { StoredRecord } from '../../contracts/store.ts'

/** A record that was found, and where its next version goes. */
export interface Kept {
  readonly record: StoredRecord
  /** Of the token that the client would hold, if there were one. */
  readonly generation: number
  /** When the store of revocations was last asked about it. */
  readonly checkedAt: number
  readonly place: 'client' | 'spill'
  /**
   * Whether it must be sealed again although nobody changed it: it was just checked, or it came under an older secret
   * or in the first format.
   */
  readonly isStale: boolean
}

export function writeSealed(record: StoredRecord, generation: number, checkedAt: number, body: string = record.body): string {
  const { id, version, expiresAt, retainUntil, principal } = record
  return (
    `${writeText(id)}${version},${writeNumber(expiresAt)},${writeNumber(retainUntil)},` +
    `${generation},${writeNumber(checkedAt)},${writeOptionalText(principal ?? undefined)}${body}`
  )
}

/**
 * Reads what was sealed.
 *
 * @param isOld whether it came under an older secret. That may have leaked: what it says of its last check is not
 *   believed (counterexample `old-seal`)
 */
export function readSealed(text: string, isOld: boolean): Kept {
  readFrom(text, 0)
  const id = readPlain()
  const version = readNumber()
  const expiresAt = readNumber()
  const retainUntil = readNumber()
  const generation = readNumber()
  const checkedAt = readNumber()
  const principal = readOptionalText() ?? null
  const body = text.slice(position())
  return {
    record: { id, version, expiresAt, retainUntil, principal, body },
    generation,
    checkedAt: isOld ? 0 : checkedAt,
    place: body === '' ? 'spill' : 'client',
    isStale: isOld,
  }
}

type FormerHead = [version: number, expiresAt: number, retainUntil: number, principal: string | null, checkedAt: number]

/** The same of a text that had a token beside it: the token named the id and the generation. */
export function readFormerSealed(text: string, isOld: boolean, id: string): Kept {
  const end = text.indexOf('\n')
  const [version, expiresAt, retainUntil, principal, checkedAt] = JSON.parse(text.slice(0, end)) as FormerHead
  const record: StoredRecord = { id, version, expiresAt, retainUntil, principal, body: text.slice(end + 1) }
  return { record, generation: 0, checkedAt: isOld ? 0 : checkedAt, place: 'client', isStale: true }
}
