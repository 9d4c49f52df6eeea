import { createSessions } from 'sojourn'
import { nextSession } from 'sojourn/next'
import { sqliteStore } from 'sojourn/stores/sqlite'

export const { session, action, route, guard, proxy, sessions } = nextSession('shop', () =>
  createSessions<{ cart: string[] }>({
    secrets: [process.env.SESSION_SECRET], // 32 random characters or more
    store: sqliteStore(process.env.DATABASE ?? 'sessions.db'),
    development: process.env.NODE_ENV === 'development', // cookies without HTTPS
  }),
)
