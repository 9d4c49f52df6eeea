/**
 * Every kind of store that several processes can share, on a real engine that the test starts. A place is plain data
 * once it is started, so that other processes can open it too.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { findEngine } from '../../scripts/engines.ts'
import type { ResultSetHeader, RowDataPacket } from 'mysql2/promise'
import type { EngineName } from '../../scripts/engines.ts'
import type { SessionStore } from '../../src/index.ts'
import { newFolder } from '../../scripts/engines/folder.ts'
import { startDynalite } from '../../scripts/engines/dynalite.ts'
import { startLibsql } from '../../scripts/engines/libsql.ts'
import { startMariadb } from '../../scripts/engines/mariadb.ts'
import { startPostgres } from '../../scripts/engines/postgres.ts'
import type { DatabaseEngine } from '../../scripts/engines/postgres.ts'
import { DURABLE, startRedis, startRedisSentinel } from '../../scripts/engines/redis.ts'
import { masterWithData, startRedisCluster } from '../../scripts/engines/redis-cluster.ts'
import { dynamoClient, makeTable } from './dynamo.ts'
import { missingWorkerd, startWorker, storeInWorker } from './workerd.ts'

type UrlKind = 'postgres' | 'postgres-function' | 'mysql' | 'mysql-function' | 'libsql' | 'dynamodb' | 'worker'

/** Where a store finds its records: what a process needs to know. */
export type Location =
  | { readonly kind: 'sqlite' | 'sqlite-function' | 'file'; readonly path: string }
  | { readonly kind: UrlKind; readonly url: string }
  | { readonly kind: 'redis' | 'redis-cluster'; readonly ports: readonly number[] }
  | { readonly kind: 'redis-sentinel'; readonly name: string; readonly ports: readonly number[] }

export interface Engine {
  readonly location: Location
  stop(): Promise<unknown>
  /** Kills the server and starts it again on what it has on disk. Absent where there is no server. */
  restart?(whileAway?: () => Promise<unknown>): Promise<unknown>
  /** Kills the server that holds a session, where another one then takes its place. */
  failOver?(id: string): Promise<unknown>
}

/** A kind of place, and how to start one. */
export interface StoreKind {
  readonly name: string
  /** Why it cannot be started here. */
  readonly missing: string | undefined
  /** Deletes expired records when told to, rather than by the engine's own time. */
  readonly sweeps: boolean
  start(): Promise<Engine>
}

export const sharedStores: readonly StoreKind[] = [
  kind('SQLite', [], true, () => inFolder((folder) => ({ kind: 'sqlite', path: join(folder, 'sessions.db') }))),
  kind('SQLite by a function', [], true, () => inFolder((folder) => ({ kind: 'sqlite-function', path: join(folder, 'app.db') }))),
  kind('files', [], true, () => inFolder((folder) => ({ kind: 'file', path: join(folder, 'sessions') }))),
  kind('PostgreSQL', ['postgres'], true, (program) => onServer('postgres', startPostgres(program))),
  kind('PostgreSQL by a function', ['postgres'], true, (program) => onServer('postgres-function', startPostgres(program))),
  kind('MariaDB', ['mariadb'], true, (program) => onServer('mysql', startMariadb(program))),
  kind('MariaDB by a function', ['mariadb'], true, (program) => onServer('mysql-function', startMariadb(program))),
  kind('Redis', ['redis'], false, startOneServer),
  kind('Valkey', ['valkey'], false, startOneServer),
  kind('Redis Sentinel', ['redis', 'redis-cli'], false, async (program, cli) => {
    const { ports, name, killMaster, stop } = await startRedisSentinel(program, cli!)
    return { location: { kind: 'redis-sentinel', name, ports }, failOver: killMaster, stop }
  }),
  kind('Redis Cluster', ['redis', 'redis-cli'], false, async (program, cli) => {
    const { ports, kill, stop } = await startRedisCluster(program, cli!)
    return { location: { kind: 'redis-cluster', ports }, failOver: async (id) => kill(await masterWithData(ports, `*${id}*`)), stop }
  }),
  kind('libSQL', [], true, () =>
    inFolder(async (folder) => {
      const url = `file:${join(folder, 'sessions.db')}`
      await useWal(url)
      return { kind: 'libsql', url }
    }),
  ),
  kind('libSQL by HTTP', [], true, () => onServer('libsql', startLibsql())),
  kind('DynamoDB', [], false, async () => onServer('dynamodb', withTable(await startDynalite()))),
  kindOf('D1', missingWorkerd, true, () => startInWorker('d1')),
  kindOf('Durable Object', missingWorkerd, true, () => startInWorker('object')),
]

async function onServer(kind: UrlKind, starting: Promise<DatabaseEngine>): Promise<Engine> {
  const { url, restart, stop } = await starting
  return { location: { kind, url }, restart, stop }
}

async function withTable(engine: DatabaseEngine): Promise<DatabaseEngine> {
  await makeTable(engine.url)
  return engine
}

/** As the guide tells for a file that several processes use. */
async function useWal(url: string): Promise<void> {
  const { createClient } = await import('@libsql/client')
  const client = createClient({ url })
  await client.execute('PRAGMA journal_mode = WAL')
  client.close()
}

async function startInWorker(store: 'd1' | 'object'): Promise<Engine> {
  const { url, restart, stop } = await startWorker()
  return { location: { kind: 'worker', url: `${url}calls/${store}` }, restart, stop }
}

/** One server that speaks Redis's protocol. */
async function startOneServer(program: string): Promise<Engine> {
  const { ports, restart, stop } = await startRedis(program, DURABLE)
  return { location: { kind: 'redis', ports }, restart: (whileAway) => restart(ports[0]!, whileAway), stop }
}

