import { createSessions, memoryStore } from 'sojourn'

export const sessions = createSessions<{ visits?: number }>({
  secrets: [process.env['SESSION_SECRET']!], // 32 random characters or more
  store: memoryStore(), // in production one that all instances share: postgresStore, mysqlStore, redisStore
})
