/**
 * Sessions in PostgreSQL.
 *
 * @module
 */
import { SojournError } from '../../core/basics/errors.ts'
import type { PrincipalIndex, Scanner, SessionStore, Sweeper } from '../../core/contracts/store.ts'
import { databaseOf } from './client.ts'
import type { PostgresClient } from './client.ts'
import { listenOf } from './notices.ts'
import { Store } from './store.ts'
import { databaseAt } from './url.ts'

export type { PgClient, PostgresClient, PostgresJs } from './client.ts'
export { postgresSchema } from './schema.ts'

/** Options of {@link postgresStore}. */
export interface PostgresStoreOptions {
  /** `false`: the tables are there already, from `postgresSchema` in your own migrations. Default `true`: created at first use. */
  readonly createTables?: boolean
}

/** What {@link postgresStore} gives. */
export interface PostgresStore extends SessionStore {
  readonly principals: PrincipalIndex
  readonly sweeper: Sweeper
  readonly scanner: Required<Scanner>
}

/**
 * Keeps records in the tables `sojourn_sessions` and `sojourn_epochs` of PostgreSQL 12 or later, through your own `Pool` of `pg` or client
 * of `postgres` (postgres.js), which the store does not close. Statements are prepared once for each connection. Always give it the primary: a
 * replica would bring back what is old.
 *
 * While connections are open that watch their session (`session.live()`) the store has a connection beside the pool that listens (LISTEN), to the server itself: a
 * pooler such as PgBouncer in transaction mode lets no notices through. Given a single `Client` of `pg`, they are polled.
 *
 * Given a URL it opens a pool of its own at the first call, with the package `pg`, and closes it with the store.
 *
 * @throws ERR_SESSION_OPTIONS when it is neither such a client nor a URL; at the first call, when the package is missing or the tables are those of a
 *   later version.
 * @example
 * ```ts from: examples/reference/stores.ts#postgres
 * const sessions = createSessions({ secrets, store: postgresStore(pool) })
 * ```
 */
export function postgresStore(client: PostgresClient | string, options: PostgresStoreOptions = {}): PostgresStore {
  const create = options.createTables ?? true
  if (typeof client === 'string') {
    if (!/^postgres(ql)?:\/\//.test(client)) {
      throw new SojournError('ERR_SESSION_OPTIONS', "postgresStore: a URL begins with 'postgres://'; or pass a client.")
    }
    const { database, listen, release } = databaseAt(client)
    return new Store(database, listen, create, release)
  }
  // postgres.js's client is a function.
  if ((typeof client !== 'object' && typeof client !== 'function') || client === null) {
    throw new SojournError('ERR_SESSION_OPTIONS', 'postgresStore: pass a Pool of `pg`, or a client of `postgres` (postgres.js).')
  }
  return new Store(databaseOf(client), listenOf(client), create, async () => {})
}
