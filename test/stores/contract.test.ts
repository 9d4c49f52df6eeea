import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import type { SessionStore } from '../../src/core/contracts/store.ts'
import { createSessions } from '../../src/index.ts'
import type { Session } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { sqliteStore } from '../../src/stores/sqlite/index.ts'
import type { SqliteDatabase } from '../../src/stores/sqlite/index.ts'
import { scriptedStore, storeContract } from '../../src/testing/index.ts'
import { client as browser } from '../_support/client.ts'
import { testCases } from '../_support/contract-cases.ts'
import { PATIENCE } from '../_support/patience.ts'
import { at, newRecord, nextOf, NOW } from '../../src/testing/store-contract/rule.ts'
import { mixed, onlyPromises } from './answering.ts'
import { failures } from './failures.ts'
import { losesNoUpdate } from './races.ts'
import { BetterSqlite3, databasePaths } from './sqlite-files.ts'

const newPath = databasePaths()

// Only one of the stores below waits for the disk at each write, because that takes most of the time.

/** A store that also closes the connection that it was given. */
function onConnection(database: SqliteDatabase): SessionStore {
  return Object.assign(sqliteStore({ database, synchronous: 'normal' }), { close: async () => void database.close() })
}

/** As an application's ORM would run the statements. */
function byFunction(database: DatabaseSync): SessionStore {
  database.exec('PRAGMA synchronous = OFF')
  return sqliteStore(async (sql, values) => database.prepare(sql).all(...values))
}

const stores: Readonly<Record<string, () => SessionStore>> = {
  memory: () => memoryStore(),
  'memory through a scripted store': () => scriptedStore(memoryStore()),
  'a store that only knows promises': () => onlyPromises(memoryStore()),
  'a store that returns now a value, now a promise': () => mixed(memoryStore()),
  'sqlite, a file': () => sqliteStore(newPath()),
  'sqlite, in memory': () => sqliteStore(':memory:'),
  'sqlite, normal': () => sqliteStore({ path: newPath(), synchronous: 'normal' }),
  'sqlite, BigInts and arrays': () => onConnection(new DatabaseSync(newPath(), { readBigInts: true, returnArrays: true })),
  'sqlite on better-sqlite3, BigInts': () => onConnection(new BetterSqlite3(newPath()).defaultSafeIntegers()),
  'sqlite, by a function': () => byFunction(new DatabaseSync(newPath())),
  'sqlite on better-sqlite3': () => onConnection(new BetterSqlite3(newPath())),
}

for (const [name, make] of Object.entries(stores)) {
  describe(name, () => {
    const skip = name.startsWith('sqlite') ? { notices: 'SQLite has no notices' } : {}
    testCases(storeContract(make, { skip }))
  })
}

describe('values and promises', () => {
  /** Which of a store's calls return a promise. */
  async function promised(store: SessionStore): Promise<boolean[]> {
    const record = newRecord()
    const calls: (() => unknown)[] = [
      () => store.create(record, at(NOW)),
      () => store.load(record.id, at(NOW)),
      () => store.update(nextOf(record), at(NOW)),
      () => store.touch(record.id, record.expiresAt, at(NOW)),
      () => store.delete(record.id, at(NOW)),
    ]
    const found: boolean[] = []
    for (const call of calls) {
      const answer = call()
      found.push(answer instanceof Promise)
      await answer
    }
    await store.close()
    return found
  }

  test('the suite runs over stores of each kind', async () => {
    expect(await promised(memoryStore())).toEqual([false, false, false, false, false])
    expect(await promised(onlyPromises(memoryStore()))).toEqual([true, true, true, true, true])
    expect(await promised(mixed(memoryStore()))).toEqual([false, true, false, true, false])
    expect(await promised(sqliteStore(':memory:'))).toEqual([true, false, true, true, true])
  })

  for (const [name, wrap] of Object.entries({ 'at once': (store: SessionStore) => store, 'only promises': onlyPromises, mixed })) {
    test(`fifty changes at once through two processes are all there: ${name}`, async () => {
      const shared = memoryStore()
      await losesNoUpdate(wrap(shared), wrap(shared))
    })
  }

  const down = new Error('down')
  const ways: Readonly<Record<string, () => Promise<never>>> = {
    throws: () => {
      throw down
    },
    rejects: () => Promise.reject(down),
  }

  for (const [name, fail] of Object.entries(ways)) {
    test(`a store that ${name} has failed, whatever it was asked`, async () => {
      const inner = memoryStore()
      let isDown = false
      const store: SessionStore = {
        load: (id, call) => (isDown ? fail() : inner.load(id, call)),
        create: (record, call) => (isDown ? fail() : inner.create(record, call)),
        update: (record, call) => (isDown ? fail() : inner.update(record, call)),
        touch: (id, expiresAt, call) => (isDown ? fail() : inner.touch(id, expiresAt, call)),
        delete: (id, call) => (isDown ? fail() : inner.delete(id, call)),
        close: () => inner.close(),
        replies: 'certain',
      }
      const sessions = createSessions<{ theme: string }>({ ...PATIENCE, secrets: ['a secret of these tests, long enough for it'], store })
      const visitor = browser(sessions)
      await visitor.run((session) => session.set('theme', 'dark'))

      /** The store fails from when the session is loaded, or from the beginning. */
      const failing = async (
        who: typeof visitor,
        ask: (session: Session<{ theme?: string }>) => unknown,
        isLoaded: boolean,
      ): Promise<void> => {
        isDown = !isLoaded
        const visit = who.run(async (session) => {
          if (isLoaded) await session.load()
          isDown = true
          await ask(session)
        })
        await expect(visit).rejects.toThrow(expect.objectContaining({ code: 'ERR_SESSION_STORE', cause: down }))
        isDown = false
      }
      await failing(visitor, (session) => session.get('theme'), false)
      await failing(browser(sessions), (session) => session.set('theme', 'light'), false)
      await failing(visitor, (session) => session.set('theme', 'light'), true)
      await failing(visitor, (session) => session.logout(), true)
      expect((await visitor.run((session) => session.get('theme'))).result).toBe('dark')
    })
  }
})

test('a missing capability is a failure, unless its reason is given', async () => {
  const bare = (): SessionStore => {
    const { load, create, update, touch, delete: remove, close } = scriptedStore(memoryStore())
    return { load, create, update, touch, delete: remove, close }
  }
  const failed = await failures(storeContract(bare))
  expect(failed.length).toBeGreaterThan(0)
  const cases = storeContract(bare, {
    skip: { principals: 'no index here', sweeper: 'expires by itself', scanner: 'no walk here', notices: 'polled' },
  })
  expect(cases.filter(({ skip }) => skip !== undefined).map(({ name }) => name)).toEqual(failed)
})
