import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client, Pool } from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { findEngine } from '../../scripts/engines.ts'
import { postgresSchema, postgresStore } from '../../src/stores/postgres/index.ts'
import type { PostgresClient } from '../../src/stores/postgres/index.ts'
import { storeContract } from '../../src/testing/index.ts'
import { at, DAY, idsOf, newRecord, NOW, stored } from '../../src/testing/store-contract/rule.ts'
import { testCases } from '../_support/contract-cases.ts'
import { startPostgres } from '../../scripts/engines/postgres.ts'
import type { DatabaseEngine } from '../../scripts/engines/postgres.ts'
import { answersConflicts, losesNoUpdate, missesNoLogin } from './races.ts'

const program = findEngine('postgres')
if (!program) {
  if (process.env['CI'] === 'true')
    throw new Error('The PostgreSQL store is tested on a real server, and there is none. Install postgresql.')
  console.warn('NOT TESTED: the PostgreSQL store. There is no postgres; install it.')
}

const secrets = ['a secret of these tests, long enough for it']

describe.skipIf(!program)('postgresStore', () => {
  let engine: DatabaseEngine
  const closers: (() => Promise<unknown>)[] = []
  const clients: Readonly<Record<string, () => PostgresClient>> = {
    pg: () => {
      const pool = new Pool({ connectionString: engine.url, max: 8 })
      closers.push(() => pool.end())
      return pool
    },
    'postgres.js': () => {
      const sql = postgres(engine.url, { max: 8, onnotice: () => {} })
      closers.push(() => sql.end())
      return sql
    },
  }

  beforeAll(async () => {
    engine = await startPostgres(program!)
  })

  afterAll(async () => {
    for (const close of closers) await close()
    await engine.stop()
  })

  test('the tables are created by several processes at once, and the schema may be run again', async () => {
    const stores = Array.from({ length: 6 }, (_, i) => postgresStore(clients[i % 2 === 0 ? 'pg' : 'postgres.js']!()))
    const loaded = await Promise.all(stores.map((store) => store.load('x'.repeat(22), at(NOW))))
    expect(loaded).toEqual(Array.from({ length: 6 }, () => undefined))
    const pool = clients['pg']!() as Pool
    await pool.query(postgresSchema)
    const given = postgresStore(pool, { createTables: false })
    expect(await given.create(newRecord(), at(NOW))).toBe('created')
  })

  for (const [library, connect] of Object.entries(clients)) {
    describe(library, () => {
      let client: PostgresClient

      beforeAll(() => {
        client = connect()
      })

      // The tables are shared by the cases, which take them to be empty.
      const empty = async (): Promise<ReturnType<typeof postgresStore>> => {
        const store = postgresStore(client)
        await store.load('x'.repeat(22), at(NOW))
        await truncate(client)
        return store
      }
      testCases(storeContract(empty))

      test('a conflict is answered with the newest committed record, a deleted one with gone', () =>
        answersConflicts(postgresStore(client), postgresStore(connect())))

      test('fifty keys and fifty increments through two processes are all there', () =>
        losesNoUpdate(postgresStore(client), postgresStore(connect())))

      test('revokeAll misses no login that began before it', () => missesNoLogin(postgresStore(client)))
    })
  }

  test('a record that is touched between the two statements of a sweep lives', async () => {
    const pool = clients['pg']!() as Pool
    const other = postgresStore(pool)
    const [expired, touched] = [await stored(other), await stored(other)]
    const sweeping = postgresStore({
      async query(query) {
        if (query.text.startsWith('DELETE')) expect(await other.touch(touched.id, NOW + DAY, at(NOW))).toBe(true)
        return pool.query(query)
      },
    })
    expect((await sweeping.sweeper.sweep(1_000, at(expired.expiresAt))).expired).toContain(expired.id)
    expect(await other.load(touched.id, at(touched.expiresAt))).toEqual({ ...touched, expiresAt: NOW + DAY })
  })

  test('while a standby answers, which cannot listen, no connection is left behind, and then notices come again', async () => {
    const own = await startPostgres(program!)
    const pool = new Pool({ connectionString: own.url })
    pool.on('error', () => undefined)
    let made = 0
    // The listener makes its connections by the class of the pool.
    Object.assign(pool, {
      Client: class extends Client {
        constructor(...args: ConstructorParameters<typeof Client>) {
          super(...args)
          made++
        }
      },
    })
    const store = postgresStore(pool)
    const heard: string[] = []
    const stop = await store.notices!.subscribe((id) => void heard.push(id))
    const { rows } = await pool.query<{ data_directory: string }>('SHOW data_directory')
    writeFileSync(join(rows[0]!.data_directory, 'standby.signal'), '')
    // It says that it is ready when it is no standby any more.
    const restarted = own.restart()
    const observer = await vi.waitFor(
      async () => {
        const client = new Client({ connectionString: own.url })
        await client.connect()
        return client
      },
      { timeout: 60_000 },
    )
    const before = made
    await expect.poll(() => made).toBeGreaterThan(before + 3)
    const backends = "SELECT count(*)::int AS n FROM pg_stat_activity WHERE backend_type = 'client backend'"
    // The observer's, and the one that the listener has just made.
    await expect.poll(async () => (await observer.query<{ n: number }>(backends)).rows[0]!.n).toBeLessThanOrEqual(2)
    await observer.query('SELECT pg_promote()')
    await restarted
    await expect
      .poll(async () => {
        await store.notices!.publish('again', at(NOW)).catch(() => undefined)
        return heard
      })
      .toContain('again')
    await Promise.all([stop(), observer.end()])
    await pool.end()
    await own.stop()
  })

  test('a page and a revocation go by the index that fits, whatever the plan', async () => {
    const pool = new Pool({ connectionString: engine.url, max: 1 })
    closers.push(() => pool.end())
    const sent: { text: string; values: readonly (string | null)[] }[] = []
    const store = postgresStore((text, values) => {
      sent.push({ text, values })
      return pool.query(text, values).then(({ rows }) => rows as object[])
    })
    await store.load('x'.repeat(22), at(NOW))
    // In the order of their ids, as a copy leaves them, and a part of them one principal's: the index of ids looks good.
    await pool.query(
      `INSERT INTO sojourn_sessions SELECT id, 1, $1::bigint, $1::bigint, CASE WHEN i % 4 = 0 THEN 'plan' ELSE 'plan-' || i END, repeat('x', 500)
       FROM (SELECT i, left(md5('plan' || i), 22) AS id FROM generate_series(1, 20000) AS i) AS made ORDER BY id`,
      [NOW + DAY],
    )
    await pool.query('ANALYZE sojourn_sessions')
    const plans: string[] = []
    const ids = idsOf((await store.principals.list('plan', undefined, at(NOW))).records)
    await store.principals.ids!('plan', undefined, at(NOW))
    await store.principals.deleteMany('plan', ids, at(NOW))
    for (const mode of ['force_custom_plan', 'force_generic_plan']) {
      await pool.query(`SET plan_cache_mode = ${mode}`)
      for (const { text, values } of sent.filter((each) => /^(?:SELECT id.*LIMIT|DELETE)/s.test(each.text))) {
        await pool.query(`PREPARE planned AS ${text}`)
        const { rows } = await pool.query<{ 'QUERY PLAN': string }>(
          `EXPLAIN EXECUTE planned (${values.map((value) => `'${value!}'`).join()})`,
        )
        await pool.query('DEALLOCATE planned')
        plans.push(/sojourn_sessions_\w+/.exec(rows.map((row) => row['QUERY PLAN']).join(' '))![0])
      }
    }
    const [page, deletion] = ['sojourn_sessions_of_principal', 'sojourn_sessions_pkey']
    expect(plans).toEqual([page, page, deletion, page, page, deletion])
    await pool.query("DELETE FROM sojourn_sessions WHERE principal LIKE 'plan%'")
  })

  test('the example of the guide keeps sessions', async () => {
    const { postgresSessions } = await import('../../examples/guide/stores/postgres.ts')
    const { sessions, pool } = postgresSessions(engine.url, secrets[0]!)
    closers.push(() => pool.end())
    const session = sessions.open({ headers: {} })
    await session.login('bob')
    await session.commit()
    expect(await sessions.of('bob').list()).toHaveLength(1)
  })

  test('what is no client is refused at once', () => {
    expect(() => postgresStore({} as PostgresClient)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' }))
  })
})

async function truncate(client: PostgresClient): Promise<void> {
  const text = 'TRUNCATE sojourn_sessions, sojourn_epochs'
  if ('unsafe' in client) await client.unsafe(text)
  else await (client as Pool).query({ text })
}
