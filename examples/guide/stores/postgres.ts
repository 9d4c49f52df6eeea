// #region store
import { Pool } from 'pg'
import { createSessions } from 'sojourn'
import { postgresStore } from 'sojourn/stores/postgres'

export function postgresSessions(url: string, secret: string) {
  const pool = new Pool({ connectionString: url })
  return { pool, sessions: createSessions({ secrets: [secret], store: postgresStore(pool) }) }
}
// #endregion
