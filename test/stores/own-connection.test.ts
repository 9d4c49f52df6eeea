/**
 * The stores on an application's own connection, by a function, while the application and its engine do what they do:
 * its pool is used up, a connection is killed in the middle of a change, its transactions hold locks.
 */
import { createPool } from 'mysql2/promise'
import type { RowDataPacket } from 'mysql2/promise'
import { Pool } from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { findEngine } from '../../scripts/engines.ts'
import { startMariadb } from '../../scripts/engines/mariadb.ts'
import { startPostgres } from '../../scripts/engines/postgres.ts'
import type { DatabaseEngine } from '../../scripts/engines/postgres.ts'
import { createSessions } from '../../src/index.ts'
import type { Sessions, SessionStore } from '../../src/index.ts'
import { mysqlStore } from '../../src/stores/mysql/index.ts'
import { postgresStore } from '../../src/stores/postgres/index.ts'
import { SECRET } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import type { Client } from '../_support/client.ts'
import { PATIENCE } from '../_support/patience.ts'

const SIZE = 2

type Visits = { visits: number }

/** One connection, which the application has taken out of the pool. */
interface Taken {
  run(sql: string): Promise<unknown>
  release(): void
}

/** An application's pool of two connections. */
interface ApplicationPool {
  readonly store: SessionStore
  take(): Promise<Taken>
  end(): Promise<unknown>
}

interface Kind {
  readonly missing: boolean
  start(): Promise<DatabaseEngine>
  open(url: string): ApplicationPool
  /** Finds the connections whose change of a session waits for a lock. */
  readonly waiting: string
  readonly kill: (id: number) => string
}

const [postgres, mariadb] = [findEngine('postgres'), findEngine('mariadb')]

const kinds: Readonly<Record<string, Kind>> = {
  PostgreSQL: {
    missing: !postgres,
    start: () => startPostgres(postgres!),
    open(url) {
      const pool = new Pool({ connectionString: url, max: SIZE })
      pool.on('error', () => {})
      return {
        store: postgresStore(async (sql, values) => (await pool.query<object>(sql, values)).rows),
        async take() {
          const taken = await pool.connect()
          return { run: async (sql) => (await taken.query<object>(sql)).rows, release: () => taken.release() }
        },
        end: () => pool.end(),
      }
    },
    waiting: "SELECT pid AS id FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE sojourn_sessions%'",
    kill: (id) => `SELECT pg_terminate_backend(${id})`,
  },
  MariaDB: {
    missing: !mariadb,
    start: () => startMariadb(mariadb!),
    open(url) {
      const pool = createPool({ uri: url, connectionLimit: SIZE })
      return {
        store: mysqlStore(async (sql, values) => (await pool.query<RowDataPacket[]>(sql, values))[0]),
        async take() {
          const taken = await pool.getConnection()
          return { run: async (sql) => (await taken.query(sql))[0], release: () => taken.release() }
        },
        end: () => pool.end(),
      }
    },
    waiting: "SELECT id AS id FROM information_schema.processlist WHERE info LIKE 'UPDATE sojourn_sessions%'",
    kill: (id) => `KILL CONNECTION ${id}`,
  },
}

describe.each(Object.entries(kinds))('%s by a function', (_name, { missing, start, open, waiting, kill }) => {
  let engine: DatabaseEngine
  let pool: ApplicationPool
  let beside: ApplicationPool
  let sessions: Sessions<Partial<Visits>>
  let browser: Client<Partial<Visits>>
  const taken: Taken[] = []

  beforeAll(async () => {
    if (missing) return
    engine = await start()
    pool = open(engine.url)
    beside = open(engine.url)
    sessions = createSessions<Visits>({ ...PATIENCE, secrets: [SECRET], store: pool.store })
  })
  afterEach(() => taken.splice(0).forEach(({ release }) => release()))
  afterAll(async () => {
    await pool?.end()
    await beside?.end()
    await engine?.stop()
  })

  async function take(from: ApplicationPool): Promise<Taken> {
    const one = await from.take()
    taken.push(one)
    return one
  }

  async function visited(): Promise<string> {
    browser = client(sessions)
    const { result } = await browser.run(async (session) => {
      session.set('visits', 1)
      await session.commit()
      return session.id!
    })
    return result
  }

  /** Whoever locks a session makes its changes wait. */
  async function lock(id: string): Promise<Taken> {
    const holder = await take(beside)
    await holder.run('BEGIN')
    await holder.run(`SELECT 1 FROM sojourn_sessions WHERE id = '${id}' FOR UPDATE`)
    return holder
  }

  test.skipIf(missing)('while the application uses up its pool, a read and a change fail at the deadline', async () => {
    await visited()
    const all = await Promise.all(Array.from({ length: SIZE }, () => take(pool)))
    const hasty = createSessions<Visits>({ secrets: [SECRET], store: pool.store, storeTimeout: 200 })
    const change = browser.run((session) => session.increment('visits'), { at: hasty })
    await expect(change).rejects.toThrow(expect.objectContaining({ code: 'ERR_SESSION_STORE_TIMEOUT' }))
    for (const one of all) one.release()
    taken.length = 0
    await browser.run((session) => session.increment('visits'))
    expect(await browser.open().get('visits')).toBe(2)
  })

  test.skipIf(missing)(
    'a change that a transaction of the application holds up until the deadline is done once, or not at all',
    async () => {
      const holder = await lock(await visited())
      const hasty = createSessions<Visits>({ secrets: [SECRET], store: pool.store, storeTimeout: 300 })
      const change = (): Promise<unknown> =>
        browser.run((session) => session.increment('visits'), { at: hasty }).catch((error: unknown) => error)
      // On a slow machine the deadline may pass in the read before it, and then nothing was sent.
      await expect.poll(change).toMatchObject({ code: 'ERR_SESSION_OUTCOME_UNKNOWN' })
      await holder.run('ROLLBACK')
      // What waited in the engine is done now.
      await expect.poll(async () => ((await holder.run(waiting)) as unknown[]).length).toBe(0)
      expect([1, 2]).toContain(await browser.open().get('visits'))
    },
  )

  test.skipIf(missing)('a connection that is killed in the middle of a change does it once', async () => {
    const holder = await lock(await visited())
    const patient = createSessions<Visits>({ ...PATIENCE, secrets: [SECRET], store: pool.store })
    const change = browser.run((session) => session.increment('visits'), { at: patient })
    let ids: { id: number }[] = []
    const watcher = await take(beside)
    await expect.poll(async () => (ids = (await watcher.run(waiting)) as { id: number }[])).toHaveLength(1)
    await watcher.run(kill(ids[0]!.id))
    await holder.run('ROLLBACK')
    await change
    expect(await browser.open().get('visits')).toBe(2)
  })

  test.skipIf(missing)(
    'what a transaction of the application takes back is its own, and a session that was saved meanwhile stays',
    async () => {
      await visited()
      const application = await take(beside)
      await application.run('CREATE TABLE IF NOT EXISTS orders (number INTEGER PRIMARY KEY)')
      await application.run('BEGIN')
      await application.run('INSERT INTO orders VALUES (1)')
      await browser.run((session) => session.increment('visits'))
      await application.run('ROLLBACK')
      expect(await browser.open().get('visits')).toBe(2)
      expect(await application.run('SELECT number FROM orders')).toEqual([])
    },
  )
})
