import type { StoredRecord } from '../../core/contracts/store.ts'

/** The columns of a record, for a SELECT whose rows become records. */
export const COLUMNS = 'id, version, expires_at, retain_until, principal, body'

interface Row {
  readonly id: string | Buffer
  readonly version: string | number
  readonly expires_at: string | number
  readonly retain_until: string | number
  readonly principal: string | Buffer | null
  readonly body: string | Buffer
}

/** Converts what clients return: 64-bit integers as text, and from MySQL texts as bytes. */
export function recordFromRow(row: unknown): StoredRecord {
  const { id, version, expires_at, retain_until, principal, body } = row as Row
  return {
    id: String(id),
    version: Number(version),
    expiresAt: Number(expires_at),
    retainUntil: Number(retain_until),
    principal: principal === null ? null : String(principal),
    body: String(body),
  }
}

/** Converts the columns of a row, in the order of {@link COLUMNS}. */
export function recordFromColumns(columns: readonly unknown[]): StoredRecord {
  const [id, version, expires_at, retain_until, principal, body] = columns
  return recordFromRow({ id, version, expires_at, retain_until, principal, body })
}
