import { createAuth } from 'sojourn/auth'
import type { Auth } from 'sojourn/auth'
import type { ShopData, ShopSessions } from './sessions.ts'
import type { User, UserTable } from './users.ts'

/** What the routes work with. */
export interface Shop {
  readonly sessions: ShopSessions
  readonly auth: Auth<User, ShopData>
  readonly users: UserTable
}

export function createShop(sessions: ShopSessions, users: UserTable): Shop {
  return { sessions, users, auth: createAuth({ sessions, users }) }
}