function kind(
  name: string,
  engines: readonly EngineName[],
  sweeps: boolean,
  start: (program: string, second?: string) => Promise<Engine>,
): StoreKind {
  const programs = engines.map((engine) => findEngine(engine))
  const missing = engines.find((_, i) => programs[i] === undefined)
  return kindOf(name, missing && `there is no ${missing}`, sweeps, () => start(programs[0]!, programs[1]))
}

function kindOf(name: string, missing: string | undefined, sweeps: boolean, start: () => Promise<Engine>): StoreKind {
  if (missing && process.env['CI'] === 'true') throw new Error(`${name} is tested on a real engine, and ${missing}.`)
  if (missing) console.warn(`NOT TESTED: what several processes do on ${name}: ${missing}. Run npm test, which installs it where it can.`)
  return { name, missing, sweeps, start }
}

async function inFolder(location: (folder: string) => Location | Promise<Location>): Promise<Engine> {
  const folder = newFolder('place')
  return { location: await location(folder), stop: async () => rmSync(folder, { recursive: true, force: true }) }
}

/**
 * Opens a store of its own at a place, with a client of its own; `close` releases both. Loads only the client that it
 * needs.
 *
 * @param patience milliseconds until a client that can tell gives up on a server that is silent
 */
export async function openStore(location: Location, patience = 60_000): Promise<SessionStore> {
  switch (location.kind) {
    case 'sqlite': {
      const { sqliteStore } = await import('../../src/stores/sqlite/index.ts')
      return sqliteStore(location.path)
    }
    case 'sqlite-function': {
      const { DatabaseSync } = await import('node:sqlite')
      const { sqliteStore } = await import('../../src/stores/sqlite/index.ts')
      const database = new DatabaseSync(location.path)
      return closing(
        sqliteStore(async (sql, values) => database.prepare(sql).all(...values)),
        async () => database.close(),
      )
    }
    case 'file': {
      const { fileStore } = await import('../../src/stores/file/index.ts')
      return fileStore(location.path, { synchronous: 'normal' })
    }
    case 'postgres':
    case 'postgres-function': {
      const { Pool } = await import('pg')
      const { postgresStore } = await import('../../src/stores/postgres/index.ts')
      const pool = new Pool({ connectionString: location.url, max: 5, query_timeout: patience })
      pool.on('error', () => {})
      const store =
        location.kind === 'postgres'
          ? postgresStore(pool)
          : postgresStore(async (sql, values) => (await pool.query<object>(sql, values)).rows)
      return closing(store, () => pool.end())
    }
    case 'mysql':
    case 'mysql-function': {
      const { createPool } = await import('mysql2/promise')
      const { mysqlStore } = await import('../../src/stores/mysql/index.ts')
      const pool = createPool({ uri: location.url, connectionLimit: 5 })
      const store =
        location.kind === 'mysql'
          ? mysqlStore(pool)
          : mysqlStore(async (sql, values) => (await pool.query<RowDataPacket[] | ResultSetHeader>(sql, values))[0])
      return closing(store, () => pool.end())
    }
    case 'libsql': {
      const { createClient } = await import('@libsql/client')
      const { libsqlStore } = await import('../../src/stores/libsql.ts')
      const client = createClient({ url: location.url })
      return closing(libsqlStore(client), async () => client.close())
    }
    case 'dynamodb': {
      const { dynamoStore } = await import('../../src/stores/dynamodb/index.ts')
      const client = await dynamoClient(location.url)
      return closing(dynamoStore(client), async () => client.destroy())
    }
    case 'worker':
      return storeInWorker(location.url)
    case 'redis': {
      const { createClient } = await import('redis')
      const { redisStore } = await import('../../src/stores/redis/index.ts')
      const client = createClient({ socket: { host: '127.0.0.1', port: location.ports[0]! } })
      client.on('error', () => {})
      await client.connect()
      return closing(redisStore(client), async () => client.destroy())
    }
    case 'redis-sentinel': {
      const { createSentinel } = await import('redis')
      const { redisStore } = await import('../../src/stores/redis/index.ts')
      const client = createSentinel({
        name: location.name,
        sentinelRootNodes: location.ports.map((port) => ({ host: '127.0.0.1', port })),
        nodeClientOptions: { disableOfflineQueue: true, socket: { reconnectStrategy: 50 } },
        scanInterval: 250,
      })
      client.on('error', () => {})
      await client.connect()
      return closing(redisStore(client), async () => client.destroy())
    }
    case 'redis-cluster': {
      const { createCluster } = await import('redis')
      const { redisStore } = await import('../../src/stores/redis/index.ts')
      const client = createCluster({
        rootNodes: location.ports.map((port) => ({ socket: { host: '127.0.0.1', port } })),
        defaults: { disableOfflineQueue: true, socket: { reconnectStrategy: 50 } },
        topologyRefreshOnReconnectionAttemptStrategy: 500,
      })
      client.on('error', () => {})
      await client.connect()
      return closing(redisStore(client), async () => client.destroy())
    }
  }
}

function closing(store: SessionStore, release: () => Promise<unknown>): SessionStore {
  const close = store.close.bind(store)
  return Object.assign(store, {
    close: () =>
      close()
        .then(release)
        .then(() => undefined),
  })
}

/**
 * The same place by another way: each port through what `through` puts in front of it. `undefined` where it has no
 * port, or tells its own.
 */
export async function detour(location: Location, through: (port: number) => Promise<number>): Promise<Location | undefined> {
  if (location.kind === 'redis') return { kind: 'redis', ports: [await through(location.ports[0]!)] }
  if (!('url' in location) || location.url.startsWith('file:')) return undefined
  const url = new URL(location.url)
  url.port = String(await through(Number(url.port)))
  return { ...location, url: url.href }
}
