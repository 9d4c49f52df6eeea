/** What the examples of guards take for granted: the application's sessions and users. */
import { createSessions } from 'sojourn'
import { createAuth } from 'sojourn/auth'

export interface User {
  readonly id: string
}

const find = (id: string): User => ({ id })

export const sessions = createSessions({ development: true })
export const auth = createAuth<User, Record<string, unknown>>({
  sessions,
  users: { findByName: find, findById: find, savePassword: () => undefined, describe: ({ id }) => ({ id, password: null }) },
})
