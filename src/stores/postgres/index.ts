/**
 * Sessions in PostgreSQL.
 *
 * @module
 */
import { SojournError } from '../../core/errors.ts'
import type { PrincipalIndex, Scanner, SessionStore, Sweeper } from '../../core/store.ts'
import { databaseOf } from './client.ts'
import type { PostgresClient } from './client.ts'
import { Store } from './store.ts'

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
 * @throws ERR_SESSION_OPTIONS when it is not such a client.
 * @example
 * createSessions({ secrets, store: postgresStore(new Pool({ connectionString: process.env.DATABASE_URL })) })
 */
export function postgresStore(client: PostgresClient, options: PostgresStoreOptions = {}): PostgresStore {
  // postgres.js's client is a function.
  if ((typeof client !== 'object' && typeof client !== 'function') || client === null) {
    throw new SojournError('ERR_SESSION_OPTIONS', 'postgresStore: pass a Pool of `pg`, or a client of `postgres` (postgres.js).')
  }
  return new Store(databaseOf(client), options.createTables ?? true, async () => {})
}
