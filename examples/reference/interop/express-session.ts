import { RedisStore } from 'connect-redis'
import { createSessions, memoryStore } from 'sojourn'
import { adoptExpressSession, shareExpressSession, wrapExpressStore } from 'sojourn/interop/express-session'
import type { Redis } from '../stores.ts'

const secrets = ['the secret of these examples, 32 or more']
const store = memoryStore()

export function share(client: Redis) {
  // #region share
  const sessions = shareExpressSession({ secrets: process.env.SECRET!, store: new RedisStore({ client }) })
  // #endregion
  return sessions
}

export function adopt(client: Redis) {
  // #region adopt
  const old = adoptExpressSession({ secrets: process.env.OLD_SECRET!, store: new RedisStore({ client }) })
  const sessions = createSessions({ secrets, store, adopt: [old] })
  // #endregion
  return sessions
}

export function bridge(client: Redis) {
  // #region bridge
  const store = wrapExpressStore(new RedisStore({ client, prefix: 'sojourn:' }))
  const sessions = createSessions({ secrets, store })
  // #endregion
  return sessions
}
