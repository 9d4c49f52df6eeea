// #region store
import { createClient } from 'redis'
import { createSessions } from 'sojourn'
import { redisStore } from 'sojourn/stores/redis'

export async function redisSessions(url: string, secret: string) {
  const client = createClient({ url })
  client.on('error', console.error) // node-redis reconnects by itself, and throws without a listener
  await client.connect()
  return { client, sessions: createSessions({ secrets: [secret], store: redisStore(client) }) }
}
// #endregion
