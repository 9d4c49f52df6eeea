// #region store
import { createSessions } from 'sojourn'
import { sqliteStore } from 'sojourn/stores/sqlite'

export function sqliteSessions(file: string, secret: string) {
  return createSessions({ secrets: [secret], store: sqliteStore(file) })
}
// #endregion
