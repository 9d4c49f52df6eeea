import type { StoredRecord } from '../../core/contracts/store.ts'

/** The columns of a record, for a SELECT whose rows become records. */
export const COLUMNS = 'id, version, expires_at, retain_until, principal, body'

interface Row {
  readonly id: string | Uint8Array
  readonly version: string | number | bigint
  readonly expires_at: string | number | bigint
  readonly retain_until: string | number | bigint
  readonly principal: string | Uint8Array | null
  readonly body: string | Uint8Array
}

/** Converts what clients return: 64-bit integers as text or BigInt, and from MySQL texts as bytes. */
export function recordFromRow(row: unknown): StoredRecord {
  const { id, version, expires_at, retain_until, principal, body } = row as Row
  return {
    id: textOf(id),
    version: Number(version),
    expiresAt: Number(expires_at),
    retainUntil: Number(retain_until),
    principal: principal === null ? null : textOf(principal),
    body: textOf(body),
  }
}

/** Converts the columns of a row, in the order of {@link COLUMNS}. */
export function recordFromColumns(columns: readonly unknown[]): StoredRecord {
  const [id, version, expires_at, retain_until, principal, body] = columns
  return recordFromRow({ id, version, expires_at, retain_until, principal, body })
}

/** A text that may have come as bytes. */
export function textOf(value: unknown): string {
  return value instanceof Uint8Array && !Buffer.isBuffer(value) ? Buffer.from(value).toString() : String(value)
}
