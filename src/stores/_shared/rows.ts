import type { StoredRecord } from '../../core/contracts/store.ts'

/** The columns of a record, for a SELECT whose rows become records. */
export const COLUMNS = 'id, version, expires_at, retain_until, principal, body'

/** A 64-bit integer comes as a text from some clients, and a text as bytes. */
type Columns = readonly [
  id: string | Buffer,
  version: string | number,
  expiresAt: string | number,
  retainUntil: string | number,
  principal: string | Buffer | null,
  body: string | Buffer,
]

interface Row {
  readonly id: Columns[0]
  readonly version: Columns[1]
  readonly expires_at: Columns[2]
  readonly retain_until: Columns[3]
  readonly principal: Columns[4]
  readonly body: Columns[5]
}

/** Converts a row that the client returns as an object. */
export function recordFromRow(row: unknown): StoredRecord {
  const { id, version, expires_at, retain_until, principal, body } = row as Row
  return recordOf(id, version, expires_at, retain_until, principal, body)
}

/** Converts a row that the client returns as an array, in the order of {@link COLUMNS}. */
export function recordFromColumns(row: readonly unknown[]): StoredRecord {
  return recordOf(...(row as Columns))
}

function recordOf(...[id, version, expiresAt, retainUntil, principal, body]: Columns): StoredRecord {
  return {
    id: String(id),
    version: Number(version),
    expiresAt: Number(expiresAt),
    retainUntil: Number(retainUntil),
    principal: principal === null ? null : String(principal),
    body: String(body),
  }
}
