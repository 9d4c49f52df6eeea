/**
 * Sessions in libSQL, such as Turso, by the application's own client.
 *
 * @module
 */
import { optionError } from '../core/basics/errors.ts'
import { checkOptions } from '../core/basics/known-options.ts'
import type { PrincipalIndex, Scanner, SessionStore, Sweeper } from '../core/contracts/store.ts'
import { SharedSqliteStore } from './_shared/sqlite-store.ts'

export { sqliteSchema } from './_shared/sqlite-schema.ts'

/** The part of a client of `@libsql/client` that the store uses. */
export interface LibsqlClient {
  execute(statement: { sql: string; args: (string | number | null)[] }): Promise<{ readonly rows: readonly ArrayLike<unknown>[] }>
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
  return new SharedSqliteStore(
    'libsqlStore',
    'libsql',
    async (sql, args) => (await client.execute({ sql, args })).rows.map((row) => Array.from(row)),
    options.createTables ?? true,
  )
}
