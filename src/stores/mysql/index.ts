/**
 * Sessions in MySQL or MariaDB.
 *
 * @module
 */
import { optionError } from '../../core/basics/errors.ts'
import { checkOptions } from '../../core/basics/known-options.ts'
import type { KnownOptions } from '../../core/basics/known-options.ts'
import type { PrincipalIndex, Scanner, SessionStore, Sweeper } from '../../core/contracts/store.ts'
import { databaseOf, NO_CLIENT } from './client.ts'
import type { MysqlClient } from './client.ts'
import { MysqlSessionStore } from './store.ts'
import { databaseAt } from './url.ts'

export type { MysqlCallbackPool, MysqlClient, MysqlPool, MysqlQuery } from './client.ts'
export { mysqlSchema } from './schema.ts'

/** Options of {@link mysqlStore}. */
export interface MysqlStoreOptions {
  /**
   * `true`, the default, creates the tables at first use. `false`: your own migrations have created them with
   * `mysqlSchema`.
   */
  readonly createTables?: boolean
}

/** What {@link mysqlStore} returns. */
export interface MysqlStore extends SessionStore {
  readonly principals: PrincipalIndex
  readonly sweeper: Sweeper
  readonly scanner: Required<Scanner>
}

const OPTIONS: KnownOptions<MysqlStoreOptions> = { createTables: true }

/**
 * Keeps records in the tables `sojourn_sessions` and `sojourn_epochs` of MySQL 8, or of MariaDB 10.5 or later, through
 * your own pool of `mysql2` or `mysql2/promise`, which the store does not close. Every statement is prepared and
 * commits by itself: do not pass a connection that is in a transaction, nor a replica.
 *
 * An application whose ORM has the pool passes a function that runs one statement by it, see {@link MysqlQuery}.
 *
 * Given a URL, it opens its own pool at the first call, with the package `mysql2`, and closes it with the store.
 *
 * @throws ERR_SESSION_OPTIONS when the argument is no pool, no function and no URL; at the first call, when the package
 *   is missing or a later version made the tables.
 * @example
 * ```ts from: examples/reference/stores.ts#mysql
 * const sessions = createSessions({ secrets, store: mysqlStore(pool) })
 * ```
 */
export function mysqlStore(client: MysqlClient | string, options: MysqlStoreOptions = {}): MysqlStore {
  checkOptions('mysqlStore', options, OPTIONS)
  const create = options.createTables ?? true
  if (typeof client === 'string') {
    if (!/^(mysql|mariadb):\/\//.test(client)) {
      throw optionError("mysqlStore: a URL begins with 'mysql://'; or pass a pool.")
    }
    const { database, release } = databaseAt(client.replace(/^mariadb:/, 'mysql:'))
    return new MysqlSessionStore(database, create, release)
  }
  if ((typeof client !== 'object' && typeof client !== 'function') || client === null) throw optionError(NO_CLIENT)
  return new MysqlSessionStore(databaseOf(client), create, async () => {})
}
