// #region store
import { createPool } from 'mysql2/promise'
import { createSessions } from 'sojourn'
import { mysqlStore } from 'sojourn/stores/mysql'

export function mysqlSessions(url: string, secret: string) {
  const pool = createPool(url)
  return { pool, sessions: createSessions({ secrets: [secret], store: mysqlStore(pool) }) }
}
// #endregion
