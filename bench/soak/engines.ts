/**
 * The engines of the soak, and what is done to them while it runs.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Client } from 'pg'
import { createClient } from 'redis'
import { findEngine } from '../../scripts/engines.ts'
import { startPostgres } from '../../scripts/engines/postgres.ts'
import { startRedis } from '../../scripts/engines/redis.ts'
import type { EngineName } from './settings.ts'

export interface SoakEngine {
  readonly location: string
  /** Lets every call wait until the returned function is called. */
  pause(): Promise<() => unknown>
  /** Ends the connections of others. Absent where there are none. */
  cut?(): Promise<unknown>
  /** How many rows or keys it keeps, those that have expired too. */
  rows(): Promise<number>
  stop(): Promise<unknown>
}

/** The memory store is in the server process itself. */
export const engines: Readonly<Record<Exclude<EngineName, 'memory'>, () => Promise<SoakEngine>>> = {
  SQLite: openSqlite,
  PostgreSQL: openPostgres,
  Redis: openRedis,
}

async function openSqlite(): Promise<SoakEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-soak-'))
  const location = join(folder, 'sessions.db')
  const database = new DatabaseSync(location)
  return {
    location,
    async pause() {
      // There is no server to stop, but another writer makes ours wait.
      database.exec('PRAGMA busy_timeout = 1000; BEGIN IMMEDIATE')
      return () => database.exec('ROLLBACK')
    },
    rows: async () =>
      database
        .prepare("SELECT name FROM sqlite_schema WHERE name IN ('sojourn_sessions', 'sojourn_epochs')")
        .all()
        .reduce((sum, { name }) => sum + Number(database.prepare(`SELECT count(*) AS n FROM ${String(name)}`).get()!['n']), 0),
    async stop() {
      database.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function openPostgres(): Promise<SoakEngine> {
  const server = await startPostgres(program('postgres'))
  const client = new Client({ connectionString: server.url })
  await client.connect()
  const others = "FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
  return {
    location: server.url,
    async pause() {
      // Each connection has a process of its own, and none is of the group of the server.
      const { rows } = await client.query<{ pid: number }>(`SELECT pid ${others}`)
      return stopped(rows.map(({ pid }) => pid))
    },
    cut: () => client.query(`SELECT pg_terminate_backend(pid) ${others}`),
    async rows() {
      const { rows } = await client.query<{ n: string }>(
        'SELECT (SELECT count(*) FROM sojourn_sessions) + (SELECT count(*) FROM sojourn_epochs) AS n',
      )
      return Number(rows[0]!.n)
    },
    async stop() {
      await client.end()
      await server.stop()
    },
  }
}

async function openRedis(): Promise<SoakEngine> {
  const server = await startRedis(program('redis'))
  const location = `redis://127.0.0.1:${server.ports[0]}`
  const client = createClient({ url: location })
  client.on('error', (error: Error) => console.error(error))
  await client.connect()
  const pid = Number(/process_id:(\d+)/.exec(await client.info('server'))![1])
  return {
    location,
    pause: async () => stopped([pid]),
    async cut() {
      for (const type of ['normal', 'pubsub']) await client.sendCommand(['CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes'])
    },
    rows: () => client.dbSize(),
    async stop() {
      client.destroy()
      await server.stop()
    },
  }
}

/** Stops processes of an engine that was started here. Returns what lets them go on. */
function stopped(pids: readonly number[]): () => void {
  const sent = pids.filter((pid) => signal(pid, 'SIGSTOP'))
  return () => {
    for (const pid of sent) signal(pid, 'SIGCONT')
  }
}

/** `false` if it has ended meanwhile. */
function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

function program(name: 'postgres' | 'redis'): string {
  const found = findEngine(name)
  if (found === undefined) throw new Error(`There is no ${name}. Install it, or choose engines with --only.`)
  return found
}
