import { createContext } from 'react-router'
import { createSessions } from 'sojourn'
import type { Session } from 'sojourn'
import { sqliteStore } from 'sojourn/stores/sqlite'

interface Data {
  cart?: string[]
}

export const sessions = createSessions<Data>({
  secrets: [process.env['SESSION_SECRET']!], // 32 random characters or more
  store: sqliteStore('sessions.db'),
})

/** Where loaders and actions find the session of their request. */
export const sessionContext = createContext<Session<Data>>()
