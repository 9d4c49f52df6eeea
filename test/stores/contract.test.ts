import { describe, expect, test } from 'vitest'
import type { SessionStore } from '../../src/core/contracts/store.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { sqliteStore } from '../../src/stores/sqlite/index.ts'
import { scriptedStore, storeContract } from '../../src/testing/index.ts'
import { testCases } from '../_support/contract-cases.ts'
import { failures } from './failures.ts'
import { BetterSqlite3, databasePaths } from './sqlite-files.ts'

const newPath = databasePaths()

const stores: Readonly<Record<string, () => SessionStore>> = {
  memory: () => memoryStore(),
  'memory through a scripted store': () => scriptedStore(memoryStore()),
  'sqlite, a file': () => sqliteStore(newPath()),
  'sqlite, in memory': () => sqliteStore(':memory:'),
  'sqlite, normal': () => sqliteStore({ path: newPath(), synchronous: 'normal' }),
  'sqlite on better-sqlite3': () => {
    const database = new BetterSqlite3(newPath())
    const store = sqliteStore({ database })
    return Object.assign(store, { close: async () => void database.close() })
  },
}

for (const [name, make] of Object.entries(stores)) {
  describe(name, () => {
    const skip = name.startsWith('sqlite') ? { notices: 'SQLite has no notices' } : {}
    testCases(storeContract(make, { skip }))
  })
}

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
