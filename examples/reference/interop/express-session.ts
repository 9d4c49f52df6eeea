import { RedisStore } from 'connect-redis'
import { createSessions, memoryStore } from 'sojourn'
import { expressSession, expressSessions, expressSessionStore } from 'sojourn/interop/express-session'
import type { Redis } from '../stores.ts'

const secrets = ['the secret of these examples, 32 or more']
const store = memoryStore()

export function share(client: Redis) {
  // #region share
  const sessions = expressSessions({ secrets: process.env.SECRET!, store: new RedisStore({ client }) })
  // #endregion
  return sessions
}

export function adopt(client: Redis) {
  // #region adopt
  const old = expressSession({ secrets: process.env.OLD_SECRET!, store: new RedisStore({ client }) })
  const sessions = createSessions({ secrets, store, adopt: [old] })
  // #endregion
  return sessions
}

export function bridge(client: Redis) {
  // #region bridge
  const store = expressSessionStore(new RedisStore({ client, prefix: 'sojourn:' }))
  const sessions = createSessions({ secrets, store })
  // #endregion
  return sessions
}
