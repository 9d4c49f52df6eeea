// #region store
import { Pool } from 'pg'
import { createSessions } from 'sojourn'
import { postgresStore } from 'sojourn/stores/postgres'

export function postgresSessions(url: string, secret: string) {
  const pool = new Pool({ connectionString: url })
  // When the server goes away, a pool without a listener ends the process.
  pool.on('error', (error) => console.error('PostgreSQL:', error.message))
  return { pool, sessions: createSessions({ secrets: [secret], store: postgresStore(pool) }) }
}
// #endregion
