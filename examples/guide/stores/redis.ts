// #region store
import { createClient } from 'redis'
import { createSessions } from 'sojourn'
import { redisStore } from 'sojourn/stores/redis'

export async function redisSessions(url: string, secret: string) {
  const client = createClient({ url, disableOfflineQueue: true })
  // node-redis connects again by itself. A client without a listener ends the process.
  client.on('error', (error: Error) => console.error('Redis:', error.message))
  await client.connect()
  return { client, sessions: createSessions({ secrets: [secret], store: redisStore(client) }) }
}
// #endregion
