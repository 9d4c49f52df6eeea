import { createSessions } from 'sojourn'
import { sqliteStore } from 'sojourn/stores/sqlite'

export const sessions = createSessions<{ cart?: string[] }>({
  secrets: [process.env['SESSION_SECRET']!], // 32 random characters or more
  store: sqliteStore('sessions.db'),
})
