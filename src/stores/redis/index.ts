/**
 * Sessions in Redis or Valkey: standalone, behind Sentinel, or on a cluster.
 *
 * @module
 */
import { SojournError } from '../../core/errors.ts'
import type { PrincipalIndex, Scanner, SessionStore, StoreNotice } from '../../core/store.ts'
import { commandsOf } from './client.ts'
import type { RedisClient } from './client.ts'
import { Store } from './store.ts'

export type { IoRedis, NodeRedis, RedisClient } from './client.ts'

/** Options of {@link redisStore}. */
export interface RedisStoreOptions {
  /** Before each key. Default `'sojourn:'`. */
  readonly prefix?: string
}

/** What {@link redisStore} gives. Redis expires records by itself, so there is nothing to sweep; to count them all would have to be read. */
export interface RedisStore extends SessionStore {
  readonly principals: PrincipalIndex
  readonly scanner: Scanner
  observe(listener: (notice: StoreNotice) => void): void
}

/**
 * Keeps records in Redis 6.2 or later, or in Valkey, through your own connected client of node-redis or ioredis: a single server, a
 * sentinel or a cluster. The store does not close it.
 *
 * A read is one GET, a write one script, each on one slot; signing in and out writes the principal's index besides. Redis
 * replicates asynchronously: a failover may lose the last acknowledged writes, logouts too.
 *
 * @throws ERR_SESSION_OPTIONS when it is not such a client.
 * @example
 * const client = await createClient({ url: process.env.REDIS_URL }).connect()
 * createSessions({ secrets, store: redisStore(client) })
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): RedisStore {
  const { prefix = 'sojourn:' } = options
  if (typeof client !== 'object' || client === null) {
    throw new SojournError('ERR_SESSION_OPTIONS', 'redisStore: pass a connected client of node-redis (`redis`) or ioredis.')
  }
  if (typeof prefix !== 'string' || /[{}]/.test(prefix)) {
    throw new SojournError('ERR_SESSION_OPTIONS', 'redisStore: prefix must be a text without braces, which decide the slot of a cluster.')
  }
  return new Store(commandsOf(client), prefix, async () => {})
}
