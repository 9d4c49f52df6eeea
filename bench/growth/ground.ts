/**
 * The engines on which growth is measured: a store, the bare steps of its engine beside it, and a quick way to fill it.
 *
 * @module
 */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createPool } from 'mysql2/promise'
import type { RowDataPacket } from 'mysql2/promise'
import { Pool } from 'pg'
import { createClient } from 'redis'
import { findEngine } from '../../scripts/engines.ts'
import { startMariadb } from '../../scripts/engines/mariadb.ts'
import { startPostgres } from '../../scripts/engines/postgres.ts'
import { startRedis } from '../../scripts/engines/redis.ts'
import type { StoredRecord } from '../../src/contracts.ts'
import { memoryStore } from '../../src/index.ts'
import type { SessionStore } from '../../src/index.ts'
import { mysqlStore } from '../../src/stores/mysql/index.ts'
import { postgresStore } from '../../src/stores/postgres/index.ts'
import { redisStore } from '../../src/stores/redis/index.ts'
import { sqliteStore } from '../../src/stores/sqlite/index.ts'
import { at, DAY, newRecord, NOW } from '../../src/testing/store-contract/rule.ts'

export interface Ground {
  readonly engine: string
  readonly store: SessionStore
  /** The engine's own steps by key, without any rule of a session. */
  readonly own: { read(id: string): unknown; write(id: string, body: string): unknown }
  /** Adds the records from one number to another; two of a principal. */
  fill(from: number, to: number, expiresAt: number): Promise<unknown>
  close(): Promise<unknown>
}

export const grounds: Readonly<Record<string, () => Promise<Ground>>> = {
  memory: openMemory,
  SQLite: openSqlite,
  PostgreSQL: openPostgres,
  MariaDB: openMariadb,
  Redis: openRedis,
}

/** What SQL makes of the same number. */
export function idOf(i: number): string {
  return createHash('md5').update(String(i)).digest('hex').slice(0, 22)
}

/** Text that no engine can compress much. */
export function bodyOf(bytes: number): string {
  return randomBytes(bytes).toString('base64url').slice(0, bytes)
}

/** 700 bytes, as in the simulated fleet. */
const BODY = bodyOf(700)
export const LATER: number = NOW + 10 * DAY
const END: number = NOW + 30 * DAY

export function recordOf(i: number, expiresAt: number = LATER): StoredRecord {
  return newRecord({ id: idOf(i), principal: `user-${i >> 1}`, expiresAt, retainUntil: END, body: BODY })
}

/** Many at once, but not all. */
export async function eachOf<T>(items: readonly T[], work: (item: T) => unknown): Promise<void> {
  const waiting = items.values()
  const take = async (): Promise<void> => {
    for (const item of waiting) await work(item)
  }
  await Promise.all(Array.from({ length: 256 }, take))
}

export function createAll(store: SessionStore, records: readonly StoredRecord[]): Promise<void> {
  return eachOf(records, (record) => store.create(record, at(NOW)))
}

function creating(store: SessionStore): Ground['fill'] {
  return (from, to, expiresAt) =>
    createAll(
      store,
      Array.from({ length: to - from }, (_, i) => recordOf(from + i, expiresAt)),
    )
}

async function openMemory(): Promise<Ground> {
  const store = memoryStore({ maxSessions: 50_000_000 })
  const map = new Map<string, string>()
  const fill = creating(store)
  return {
    engine: 'memory',
    store,
    own: { read: (id) => map.get(id), write: (id, body) => map.set(id, body) },
    async fill(from, to, expiresAt) {
      for (let i = from; i < to; i++) map.set(idOf(i), BODY)
      await fill(from, to, expiresAt)
    },
    close: () => store.close(),
  }
}

