/** Options of the user's client, of its role and of its server. The store works with each of them, or refuses it. */
import { inspect } from 'node:util'
import { createPool } from 'mysql2/promise'
import type { Pool, PoolOptions } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findEngine } from '../../scripts/engines.ts'
import { startMariadb } from '../../scripts/engines/mariadb.ts'
import type { DatabaseEngine } from '../../scripts/engines/postgres.ts'
import { createSessions } from '../../src/index.ts'
import { mysqlSchema, mysqlStore } from '../../src/stores/mysql/index.ts'
import type { MysqlStore } from '../../src/stores/mysql/index.ts'
import { signIn, storeContract } from '../../src/testing/index.ts'
import { at, newRecord, NOW, stored } from '../../src/testing/store-contract/rule.ts'
import { SECRET } from '../_support/application.ts'
import { testCases } from '../_support/contract-cases.ts'
import { PATIENCE } from '../_support/patience.ts'

const program = findEngine('mariadb')

describe.skipIf(!program)('mysqlStore with options of the client', () => {
  let engine: DatabaseEngine
  let root: Pool
  const closers: (() => unknown)[] = []

  beforeAll(async () => {
    engine = await startMariadb(program!)
    root = pool()
    await root.query("CREATE USER writer@'%' IDENTIFIED BY 'w'")
    await root.query('CREATE DATABASE made')
    for (const sql of mysqlSchema)
      await root.query(
        sql
          .replaceAll(/sojourn_(sessions|epochs|schema)(?= [(V])/g, 'made.sojourn_$1')
          .replace('INTO sojourn_schema', 'INTO made.sojourn_schema'),
      )
    await root.query("GRANT SELECT, INSERT, UPDATE, DELETE ON made.* TO writer@'%'")
  })
  afterAll(async () => {
    for (const close of closers.toReversed()) await close()
    await engine.stop()
  })

  function pool(options: PoolOptions = {}): Pool {
    const made = createPool({ uri: engine.url, connectionLimit: 8, ...options })
    closers.push(() => made.end())
    return made
  }

  const writer = (options: PoolOptions = {}): Pool => pool({ uri: writersUrl(), ...options })
  const writersUrl = (): string => engine.url.replace('root@', 'writer:w@').replace(/\/mysql$/, '/made')

  const options: Readonly<Record<string, PoolOptions>> = {
    rowsAsArray: { rowsAsArray: true },
    nestTables: { nestTables: true },
    'typeCast that makes texts of BLOBs': { typeCast: (field) => field.string('latin1') },
    'typeCast: false': { typeCast: false },
    namedPlaceholders: { namedPlaceholders: true },
    bigNumberStrings: { supportBigNumbers: true, bigNumberStrings: true },
    'charset latin1': { charset: 'latin1_swedish_ci' },
    dateStrings: { dateStrings: true, decimalNumbers: true },
  }

  for (const [name, each] of Object.entries(options)) {
    describe(name, () => {
      let store: MysqlStore
      beforeAll(() => void (store = mysqlStore(pool(each))))
      const empty = async (): Promise<MysqlStore> => {
        await store.load('x'.repeat(22), at(NOW))
        for (const table of ['sojourn_sessions', 'sojourn_epochs']) await root.query(`DELETE FROM ${table}`)
        return store
      }
      testCases(storeContract(empty, { skip: { notices: 'MySQL has no notices' } }))
    })
  }

  test.each(['a pool', 'a URL'])('a role that may create nothing is enough where the tables are there: %s', async (how) => {
    const store = mysqlStore(how === 'a URL' ? writersUrl() : writer())
    closers.push(() => store.close())
    const record = await stored(store)
    expect(await store.load(record.id, at(NOW))).toEqual(record)
  })

  test('connections that commit nothing by themselves are refused at the first call', async () => {
    await root.query("SET GLOBAL init_connect = 'SET autocommit=0'")
    try {
      await expect(mysqlStore(writer()).load('x'.repeat(22), at(NOW))).rejects.toThrow(/autocommit/)
    } finally {
      await root.query("SET GLOBAL init_connect = ''")
    }
  })

  const refusals: Readonly<Record<string, readonly [refuse: string, allow: string]>> = {
    ER_OPTION_PREVENTS_STATEMENT: ['SET GLOBAL read_only = 1', 'SET GLOBAL read_only = 0'],
    ER_TABLEACCESS_DENIED_ERROR: [
      "REVOKE INSERT, UPDATE ON made.* FROM writer@'%'",
      "GRANT SELECT, INSERT, UPDATE, DELETE ON made.* TO writer@'%'",
    ],
  }

  test.each(Object.entries(refusals))(
    'what MySQL refuses is an outcome: %s (counterexample `refused-as-unknown`)',
    async (reason, [refuse, allow]) => {
      const before = createSessions({ ...PATIENCE, secrets: [SECRET], store: mysqlStore(writer()) })
      const { headers } = await signIn(before, 'alice')
      await root.query(refuse)
      try {
        const sessions = createSessions({ ...PATIENCE, secrets: [SECRET], store: mysqlStore(writer()) })
        for (const each of [{ ...headers }, {}]) {
          const session = sessions.open({ headers: each })
          session.set('card', '4111 1111')
          const error: unknown = await session.commit().catch((thrown: unknown) => thrown)
          expect(error).toMatchObject({ code: 'ERR_SESSION_STORE', cause: { written: false, reason } })
          expect(inspect(error, { depth: 10 })).not.toContain('4111')
        }
      } finally {
        await root.query(allow)
      }
    },
  )

  test('a connection that was killed is none: the write may have been done', async () => {
    const killing = mysqlStore(
      {
        query: (sql) => root.query(sql),
        async execute(statement, values) {
          const connection = await root.getConnection()
          await root.query(`KILL ${connection.threadId}`)
          return connection.execute(statement, values).finally(() => connection.destroy())
        },
      },
      { createTables: false },
    )
    const error: unknown = await Promise.resolve(killing.create(newRecord(), at(NOW))).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(Error)
    expect(error).not.toHaveProperty('written')
  })

  test('a URL gives up a connection that turned read-only', async () => {
    const store = mysqlStore(writersUrl())
    closers.push(() => store.close())
    await root.query('SET GLOBAL tx_read_only = 1')
    await store.load('x'.repeat(22), at(NOW))
    await root.query('SET GLOBAL tx_read_only = 0')
    await expect(stored(store)).rejects.toMatchObject({ written: false })
    await stored(store)
  })

  test('a read on a connection that is dead is asked again', async () => {
    const store = mysqlStore(writer({ connectionLimit: 1 }))
    const record = await stored(store, { principal: 'dead connections' })
    for (const read of [
      () => store.load(record.id, at(NOW)),
      () => store.principals.epoch('dead connections', at(NOW)),
      () => store.principals.list('dead connections', undefined, at(NOW)),
    ]) {
      const [rows] = await root.query("SELECT id FROM information_schema.processlist WHERE user = 'writer'")
      for (const { id } of rows as { id: number }[]) await root.query(`KILL ${id}`).catch(() => undefined)
      await read()
    }
  })
})
