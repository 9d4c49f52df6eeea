// #region store
import { createCluster } from 'redis'
import { createSessions } from 'sojourn'
import { redisStore } from 'sojourn/stores/redis'

export async function clusterSessions(urls: readonly string[], secret: string) {
  const client = createCluster({
    rootNodes: urls.map((url) => ({ url })),
    defaults: { disableOfflineQueue: true, socket: { reconnectStrategy: 50 } },
    topologyRefreshOnReconnectionAttemptStrategy: 500,
  })
  client.on('error', (error: Error) => console.error('Redis:', error.message))
  await client.connect()
  return { client, sessions: createSessions({ secrets: [secret], store: redisStore(client) }) }
}
// #endregion
