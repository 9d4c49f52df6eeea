/**
 * Sessions in libSQL, such as Turso, by the application's own client.
 *
 * @module
 */
import { optionError } from '../core/basics/errors.ts'
import { checkOptions } from '../core/basics/known-options.ts'
import type { PrincipalIndex, Scanner, SessionStore, Sweeper } from '../core/contracts/store.ts'
import { isBusy } from './_shared/busy.ts'
import { SharedSqliteStore } from './_shared/sqlite-store.ts'
import type { RunSqlite } from './_shared/sqlite-store.ts'

export { sqliteSchema } from './_shared/sqlite-schema.ts'

/** The part of a client of `@libsql/client` that the store uses. */
export interface LibsqlClient {
  /** `file` if the database is a file of this machine. */
  readonly protocol: string
  readonly closed: boolean
  execute(statement: LibsqlStatement): Promise<LibsqlResult>
  batch(statements: LibsqlStatement[], mode: 'read' | 'write'): Promise<LibsqlResult[]>
  reconnect(): void
}

/** A statement and its values. */
export interface LibsqlStatement {
  sql: string
  args: (string | number | null)[]
}

/** What a statement returns. */
export interface LibsqlResult {
  readonly rows: readonly ArrayLike<unknown>[]
}

/** Options of {@link libsqlStore}. */
export interface LibsqlStoreOptions {
  /**
   * `true`, the default, creates the tables at first use. `false`: your own migrations have created them with
   * `sqliteSchema`.
   */
  readonly createTables?: boolean
}

/** What {@link libsqlStore} returns. */
export interface LibsqlStore extends SessionStore {
  readonly principals: PrincipalIndex
  readonly sweeper: Sweeper
  readonly scanner: Required<Scanner>
}

/**
 * Keeps records in tables of a libSQL database, beside those of the application, through your own client of
 * `@libsql/client`, which the store does not close. Pass a client that asks the primary. Never pass one with `syncUrl`:
 * its reads come from a local copy, and a session that was revoked elsewhere would live on until the next sync.
 *
 * For a file, give the store a client of its own: the store closes and opens its connections when the file was busy.
 *
 * @throws ERR_SESSION_OPTIONS when the argument is no such client; at the first call, when a later version made the
 *   tables.
 * @example
 * ```ts from: examples/reference/stores.ts#libsql
 * const sessions = createSessions({ secrets, store: libsqlStore(client) })
 * ```
 */
export function libsqlStore(client: LibsqlClient, options: LibsqlStoreOptions = {}): LibsqlStore {
  checkOptions<LibsqlStoreOptions>('libsqlStore', options, { createTables: true })
  if (typeof client?.execute !== 'function') throw optionError('libsqlStore: pass a client of `@libsql/client`.')
  const ask = client.protocol === 'file' ? onFile(client) : (statement: LibsqlStatement) => client.execute(statement)
  const run: RunSqlite = async (sql, args) => (await ask({ sql, args })).rows.map((row) => Array.from(row))
  return new SharedSqliteStore('libsqlStore', 'libsql', run, options.createTables ?? true)
}

/**
 * Asks a file. If it is busy, libSQL leaves the statement unfinished until it is collected as garbage, and meanwhile
 * the connection reads an old state and commits nothing that it is asked by `execute`
 * (https://github.com/tursodatabase/libsql-client-ts/issues/352). The commit of a `batch` fails instead, and a new
 * connection is sound.
 */
function onFile(client: LibsqlClient): (statement: LibsqlStatement) => Promise<LibsqlResult> {
  return async function ask(statement): Promise<LibsqlResult> {
    try {
      const [result] = await client.batch([statement], statement.sql.startsWith('SELECT') ? 'read' : 'write')
      return result!
    } catch (error) {
      if (isBusy(error)) client.reconnect()
      // Its connection was closed for another call, before the statement began.
      else if (!client.closed && (error as { code?: unknown }).code === 'CLIENT_CLOSED') return ask(statement)
      throw error
    }
  }
}
