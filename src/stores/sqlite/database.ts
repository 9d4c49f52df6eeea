import { closeSync, existsSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { isSojournError, optionError } from '../../core/basics/errors.ts'
import { isBusy } from '../_shared/busy.ts'

/** A value that the store binds to a statement. */
export type SqliteValue = string | number | null

/** The part of a prepared statement that the store uses. */
export interface SqliteStatement {
  run(...values: SqliteValue[]): { changes: number | bigint }
  get(...values: SqliteValue[]): unknown
  all(...values: SqliteValue[]): unknown[]
}

/**
 * The part of a connection that the store uses. `DatabaseSync` of node:sqlite and `Database` of better-sqlite3 have it.
 */
export interface SqliteDatabase {
  prepare(sql: string): SqliteStatement
  exec(sql: string): unknown
  close(): unknown
}

/** What statements can be told about their rows, in node:sqlite and in better-sqlite3. */
interface RowOptions {
  setReadBigInts?(enabled: boolean): unknown
  setReturnArrays?(enabled: boolean): unknown
  safeIntegers?(enabled: boolean): unknown
}

/** A connection whose rows are objects and whose integers are numbers, whatever its own options say. */
export function withPlainRows(database: SqliteDatabase): SqliteDatabase {
  return {
    prepare(sql) {
      const statement: SqliteStatement & RowOptions = database.prepare(sql)
      statement.setReadBigInts?.(false)
      statement.setReturnArrays?.(false)
      statement.safeIntegers?.(false)
      return statement
    },
    exec: (sql) => database.exec(sql),
    close: () => database.close(),
  }
}

/**
 * Opens a file with node:sqlite. It is loaded only here, because applications that pass a connection may not have it.
 */
export function openFile(path: string): SqliteDatabase {
  const sqlite = process.getBuiltinModule('node:sqlite')
  if (!sqlite) {
    throw optionError(
      'sqliteStore: this runtime has no node:sqlite. Use Node 22.13 or later, or pass a connection of better-sqlite3 as `database`.',
    )
  }
  protect(path)
  return new sqlite.DatabaseSync(path, { timeout: 0 })
}

/**
 * A new file is for its owner alone, and SQLite gives the files beside it the same mode. One that is there keeps its
 * mode. Whoever may write its folder could put another file in its place.
 *
 * @throws ERR_SESSION_OPTIONS
 */
function protect(path: string): void {
  if (path === ':memory:' || path === '' || path.startsWith('file:') || process.platform === 'win32') return
  const mode = statSync(dirname(path), { throwIfNoEntry: false })?.mode ?? 0
  // In a folder with the sticky bit, such as /tmp, nobody replaces the file of another.
  if ((mode & 0o002) !== 0 && (mode & 0o1000) === 0) {
    throw optionError(`sqliteStore: everybody may write the folder of ${JSON.stringify(path)}. Take that right away (chmod o-w).`)
  }
  if (mode !== 0 && !existsSync(path)) closeSync(openSync(path, 'a', 0o600))
}

/** Makes an error of a failed opening that says what to do about it. */
export function openingFailed(path: string, cause: unknown): unknown {
  if (isSojournError(cause) || isBusy(cause)) return cause
  return optionError(`sqliteStore: ${JSON.stringify(path)} cannot be used: ${whyNot(path, cause)}.`, { cause })
}

function whyNot(path: string, cause: unknown): string {
  if (!existsSync(dirname(path))) return 'its folder does not exist'
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return 'it is a folder; name a file in it'
  return cause instanceof Error ? cause.message : String(cause)
}
