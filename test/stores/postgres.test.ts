import { Pool } from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findEngine } from '../../scripts/engines.ts'
import { createSessions } from '../../src/index.ts'
import type { Sessions } from '../../src/index.ts'
import { postgresSchema, postgresStore } from '../../src/stores/postgres/index.ts'
import type { PostgresClient } from '../../src/stores/postgres/index.ts'
import { storeContract } from '../../src/testing/index.ts'
import { at, newRecord, nextOf, NOW } from '../../src/testing/store-contract/rule.ts'
import { client as browser } from '../_support/client.ts'
import { startPostgres } from '../../scripts/engines/postgres.ts'
import type { DatabaseEngine } from '../../scripts/engines/postgres.ts'

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
  }, 60_000)

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
      for (const { name, why, run } of storeContract(empty)) test(`${name}: ${why}`, run)

      test('a conflict is answered with the newest committed record, a deleted one with gone', async () => {
        const [store, other] = [postgresStore(client), postgresStore(connect())]
        for (let turn = 0; turn < 50; turn++) {
          const record = newRecord()
          await store.create(record, at(NOW))
          const [first, second] = await Promise.all([
            store.update(nextOf(record, { body: 'first' }), at(NOW)),
            other.update(nextOf(record, { body: 'second' }), at(NOW)),
          ])
          const loser = first === 'updated' ? second : first
          expect([first, second]).toContain('updated')
          expect(loser).toMatchObject({ version: 2, body: first === 'updated' ? 'first' : 'second' })
          const [, late] = await Promise.all([store.delete(record.id, at(NOW)), other.update(nextOf(nextOf(record)), at(NOW))])
          expect(['gone', 'updated']).toContain(late)
          expect(await store.load(record.id, at(NOW))).toBeUndefined()
        }
      })

      test('fifty keys and fifty increments through two processes are all there', async () => {
        const processes = [client, connect()].map((one) =>
          createSessions<Record<string, number>>({ secrets, store: postgresStore(one) }),
        ) as [Sessions<Record<string, number>>, Sessions<Record<string, number>>]
        const visitor = browser(processes[0])
        await visitor.run((session) => session.set('begun', 1))
        await Promise.all(
          Array.from({ length: 50 }, (_, i) =>
            visitor.run(
              async (session) => {
                await session.has('begun')
                session.set(`k${i}`, i)
                session.increment('count')
              },
              { at: processes[i % 2]! },
            ),
          ),
        )
        const { result } = await visitor.run(async (session) => (await session.load()).data)
        expect(Object.keys(result).filter((key) => key.startsWith('k'))).toHaveLength(50)
        expect(result['count']).toBe(50)
      })

      test('revokeAll misses no login that began before it', async () => {
        const sessions = createSessions({ secrets, store: postgresStore(client) })
        const logins = Array.from({ length: 100 }, async () => {
          const visitor = browser(sessions)
          await visitor.run((session) => session.login('alice')).catch(() => undefined)
          return visitor
        })
        await new Promise((resolve) => setImmediate(resolve))
        await sessions.of('alice').revokeAll()
        const principals = await Promise.all(
          (await Promise.all(logins)).map(
            async (visitor) => (await visitor.run(async (session) => (await session.load()).principal)).result,
          ),
        )
        expect(principals.filter((principal) => principal !== null)).toEqual([])
        expect(await sessions.of('alice').list()).toEqual([])
      })
    })
  }

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
  else await client.query({ text })
}
