/** An application for `--module`. `OPTIONS` is JSON: options of createSessions, and what its store says of its engine. */
import { createSessions, memoryStore } from 'sojourn'
import type { Sessions, SessionsOptions } from 'sojourn'
import { sqliteStore } from 'sojourn/stores/sqlite'

const { path, clockIsAheadBy, ...options } = JSON.parse(process.env['OPTIONS'] ?? '{}') as Omit<SessionsOptions, 'schema'> & {
  readonly path?: string
  readonly clockIsAheadBy?: number
}
const store = path === undefined ? memoryStore() : sqliteStore(path)
const health = clockIsAheadBy === undefined ? {} : { health: async () => ({ clock: Date.now() + clockIsAheadBy }) }

export const sessions: Sessions = createSessions({ ...options, store: Object.assign(store, health) } as SessionsOptions & {
  schema?: never
})

// What an application writes into its audit log.
sessions.on('revoked', ({ id, principal }) => console.error(`audit: revoked ${id} of ${principal}`))
