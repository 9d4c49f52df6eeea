import type { StoredRecord } from '../../core/contracts/store.ts'
import type { SqliteStatement, SqliteValue } from './database.ts'

/** The columns of a record, for a SELECT whose rows go through {@link recordOf}. */
export const COLUMNS = 'id, version, expires_at, retain_until, principal, body'

interface Row {
  readonly id: string
  readonly version: number
  readonly expires_at: number
  readonly retain_until: number
  readonly principal: string | null
  readonly body: string
}

export function recordOf(row: unknown): StoredRecord {
  const { id, version, expires_at, retain_until, principal, body } = row as Row
  return { id, version, expiresAt: expires_at, retainUntil: retain_until, principal, body }
}

/** Runs a write of at most one row; whether there was one. */
export function changedOne(statement: SqliteStatement, ...values: SqliteValue[]): boolean {
  return Number(statement.run(...values).changes) === 1
}
