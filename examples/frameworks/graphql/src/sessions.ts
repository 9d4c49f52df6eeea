import { createSessions, type Session } from 'sojourn'
import { sqliteStore } from 'sojourn/stores/sqlite'

export interface Data {
  cart?: string[]
  visits?: number
}

export const sessions = createSessions<Data>({
  secrets: [process.env.SESSION_SECRET!], // 32 random characters or more
  store: sqliteStore(process.env.SESSIONS_FILE ?? 'sessions.db'),
})

/** What resolvers get as their third argument. */
export interface Context {
  readonly session: Session<Data>
}
