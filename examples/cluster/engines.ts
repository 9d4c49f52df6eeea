import { findEngine } from '../../scripts/engines.ts'
import type { EngineName } from '../../scripts/engines.ts'
import { startPostgres } from '../../scripts/engines/postgres.ts'
import { masterWithData, startRedisCluster } from '../../scripts/engines/redis-cluster.ts'
import type { RedisCluster } from '../../scripts/engines/redis-cluster.ts'

/** Throwaway servers, ended with the example. */
export interface Servers {
  /** As the shop's STORE names them. */
  readonly store: string
  /** What can grow and shrink; PostgreSQL does not. */
  readonly cluster?: RedisCluster
  /**
   * Ends the server that holds the sessions, without a goodbye. On the cluster a replica takes its place; PostgreSQL is
   * started again.
   */
  kill(): Promise<void>
  stop(): Promise<void>
}

export async function startServers(kind: string): Promise<Servers> {
  if (kind === 'postgres') {
    const { url, restart, stop } = await startPostgres(programOf('postgres'))
    return { store: url, kill: () => restart(), stop }
  }
  if (kind !== 'redis') throw new Error(`STORE must be 'redis' or 'postgres', not '${kind}'.`)
  const cluster = await startRedisCluster(programOf('redis'), programOf('redis-cli'))
  const addresses = cluster.ports.map((port) => `127.0.0.1:${port}`)
  return {
    store: `redis-cluster://${addresses.join(',')}`,
    cluster,
    kill: async () => cluster.kill(await masterWithData([...(await cluster.masters()).keys()])),
    stop: cluster.stop,
  }
}

function programOf(name: EngineName): string {
  const program = findEngine(name)
  if (!program) throw new Error(`${name} is not installed.`)
  return program
}