async function openSqlite(): Promise<Ground> {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-growth-'))
  const store = sqliteStore(join(folder, 'sessions.db'))
  const database = new DatabaseSync(join(folder, 'sessions.db'))
  database.exec('PRAGMA synchronous = full')
  const select = database.prepare('SELECT body FROM sojourn_sessions WHERE id = ?')
  const update = database.prepare('UPDATE sojourn_sessions SET body = ? WHERE id = ?')
  const insert = database.prepare(
    'INSERT INTO sojourn_sessions (id, version, expires_at, retain_until, principal, body) VALUES (?, 1, ?, ?, ?, ?)',
  )
  return {
    engine: 'SQLite',
    store,
    own: { read: (id) => select.get(id), write: (id, body) => update.run(body, id) },
    async fill(from, to, expiresAt) {
      database.exec('BEGIN')
      for (let i = from; i < to; i++) insert.run(idOf(i), expiresAt, END, `user-${i >> 1}`, BODY)
      database.exec('COMMIT')
    },
    async close() {
      database.close()
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function openPostgres(): Promise<Ground> {
  const server = await startPostgres(program('postgres'))
  const pool = new Pool({ connectionString: server.url })
  const store = postgresStore(pool)
  // Its first call makes the tables.
  await store.load(idOf(0), at(NOW))
  const rows = `INSERT INTO sojourn_sessions SELECT left(md5(i::text), 22), 1, $3, $4, 'user-' || i / 2, $5
    FROM generate_series($1::int, $2::int - 1) AS i`
  return {
    engine: 'PostgreSQL',
    store,
    own: {
      read: (id) => pool.query({ name: 'bare_read', text: 'SELECT body FROM sojourn_sessions WHERE id = $1', values: [id] }),
      write: (id, body) =>
        pool.query({ name: 'bare_write', text: 'UPDATE sojourn_sessions SET body = $2 WHERE id = $1', values: [id, body] }),
    },
    async fill(from, to, expiresAt) {
      await pool.query(rows, [from, to, expiresAt, END, BODY])
      await pool.query('ANALYZE sojourn_sessions')
    },
    async close() {
      await store.close()
      await pool.end()
      await server.stop()
    },
  }
}

async function openMariadb(): Promise<Ground> {
  const server = await startMariadb(program('mariadb'))
  const pool = createPool({ uri: server.url })
  const store = mysqlStore(pool)
  await store.load(idOf(0), at(NOW))
  return {
    engine: 'MariaDB',
    store,
    own: {
      read: (id) => pool.execute<RowDataPacket[]>('SELECT body FROM sojourn_sessions WHERE id = ?', [id]),
      write: (id, body) => pool.execute('UPDATE sojourn_sessions SET body = ? WHERE id = ?', [body, id]),
    },
    fill: (from, to, expiresAt) =>
      pool.query(
        `INSERT INTO sojourn_sessions SELECT LEFT(MD5(seq), 22), 1, ?, ?, CONCAT('user-', seq DIV 2),
          UNHEX(SHA2(CONCAT('user-', seq DIV 2), 256)), ? FROM seq_${from}_to_${to - 1}`,
        [expiresAt, END, BODY],
      ),
    async close() {
      await store.close()
      await pool.end()
      await server.stop()
    },
  }
}

async function openRedis(): Promise<Ground> {
  const server = await startRedis(program('redis'))
  const client = createClient({ url: `redis://127.0.0.1:${server.ports[0]}` })
  client.on('error', (error: Error) => console.error(error))
  await client.connect()
  const store = redisStore(client)
  const fill = creating(store)
  // Plain strings of the same size: those of the store have a head, and a script that writes them.
  const bareOf = (id: string): string => `bare:${Number.parseInt(id.slice(0, 6), 16) % 1_000}`
  for (let i = 0; i < 1_000; i++) await client.set(`bare:${i}`, BODY)
  return {
    engine: 'Redis',
    store,
    own: { read: (id) => client.get(bareOf(id)), write: (id, body) => client.set(bareOf(id), body) },
    fill,
    async close() {
      await store.close()
      client.destroy()
      await server.stop()
    },
  }
}

function program(name: 'postgres' | 'mariadb' | 'redis'): string {
  const found = findEngine(name)
  if (found === undefined) throw new Error(`There is no ${name}. Install it, or choose engines with --only.`)
  return found
}
