import { createSessions } from 'sojourn'
import { sqliteStore } from 'sojourn/stores/sqlite'

// #region createSessions
const sessions = createSessions({ secrets: [process.env.SESSION_SECRET], store: sqliteStore('sessions.db') })
// #endregion

export { sessions }
