import { createPool as createCallbackPool } from 'mysql2'
import { createPool } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { findEngine } from '../../scripts/engines.ts'
import { mysqlSchema, mysqlStore } from '../../src/stores/mysql/index.ts'
import type { MysqlClient, MysqlPool, MysqlStore } from '../../src/stores/mysql/index.ts'
import { storeContract } from '../../src/testing/index.ts'
import { at, DAY, idsOf, newRecord, nextOf, NOW, stored } from '../../src/testing/store-contract/rule.ts'
import { testCases } from '../_support/contract-cases.ts'
import { startMariadb } from '../../scripts/engines/mariadb.ts'
import type { DatabaseEngine } from '../../scripts/engines/postgres.ts'
import { answersConflicts, losesNoUpdate, missesNoLogin } from './races.ts'

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
    'mysql2/promise that counts only changed rows': () => {
      const pool = createPool({ uri: engine.url, connectionLimit: 8, flags: ['-FOUND_ROWS'] })
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
  })

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
      const skip = { notices: 'MySQL has no notices' }
      testCases(storeContract(empty, { skip }))

      test('a conflict is answered with the newest committed record, a deleted one with gone', () =>
        answersConflicts(mysqlStore(client), mysqlStore(connect())))

      test('fifty keys and fifty increments through two processes are all there', () =>
        losesNoUpdate(mysqlStore(client), mysqlStore(connect())))

      test('revokeAll misses no login that began before it', () => missesNoLogin(mysqlStore(client)))
    })
  }

  test('a record that is touched between the two statements of a sweep lives', async () => {
    const pool = clients['mysql2/promise']!() as MysqlPool
    const other = mysqlStore(pool)
    const [expired, touched] = [await stored(other), await stored(other)]
    const sweeping = mysqlStore({
      query: (sql) => pool.query(sql),
      async execute(statement, values) {
        if (statement.sql.startsWith('DELETE FROM sojourn_sessions')) expect(await other.touch(touched.id, NOW + DAY, at(NOW))).toBe(true)
        return pool.execute(statement, values)
      },
    })
    expect((await sweeping.sweeper.sweep(1_000, at(expired.expiresAt))).expired).toContain(expired.id)
    expect(await other.load(touched.id, at(touched.expiresAt))).toEqual({ ...touched, expiresAt: NOW + DAY })
  })

  test.each([
    ['MariaDB', '11.8.2-MariaDB', true],
    ['MySQL, where a DELETE returns no rows', '8.4.0', false],
  ])('deleteMany knows what it has deleted on %s', async (_name, version, returns) => {
    const pool = clients['mysql2/promise']!() as MysqlPool
    const sent: string[] = []
    const store = mysqlStore({
      query: (sql) => pool.query(sql),
      async execute(statement, values) {
        sent.push(statement.sql)
        return statement.sql.startsWith('SELECT VERSION()') ? [[[version]], []] : pool.execute(statement, values)
      },
    })
    const own = await Promise.all(Array.from({ length: 300 }, () => stored(store, { principal: version })))
    const others = await stored(store, { principal: 'bob' })
    const ids = [...idsOf(own), others.id, newRecord().id]
    sent.length = 0
    expect((await store.principals.deleteMany(version, ids, at(NOW))).toSorted()).toEqual(idsOf(own))
    expect(await store.principals.deleteMany(version, ids, at(NOW))).toEqual([])
    const deletions = sent.filter((sql) => sql.startsWith('DELETE'))
    expect([deletions.length, deletions.every((sql) => sql.endsWith('RETURNING id'))]).toEqual([returns ? 4 : 604, returns])
    expect(await store.load(others.id, at(NOW))).toEqual(others)
  })

  describe('a statement that InnoDB ends to solve a deadlock', () => {
    /** A store whose next statements fail, each so often. */
    function deadlocked(times: number, errno = 1213): MysqlStore {
      const pool = clients['mysql2/promise']!() as MysqlPool
      const failures = new Map<string, number>()
      return mysqlStore(
        {
          query: (sql) => pool.query(sql),
          execute(statement, values) {
            const count = failures.get(statement.sql) ?? 0
            failures.set(statement.sql, count + 1)
            return count < times ? Promise.reject(Object.assign(new Error('failed'), { errno })) : pool.execute(statement, values)
          },
        },
        { createTables: false },
      )
    }

    test('is run again, whatever it is', async () => {
      const store = deadlocked(1)
      const record = newRecord({ principal: 'deadlock' })
      expect(await store.create(record, at(NOW))).toBe('created')
      const next = nextOf(record, { body: 'next' })
      expect(await store.update(next, at(NOW))).toBe('updated')
      expect(await store.load(record.id, at(NOW))).toEqual(next)
      expect(await store.touch(record.id, record.expiresAt + 1, at(NOW))).toBe(true)
      expect(await store.principals.deleteMany('deadlock', [record.id], at(NOW))).toEqual([record.id])
      await store.principals.raise('deadlock', 'epoch', NOW + DAY, at(NOW))
      expect(await store.principals.epoch('deadlock', at(NOW))).toBe('epoch')
    })

    test('is given up in the end, and any other error is told at once', async () => {
      await expect(deadlocked(100).create(newRecord(), at(NOW))).rejects.toMatchObject({ errno: 1213 })
      await expect(deadlocked(1, 1205).create(newRecord(), at(NOW))).rejects.toMatchObject({ errno: 1205 })
    })
  })

  test('the example of the guide keeps sessions', async () => {
    const { mysqlSessions } = await import('../../examples/guide/stores/mysql.ts')
    const { sessions, pool } = mysqlSessions(engine.url, secrets[0]!)
    closers.push(() => pool.end())
    const session = sessions.open({ headers: {} })
    await session.login('bob')
    await session.commit()
    expect(await sessions.of('bob').list()).toHaveLength(1)
  })

  test('a pool of its own makes no stack traces, and is set up by its URL', async () => {
    const pool = createPool({ uri: engine.url, connectionLimit: 1 })
    closers.push(() => pool.end())
    const connections = async (): Promise<number> => {
      const [rows] = await pool.query("SHOW STATUS LIKE 'Connections'")
      return Number((rows as { Value: string }[])[0]!.Value)
    }
    const store = mysqlStore(`${engine.url}?connectionLimit=1`, { createTables: false })
    closers.push(() => store.close())
    const before = await connections()
    const record = await stored(store)
    const traces = vi.spyOn(Error, 'captureStackTrace')
    const loaded = await Promise.all(Array.from({ length: 8 }, () => store.load(record.id, at(NOW))))
    expect(traces).not.toHaveBeenCalled()
    traces.mockRestore()
    expect(loaded).toEqual(Array.from({ length: 8 }, () => record))
    expect((await connections()) - before).toBe(1)
  })

  test('what is no client is refused at once', () => {
    expect(() => mysqlStore({} as MysqlClient)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' }))
  })
})

async function truncate(client: MysqlClient): Promise<void> {
  const pool = 'promise' in client ? client.promise() : (client as MysqlPool)
  for (const table of ['sojourn_sessions', 'sojourn_epochs']) await pool.query(`DELETE FROM ${table}`)
}
