import { createSessions } from 'sojourn'
import { createAuth } from 'sojourn/auth'
import { sqliteStore } from 'sojourn/stores/sqlite'
import type { User, Users } from './users.js'

export interface Data {
  cart?: string[]
}

export function makeSessions(users: Users) {
  const sessions = createSessions<Data>({
    secrets: [process.env.SESSION_SECRET!], // 32 random characters or more
    store: sqliteStore(process.env.SESSIONS_FILE ?? 'sessions.db'),
  })
  const auth = createAuth<User, Data>({ sessions, users, passwords: { algorithm: 'scrypt' } }) // every Node has it
  return { sessions, auth }
}
