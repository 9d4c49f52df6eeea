/**
 * Sessions in a SQLite file: they outlive the process, and several processes of one machine share them.
 *
 * @module
 */
import { optionError } from '../../core/basics/errors.ts'
import { checkOptions } from '../../core/basics/known-options.ts'
import type { KnownOptions } from '../../core/basics/known-options.ts'
import type { PrincipalIndex, Scanner, SessionStore, Sweeper } from '../../core/contracts/store.ts'
import { asked, columnsOf } from '../_shared/query.ts'
import { SharedSqliteStore } from '../_shared/sqlite-store.ts'
import { openFile, openingFailed, withPlainRows, type SqliteDatabase, type SqliteValue } from './database.ts'
import { setUp } from './schema.ts'
import { SqliteSessionStore } from './store.ts'

export { sqliteSchema } from '../_shared/sqlite-schema.ts'
export type { SqliteDatabase, SqliteStatement, SqliteValue } from './database.ts'

/** Options of {@link sqliteStore}: a `path` or a `database`. */
export interface SqliteStoreOptions {
  /**
   * The file. It is created if it is missing, but its folder is not. `':memory:'` keeps the sessions in this process.
   */
  readonly path?: string
  /**
   * A connection to use instead of opening one, such as a `Database` of better-sqlite3. Nothing else may use it: the
   * store sets its journal mode, `synchronous` and busy timeout, and runs transactions on it. `close()` leaves it open.
   */
  readonly database?: SqliteDatabase
  /**
   * What a finished write survives. `'full'`, the default: also a power cut, so that none can undo a logout.
   * `'normal'`: a crash of the process, but a power cut may undo the last writes. It is several times as fast where the
   * disk syncs slowly.
   */
  readonly synchronous?: 'full' | 'normal'
}

/**
 * An application's own way to run one statement, such as by its ORM. The first value stands for the first `?`. It
 * returns the rows as objects, with the columns in their order; an empty array if there are none. Each call commits by
 * itself.
 */
export type SqliteQuery = (sql: string, values: SqliteValue[]) => PromiseLike<readonly object[]>

/** Options of {@link sqliteStore} on an application's own connection. */
export interface SqliteQueryOptions {
  /**
   * `true`, the default, creates the tables at first use. `false`: your own migrations have created them with
   * `sqliteSchema`.
   */
  readonly createTables?: boolean
}

/** What {@link sqliteStore} returns for an application's own connection. */
export interface SqliteQueryStore extends SessionStore {
  readonly principals: PrincipalIndex
  readonly sweeper: Sweeper
  readonly scanner: Required<Scanner>
}

/** What {@link sqliteStore} returns. */
export interface SqliteStore extends SessionStore {
  readonly replies: 'certain'
  readonly principals: PrincipalIndex
  readonly sweeper: Sweeper
  readonly scanner: Required<Scanner>
}

const OPTIONS: KnownOptions<SqliteStoreOptions> = { path: true, database: true, synchronous: true }

/**
 * Keeps records in the tables `sojourn_sessions` and `sojourn_epochs` of a SQLite database, in WAL mode. Other tables
 * stay untouched. Several processes can use one file of a local disk. In one process, do not open the same file with
 * two SQLite libraries (node:sqlite and better-sqlite3), because they do not see each other's locks.
 *
 * Opening is synchronous, creates the tables, and waits up to five seconds for other processes. Later the event loop
 * never waits for a lock: a call that finds the database busy tries again until its deadline, and then fails with an
 * error that says so.
 *
 * @throws ERR_SESSION_OPTIONS when the path cannot be a database, when something else uses the database, or when a
 *   later version of this package made it.
 * @example
 * ```ts from: examples/reference/stores.ts#sqlite
 * const sessions = createSessions({ secrets, store: sqliteStore('sessions.db') })
 * ```
 */
export function sqliteStore(pathOrOptions: string | SqliteStoreOptions): SqliteStore
/**
 * Keeps records in tables beside those of the application, by a function that runs one statement, see
 * {@link SqliteQuery}. The application sets the connection up: its journal, its busy timeout. Never pass a function
 * whose statements may run inside a transaction of somebody else: a rollback would take them along.
 *
 * @throws ERR_SESSION_OPTIONS at the first call, when the function returns no rows or a later version made the tables.
 */
export function sqliteStore(query: SqliteQuery, options?: SqliteQueryOptions): SqliteQueryStore
export function sqliteStore(
  pathOrOptions: string | SqliteStoreOptions | SqliteQuery,
  queryOptions: SqliteQueryOptions = {},
): SqliteStore | SqliteQueryStore {
  if (typeof pathOrOptions === 'function') {
    checkOptions<SqliteQueryOptions>('sqliteStore', queryOptions, { createTables: true })
    const run = async (sql: string, values: SqliteValue[]): Promise<readonly (readonly unknown[])[]> => {
      const result = await asked(sql, () => pathOrOptions(sql, values))
      // Some ORMs return something else where there can be no rows.
      return sql.startsWith('CREATE') ? [] : columnsOf('sqliteStore', result)
    }
    return new SharedSqliteStore('sqliteStore', 'sqlite', run, queryOptions.createTables ?? true)
  }
  const options = typeof pathOrOptions === 'string' ? { path: pathOrOptions } : pathOrOptions
  checkOptions<SqliteStoreOptions>('sqliteStore', options, OPTIONS)
  const { path, database, synchronous = 'full' }: SqliteStoreOptions = options
  if (synchronous !== 'full' && synchronous !== 'normal') {
    throw optionError(`sqliteStore: synchronous must be 'full' or 'normal', not ${JSON.stringify(synchronous)}.`)
  }
  if (database && path === undefined) {
    const plain = withPlainRows(database)
    setUp(plain, synchronous)
    return new SqliteSessionStore(plain, () => {})
  }
  // An empty path would be a temporary database. It probably comes from a variable that is not set.
  if (!path || typeof path !== 'string' || database) {
    throw optionError("sqliteStore: give either a path, such as 'sessions.db', an open `database`, or a function that runs a statement.")
  }
  return openStore(path, synchronous)
}

function openStore(path: string, synchronous: 'full' | 'normal'): SqliteStore {
  let opened: SqliteDatabase | undefined
  try {
    const own = (opened = openFile(path))
    setUp(own, synchronous)
    return new SqliteSessionStore(own, () => void own.close())
  } catch (error) {
    opened?.close()
    throw openingFailed(path, error)
  }
}
