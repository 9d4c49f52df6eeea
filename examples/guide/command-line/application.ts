import { createSessions } from 'sojourn'
import { sqliteStore } from 'sojourn/stores/sqlite'

export const sessions = createSessions({ secrets: [process.env['SESSION_SECRET']!], store: sqliteStore('sessions.db') })
