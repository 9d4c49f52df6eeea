import { describe, expect, test, vi } from 'vitest'
import type { StoreEvent, StoredRecord } from '../../src/core/contracts/store.ts'
import { memoryStore, type MemoryStore } from '../../src/stores/memory.ts'
import { at, idsOf, MINUTE, newRecord, nextOf, NOW, stored } from '../../src/testing/store-contract/rule.ts'

/** A store that tells what it evicted. */
function observed(maxSessions: number): { store: MemoryStore; evicted: string[] } {
  const store = memoryStore({ maxSessions })
  const evicted: string[] = []
  store.onEvent((event: StoreEvent) => evicted.push(`${event.type} ${event.id}`))
  return { store, evicted }
}

async function storedInTurn(store: MemoryStore, count: number, fields: Partial<StoredRecord> = {}): Promise<StoredRecord[]> {
  const records: StoredRecord[] = []
  for (let i = 0; i < count; i++) records.push(await stored(store, fields))
  return records
}

async function alive(store: MemoryStore, records: readonly StoredRecord[]): Promise<boolean[]> {
  return Promise.all(records.map(async ({ id }) => (await store.load(id, at(NOW))) !== undefined))
}

describe('the bound', () => {
  test('holds, and each live record that had to go is told to every listener', async () => {
    const { store, evicted } = observed(100)
    const second: StoreEvent[] = []
    store.onEvent((event) => second.push(event))
    const records = await storedInTurn(store, 1_000)
    const lives = await alive(store, records)
    expect(lives.filter(Boolean)).toHaveLength(100)
    expect(evicted.toSorted()).toEqual(idsOf(records.filter((_, i) => !lives[i])).map((id) => `evicted ${id}`))
    expect(second).toHaveLength(900)
  })

  test('the least recently used goes first', async () => {
    for (const use of ['load', 'touch', 'update'] as const) {
      const { store, evicted } = observed(4)
      const [a, b, c, d] = (await storedInTurn(store, 4)) as [StoredRecord, StoredRecord, StoredRecord, StoredRecord]
      for (const record of [b, a]) {
        if (use === 'load') await store.load(record.id, at(NOW))
        if (use === 'touch') await store.touch(record.id, NOW + MINUTE, at(NOW))
        if (use === 'update') await store.update(nextOf(record), at(NOW))
      }
      await storedInTurn(store, 3)
      expect(evicted, use).toEqual([c, d, b].map(({ id }) => `evicted ${id}`))
    }
  })

  test('among many, those in use stay', async () => {
    const { store } = observed(1_000)
    const records = await storedInTurn(store, 1_000)
    const used = records.filter((_, i) => i % 2 === 0)
    for (let i = 0; i < 200; i++) {
      if (i % 20 === 0) await alive(store, used)
      await stored(store)
    }
    expect((await alive(store, used)).filter(Boolean)).toHaveLength(used.length)
  })

  test('an expired one goes before a live one, and without a word', async () => {
    const { store, evicted } = observed(4)
    const oldest = await stored(store)
    await stored(store, { expiresAt: NOW - 1, principal: 'alice' })
    const others = await storedInTurn(store, 3)
    expect(evicted).toEqual([])
    expect(await alive(store, [oldest, ...others])).toEqual([true, true, true, true])
  })

  test('an evicted record leaves the index', async () => {
    const { store } = observed(1)
    await stored(store, { principal: 'alice' })
    const bobs = await stored(store, { principal: 'bob' })
    expect((await store.principals.list('alice', undefined, at(NOW))).records).toEqual([])
    expect((await store.principals.list('bob', undefined, at(NOW))).records).toEqual([bobs])
  })

  test('an id that is taken evicts nobody', async () => {
    const { store, evicted } = observed(2)
    const [first, second] = await storedInTurn(store, 2)
    expect(await store.create(first!, at(NOW))).toBe('exists')
    expect(await alive(store, [first!, second!])).toEqual([true, true])
    expect(evicted).toEqual([])
  })

  test.each([0, -1, 1.5, Number.NaN, '100' as unknown as number])('%s is not a bound', (maxSessions) => {
    expect(() => memoryStore({ maxSessions })).toThrow(expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' }))
  })
})

describe('what is over', () => {
  test('is forgotten of the epochs too, while others are raised', async () => {
    const { principals } = memoryStore()
    for (let i = 0; i < 100; i++) await principals.raise(`user ${i}`, 'first', NOW + 1, at(NOW))
    for (let i = 0; i < 100; i++) await principals.raise('busy', 'x', NOW + MINUTE, at(NOW + 1))
    // By a clock that stands before the deadline an epoch that is kept would still be seen.
    const kept = await Promise.all(Array.from({ length: 100 }, (_, i) => principals.epoch(`user ${i}`, at(NOW))))
    expect(kept.filter(Boolean)).toEqual([])
  })

  test('an epoch raised again is kept as long as either raise promised', async () => {
    const { principals } = memoryStore()
    await principals.raise('alice', 'first', NOW + 100, at(NOW))
    await principals.raise('alice', 'second', NOW + 50, at(NOW))
    expect(await principals.epoch('alice', at(NOW + 99))).toBe('second')
    expect(await principals.epoch('alice', at(NOW + 100))).toBe(undefined)
  })

  test('a sweep goes on where it stopped, also when records come and go', async () => {
    const store = memoryStore()
    const first = await storedInTurn(store, 10, { expiresAt: NOW + 1 })
    const gone = (await store.sweeper.sweep(4, at(NOW + 1))).expired
    expect(gone).toEqual(first.slice(0, 4).map(({ id }) => id))
    await store.delete(first[4]!.id, at(NOW))
    const late = await storedInTurn(store, 1, { expiresAt: NOW + 1 })
    expect(await store.sweeper.sweep(100, at(NOW + 1))).toEqual({ expired: [...first.slice(5), ...late].map(({ id }) => id), done: true })
  })
})

test('outside development one warning names the alternative, whether the store was given or not', async () => {
  const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  vi.resetModules()
  const fresh = await import('../../src/index.ts')
  const secrets = ['a secret of this test, long enough for it']
  fresh.createSessions({ development: true })
  const named = () => warnings.mock.calls.filter(([text]) => String(text).includes('sqliteStore'))
  expect(named()).toEqual([])
  fresh.createSessions({ secrets })
  fresh.createSessions({ secrets, store: fresh.memoryStore() })
  expect(named()).toHaveLength(1)
  vi.restoreAllMocks()
})

test('closed, it is empty', async () => {
  const store = memoryStore()
  const record = newRecord({ principal: 'alice' })
  await store.create(record, at(NOW))
  await store.close()
  expect(await store.load(record.id, at(NOW))).toBe(undefined)
})

test('the example of the guide keeps sessions', async () => {
  const { memorySessions } = await import('../../examples/guide/stores/memory.ts')
  const sessions = memorySessions('the secret of the guide, 32 or more')
  const session = sessions.open({ headers: {} })
  await session.login('bob')
  await session.commit()
  expect(await sessions.of('bob').list()).toHaveLength(1)
})
