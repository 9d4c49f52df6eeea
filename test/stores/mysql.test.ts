import { createPool as createCallbackPool } from 'mysql2'
import { createPool } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findEngine } from '../../scripts/engines.ts'
import { createSessions } from '../../src/index.ts'
import type { Sessions } from '../../src/index.ts'
import { mysqlSchema, mysqlStore } from '../../src/stores/mysql/index.ts'
import type { MysqlClient } from '../../src/stores/mysql/index.ts'
import { storeContract } from '../../src/testing/index.ts'
import { at, newRecord, nextOf, NOW } from '../../src/testing/store-contract/rule.ts'
import { client as browser } from '../_support/client.ts'
import { startMariadb } from '../../scripts/engines/mariadb.ts'
import type { DatabaseEngine } from '../../scripts/engines/postgres.ts'

const program = findEngine('mariadb')
if (!program) {
  if (process.env['CI'] === 'true')
    throw new Error('The MySQL store is tested on a real server, and there is none. Install mariadb-server.')
  console.warn('NOT TESTED: the MySQL store. There is no mariadbd; install it.')
}

const secrets = ['a secret of these tests, long enough for it']

describe.skipIf(!program)('mysqlStore', () => {
  let engine: DatabaseEngine
  const closers: (() => Promise<unknown>)[] = []
  const clients: Readonly<Record<string, () => MysqlClient>> = {
    'mysql2/promise': () => {
      const pool = createPool({ uri: engine.url, connectionLimit: 8 })
      closers.push(() => pool.end())
      return pool
    },
    mysql2: () => {
      const pool = createCallbackPool({ uri: engine.url, connectionLimit: 8 })
      closers.push(() => pool.promise().end())
      return pool
    },
  }

  beforeAll(async () => {
    engine = await startMariadb(program!)
  }, 60_000)

  afterAll(async () => {
    for (const close of closers) await close()
    await engine.stop()
  })

  test('the tables are created by several processes at once, and the schema may be run again', async () => {
    const stores = Array.from({ length: 6 }, (_, i) => mysqlStore(clients[i % 2 === 0 ? 'mysql2' : 'mysql2/promise']!()))
    const loaded = await Promise.all(stores.map((store) => store.load('x'.repeat(22), at(NOW))))
    expect(loaded).toEqual(Array.from({ length: 6 }, () => undefined))
    const pool = createPool(engine.url)
    closers.push(() => pool.end())
    for (const sql of mysqlSchema) await pool.query(sql)
    const given = mysqlStore(pool, { createTables: false })
    expect(await given.create(newRecord(), at(NOW))).toBe('created')
  })

  for (const [library, connect] of Object.entries(clients)) {
    describe(library, () => {
      let client: MysqlClient

      beforeAll(() => {
        client = connect()
      })

      // The tables are shared by the cases, which take them to be empty.
      const empty = async (): Promise<ReturnType<typeof mysqlStore>> => {
        const store = mysqlStore(client)
        await store.load('x'.repeat(22), at(NOW))
        await truncate(client)
        return store
      }
      const skip = { notices: 'MySQL has none' }
      for (const { name, why, skip: reason, run } of storeContract(empty, { skip })) {
        test.skipIf(reason !== undefined)(`${name}: ${why}`, run)
      }

      test('a conflict is answered with the newest committed record, a deleted one with gone', async () => {
        const [store, other] = [mysqlStore(client), mysqlStore(connect())]
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
        const processes = [client, connect()].map((one) => createSessions<Record<string, number>>({ secrets, store: mysqlStore(one) })) as [
          Sessions<Record<string, number>>,
          Sessions<Record<string, number>>,
        ]
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
        const sessions = createSessions({ secrets, store: mysqlStore(client) })
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
    const { mysqlSessions } = await import('../../examples/guide/stores/mysql.ts')
    const { sessions, pool } = mysqlSessions(engine.url, secrets[0]!)
    closers.push(() => pool.end())
    const session = sessions.open({ headers: {} })
    await session.login('bob')
    await session.commit()
    expect(await sessions.of('bob').list()).toHaveLength(1)
  })

  test('what is no client is refused at once', () => {
    expect(() => mysqlStore({} as MysqlClient)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' }))
  })
})

async function truncate(client: MysqlClient): Promise<void> {
  const pool = 'promise' in client ? client.promise() : client
  for (const table of ['sojourn_sessions', 'sojourn_epochs']) await pool.query(`DELETE FROM ${table}`)
}
