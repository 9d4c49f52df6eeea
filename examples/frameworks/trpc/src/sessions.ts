import { createSessions } from 'sojourn'
import { sqliteStore } from 'sojourn/stores/sqlite'
import { z } from 'zod'

export const sessions = createSessions({
  secrets: [process.env.SESSION_SECRET!], // 32 random characters or more
  store: sqliteStore(process.env.SESSIONS_FILE ?? 'sessions.db'),
  schema: z.object({ cart: z.array(z.string()).default([]), visits: z.number().default(0) }),
})

export type AppSession = ReturnType<typeof sessions.open>
