import type { H3Event } from 'h3'
import { createSessions } from 'sojourn'
import type { Session } from 'sojourn'
import { sqliteStore } from 'sojourn/stores/sqlite'

interface Data {
  cart?: string[]
  visits?: number
}

export const sessions = createSessions<Data>({
  secrets: [process.env['SESSION_SECRET']!], // 32 random characters or more
  store: sqliteStore('sessions.db'),
})

/** The session of a request, in every route: Nuxt imports it by itself. */
export function sessionOf(event: H3Event): Session<Data> {
  return sessions.open(event.node.req)
}
