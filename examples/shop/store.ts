import type { SessionStore } from 'sojourn'
import { postgresStore } from 'sojourn/stores/postgres'
import { redisStore } from 'sojourn/stores/redis'
import { sqliteStore } from 'sojourn/stores/sqlite'

const CLUSTER = 'redis-cluster://'

/** The store that a text names. Its `close` also closes the client. */
export async function openStore(where: string): Promise<SessionStore> {
  if (where.startsWith(CLUSTER)) {
    const { createCluster } = await import('redis')
    const client = createCluster({
      rootNodes: where
        .slice(CLUSTER.length)
        .split(',')
        .map((address) => ({ url: `redis://${address}` })),
      // While its server is away a call fails at once; a queue would run it long after the request was answered.
      defaults: { disableOfflineQueue: true, socket: { reconnectStrategy: 50 } },
      topologyRefreshOnReconnectionAttemptStrategy: 500,
    })
    client.on('error', (error: Error) => console.error(`Redis: ${error.message}`))
    await client.connect()
    return closing(redisStore(client), async () => client.destroy())
  }
  if (where.startsWith('postgres://')) {
    const { Pool } = await import('pg')
    const pool = new Pool({ connectionString: where, query_timeout: 2_000 })
    pool.on('error', (error) => console.error(`PostgreSQL: ${error.message}`))
    return closing(postgresStore(pool), () => pool.end())
  }
  return sqliteStore(where)
}

/** The store's own `close` ends what it listens to. */
function closing(store: SessionStore, closeClient: () => Promise<void>): SessionStore {
  const close = store.close.bind(store)
  return Object.assign(store, {
    close: async () => {
      await close()
      await closeClient()
    },
  })
}
