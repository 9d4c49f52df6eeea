/**
 * Sessions in Redis or Valkey: standalone, behind Sentinel, or on a cluster.
 *
 * @module
 */
import { optionError } from '../../core/basics/errors.ts'
import { checkOptions } from '../../core/basics/known-options.ts'
import type { KnownOptions } from '../../core/basics/known-options.ts'
import type { PrincipalIndex, Scanner, SessionStore, StoreEvent } from '../../core/contracts/store.ts'
import { commandsOf, hasOneConnection } from './client.ts'
import type { RedisClient } from './client.ts'
import { pubSubOf } from './notices.ts'
import { RedisSessionStore } from './store.ts'
import { commandsAt } from './url.ts'

export type { IoRedis, NodeRedis, RedisClient } from './client.ts'

/** Options of {@link redisStore}. */
export interface RedisStoreOptions {
  /** The beginning of each key. Default `'sojourn:'`. */
  readonly prefix?: string
  /**
   * How many replicas must have a login, a logout or a revocation before the call returns (WAIT). If they do not have
   * it after one second, the call fails. Default 0. This makes it less likely that a failover loses such a write, but
   * not impossible: another replica may take over.
   */
  readonly acknowledge?: number
  /**
   * Accepts a client whose reads are stale for a moment, so that a session that another process has just ended can
   * still be read: of node-redis with `clientSideCache` or `useReplicas`, of ioredis with `scaleReads`. Default
   * `false`.
   */
  readonly staleReads?: boolean
}

/**
 * What {@link redisStore} returns. It has no sweeper, because Redis expires records by itself, and no `count`, because
 * Redis would have to read all records.
 */
export interface RedisStore extends SessionStore {
  readonly principals: PrincipalIndex
  readonly scanner: Scanner
  onEvent(listener: (event: StoreEvent) => void): void
}

const OPTIONS: KnownOptions<RedisStoreOptions> = { prefix: true, acknowledge: true, staleReads: true }

/**
 * Keeps records in Redis 6.2 or later, or in Valkey, through your own connected client of node-redis or ioredis: of a
 * single server, a sentinel or a cluster. The store does not close the client.
 *
 * A read is one GET and a write is one script, each in one slot. Signing in and out also writes the principal's index.
 * Redis replicates asynchronously: a failover may lose the last acknowledged writes, logouts too. While open
 * connections watch their session (`session.live()`), the store keeps a duplicate of the client that listens. A client
 * pool cannot be duplicated; then the sessions are polled.
 *
 * Given the URL of one server, it connects its own client at the first call, with the package `redis`, and closes it
 * with the store.
 *
 * @throws ERR_SESSION_OPTIONS when the argument is neither such a client nor a URL; at the first call, when the package
 *   is missing.
 * @example
 * ```ts from: examples/reference/stores.ts#redis
 * const client = await createClient({ url: process.env.REDIS_URL! }).connect()
 * const sessions = createSessions({ secrets, store: redisStore(client) })
 * ```
 */
export function redisStore(client: RedisClient | string, options: RedisStoreOptions = {}): RedisStore {
  checkOptions('redisStore', options, OPTIONS)
  const { prefix = 'sojourn:', acknowledge = 0, staleReads = false } = options
  if (typeof prefix !== 'string' || /[{}]/.test(prefix)) {
    throw optionError('redisStore: prefix must be a text without braces, which decide the slot of a cluster.')
  }
  if (!Number.isSafeInteger(acknowledge) || acknowledge < 0)
    throw optionError('redisStore: acknowledge must be a whole number of replicas.')
  if (typeof client === 'string') {
    if (!/^rediss?:\/\//.test(client)) throw optionError("redisStore: a URL begins with 'redis://' or 'rediss://'; or pass a client.")
    const { commands, pubSub, release } = commandsAt(client)
    return new RedisSessionStore(commands, pubSub, prefix, acknowledge, release)
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
  if (!staleReads && readsReplicas(client)) {
    throw optionError(
      'redisStore: a replica may still have a session that has ended. Turn off useReplicas (node-redis) or scaleReads (ioredis), or say staleReads: true.',
    )
  }
  return new RedisSessionStore(commandsOf(client), pubSubOf(client), prefix, acknowledge, async () => {})
}

/** Whether a client of a cluster reads from replicas. A sentinel of node-redis does not show its options. */
function readsReplicas(client: RedisClient): boolean {
  const { options, _options } = client as {
    readonly options?: { readonly scaleReads?: unknown }
    readonly _options?: { readonly useReplicas?: unknown }
  }
  return _options?.useReplicas === true || (options?.scaleReads !== undefined && options.scaleReads !== 'master')
}
