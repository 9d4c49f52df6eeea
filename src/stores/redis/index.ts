/**
 * Sessions in Redis or Valkey: standalone, behind Sentinel, or on a cluster.
 *
 * @module
 */
import { optionError } from '../../core/basics/errors.ts'
import type { PrincipalIndex, Scanner, SessionStore, StoreEvent } from '../../core/contracts/store.ts'
import { commandsOf, hasOneConnection } from './client.ts'
import type { RedisClient } from './client.ts'
import { pubSubOf } from './notices.ts'
import { Store } from './store.ts'
import { commandsAt } from './url.ts'

export type { IoRedis, NodeRedis, RedisClient } from './client.ts'

/** Options of {@link redisStore}. */
export interface RedisStoreOptions {
  /** Before each key. Default `'sojourn:'`. */
  readonly prefix?: string
  /**
   * How many replicas must have a login, a logout, a revocation, before it is answered (WAIT); after a second without them the call
   * fails. Default 0. It makes it less likely that a failover loses them, not impossible: the replica that takes over may be another one.
   */
  readonly acknowledge?: number
  /** Take a client of node-redis with `clientSideCache` although its reads are stale for a moment: a session that was ended by another process is then still read. Default `false`. */
  readonly staleReads?: boolean
}

/** What {@link redisStore} gives. Redis expires records by itself, so there is nothing to sweep; to count them all would have to be read. */
export interface RedisStore extends SessionStore {
  readonly principals: PrincipalIndex
  readonly scanner: Scanner
  onEvent(listener: (event: StoreEvent) => void): void
}

/**
 * Keeps records in Redis 6.2 or later, or in Valkey, through your own connected client of node-redis or ioredis: a single server, a
 * sentinel or a cluster. The store does not close it.
 *
 * A read is one GET, a write one script, each on one slot; signing in and out writes the principal's index besides. Redis
 * replicates asynchronously: a failover may lose the last acknowledged writes, logouts too. While connections are open that watch their session
 * (`session.live()`) the store has a duplicate of the client that listens; a client pool cannot be duplicated, so then they are polled.
 *
 * Given the URL of one server it connects a client of its own at the first call, with the package `redis`, and closes it with the store.
 *
 * @throws ERR_SESSION_OPTIONS when it is neither such a client nor a URL; at the first call, when the package is missing.
 * @example
 * ```ts from: examples/reference/stores.ts#redis
 * const client = await createClient({ url: process.env.REDIS_URL! }).connect()
 * const sessions = createSessions({ secrets, store: redisStore(client) })
 * ```
 */
export function redisStore(client: RedisClient | string, options: RedisStoreOptions = {}): RedisStore {
  const { prefix = 'sojourn:', acknowledge = 0, staleReads = false } = options
  if (typeof prefix !== 'string' || /[{}]/.test(prefix)) {
    throw optionError('redisStore: prefix must be a text without braces, which decide the slot of a cluster.')
  }
  if (!Number.isSafeInteger(acknowledge) || acknowledge < 0)
    throw optionError('redisStore: acknowledge must be a whole number of replicas.')
  if (typeof client === 'string') {
    if (!/^rediss?:\/\//.test(client)) throw optionError("redisStore: a URL begins with 'redis://' or 'rediss://'; or pass a client.")
    const { commands, pubSub, release } = commandsAt(client)
    return new Store(commands, pubSub, prefix, acknowledge, release)
  }
  if (typeof client !== 'object' || client === null)
    throw optionError('redisStore: pass a connected client of node-redis (`redis`) or ioredis.')
  if (acknowledge > 0 && !hasOneConnection(client)) {
    throw optionError(
      'redisStore: acknowledge needs a client with one connection to each server: of node-redis a client or a cluster, of ioredis a Redis.',
    )
  }
  if (!staleReads && 'clientSideCache' in client && client.clientSideCache) {
    throw optionError(
      'redisStore: with clientSideCache another process may still read a session that has ended. Turn it off, or say staleReads: true.',
    )
  }
  return new Store(commandsOf(client), pubSubOf(client), prefix, acknowledge, async () => {})
}
