import type { SqliteStatement, SqliteValue } from './database.ts'

/** Runs a write of at most one row. Returns whether it wrote one. */
export function changedOne(statement: SqliteStatement, ...values: SqliteValue[]): boolean {
  return Number(statement.run(...values).changes) === 1
}
