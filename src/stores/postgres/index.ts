/**
 * Sessions in PostgreSQL.
 *
 * @module
 */
import { optionError } from '../../core/basics/errors.ts'
import { checkOptions } from '../../core/basics/known-options.ts'
import type { KnownOptions } from '../../core/basics/known-options.ts'
import type { PrincipalIndex, Scanner, SessionStore, Sweeper } from '../../core/contracts/store.ts'
import { databaseOf, NO_CLIENT } from './client.ts'
import type { PostgresClient } from './client.ts'
import { listenOf } from './notices.ts'
import { PostgresSessionStore } from './store.ts'
import { databaseAt } from './url.ts'

export type { PgClient, PostgresClient, PostgresJs, PostgresQuery } from './client.ts'
export { postgresSchema } from './schema.ts'

/** Options of {@link postgresStore}. */
export interface PostgresStoreOptions {
  /**
   * `true`, the default, creates the tables at first use. `false`: your own migrations have created them with
   * `postgresSchema`.
   */
  readonly createTables?: boolean
  /**
   * `true`, the default, prepares each statement once per connection. `false` prepares none: for PgBouncer before 1.21,
   * and other poolers, in transaction mode.
   */
  readonly prepare?: boolean
}

/** What {@link postgresStore} returns. */
export interface PostgresStore extends SessionStore {
  readonly principals: PrincipalIndex
  readonly sweeper: Sweeper
  readonly scanner: Required<Scanner>
}

const OPTIONS: KnownOptions<PostgresStoreOptions> = { createTables: true, prepare: true }

/**
 * Keeps records in the tables `sojourn_sessions` and `sojourn_epochs` of PostgreSQL 12 or later, through your own
 * `Pool` of `pg` or client of `postgres` (postgres.js), which the store does not close. Statements are prepared once
 * per connection. The database must be in UTF-8. Always pass the primary: a replica may return old records.
 *
 * An application whose ORM has the pool passes a function that runs one statement by it, see {@link PostgresQuery}.
 * Such statements are not prepared, and there are no notices.
 *
 * While open connections watch their session (`session.live()`), the store keeps one connection beside the pool that
 * listens (LISTEN). It must reach the server itself: a pooler such as PgBouncer in transaction mode does not pass
 * notices on. With a single `Client` of `pg`, the sessions are polled.
 *
 * Given a URL, it opens its own pool at the first call, with the package `pg`, and closes it with the store.
 *
 * @throws ERR_SESSION_OPTIONS when the argument is no client, no function and no URL; at the first call, when the
 *   package is missing, a later version made the tables, or the database is not in UTF-8.
 * @example
 * ```ts from: examples/reference/stores.ts#postgres
 * const sessions = createSessions({ secrets, store: postgresStore(pool) })
 * ```
 */
export function postgresStore(client: PostgresClient | string, options: PostgresStoreOptions = {}): PostgresStore {
  checkOptions('postgresStore', options, OPTIONS)
  const { createTables = true, prepare = true } = options
  if (typeof client === 'string') {
    if (!/^postgres(ql)?:\/\//.test(client)) {
      throw optionError("postgresStore: a URL begins with 'postgres://'; or pass a client.")
    }
    const { database, listen, release } = databaseAt(client, prepare)
    return new PostgresSessionStore(database, listen, createTables, release)
  }
  // The client of postgres.js is a function.
  if ((typeof client !== 'object' && typeof client !== 'function') || client === null) {
    throw optionError(NO_CLIENT)
  }
  return new PostgresSessionStore(databaseOf(client, prepare), listenOf(client), createTables, async () => {})
}
