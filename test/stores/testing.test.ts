import { describe, expect, test } from 'vitest'
import { memoryStore } from '../../src/stores/memory.ts'
import {
  scriptedStore,
  storeContract,
  testClock,
  type ScriptedStore,
  type StoreOperation,
  type StoreStep,
} from '../../src/testing/index.ts'
import { storeWithIds } from '../_support/with-ids.ts'
import { failures } from './failures.ts'
import { at, newRecord, nextOf, NOW, stored } from '../../src/testing/store-contract/rule.ts'

describe('a scripted store', () => {
  test('counts each operation', async () => {
    const store = scriptedStore(Object.assign(storeWithIds(), { health: async () => ({}) }))
    const record = await stored(store)
    const calls: Record<StoreOperation, () => unknown> = {
      load: () => store.load(record.id, at(NOW)),
      create: () => store.create(record, at(NOW)),
      update: () => store.update(record, at(NOW)),
      touch: () => store.touch(record.id, NOW, at(NOW)),
      delete: () => store.delete(record.id, at(NOW)),
      close: () => store.close(),
      'principals.list': () => store.principals.list('alice', undefined, at(NOW)),
      'principals.ids': () => store.principals.ids('alice', undefined, at(NOW)),
      'principals.deleteMany': () => store.principals.deleteMany('alice', [], at(NOW)),
      'principals.epoch': () => store.principals.epoch('alice', at(NOW)),
      'principals.raise': () => store.principals.raise('alice', 'epoch', NOW, at(NOW)),
      'sweeper.sweep': () => store.sweeper.sweep(1, at(NOW)),
      'scanner.scan': () => store.scanner.scan(undefined, 1, at(NOW)),
      'notices.publish': () => store.notices.publish(record.id, at(NOW)),
      'notices.subscribe': () => store.notices.subscribe(() => undefined),
      health: () => store.health(at(NOW)),
      'scanner.count': () => store.scanner.count(at(NOW)),
    }
    expect(store.count()).toBe(1)
    store.reset()
    expect(store.count()).toBe(0)
    for (const [i, [operation, call]] of Object.entries(calls).entries()) {
      await call()
      expect(store.count(operation as StoreOperation), operation).toBe(1)
      expect(store.count()).toBe(i + 1)
    }
  })

  test('what throws before leaves nothing written, what throws after loses only the reply', async () => {
    const store = scriptedStore(memoryStore())
    const [never, done] = [newRecord(), newRecord()]
    store.before('create', () => Promise.reject(new Error('down')))
    await expect(store.create(never, at(NOW))).rejects.toThrow('down')
    store.before('create')
    store.after('create', () => Promise.reject(new Error('reply lost')))
    await expect(store.create(done, at(NOW))).rejects.toThrow('reply lost')
    expect(await store.load(never.id, at(NOW))).toBe(undefined)
    expect(await store.load(done.id, at(NOW))).toEqual(done)
  })

  test('stands still as long as a hook waits', async () => {
    const inner = memoryStore()
    const store = scriptedStore(inner)
    const record = await stored(store)
    const steps: StoreStep[] = []
    let open = (): void => {}
    const gate = new Promise<void>((resolve) => (open = resolve))
    store.before('update', (step) => {
      steps.push(step)
      return gate
    })
    store.after('update', (step) => void steps.push(step))
    const call = at(NOW)
    const updated = store.update(nextOf(record), call)
    expect(await inner.load(record.id, at(NOW))).toEqual(record)
    open()
    expect(await updated).toBe('updated')
    const step = { operation: 'update', nth: 1, args: [nextOf(record), call] }
    expect(steps).toEqual([step, { ...step, answer: 'updated' }])
    expect(steps[0]?.args[1], 'the call goes through as it is').toBe(call)
  })

  test('passes on what the inner store can do, and its certainty only when asked', () => {
    const inner = memoryStore({ maxSessions: 1 })
    expect(scriptedStore(inner).replies).toBe(undefined)
    expect(scriptedStore(inner, { replies: 'certain' }).replies).toBe('certain')
    const { principals: _, sweeper: __, onEvent: ___, ...bare } = scriptedStore(inner)
    expect(scriptedStore(bare)).not.toHaveProperty('principals')
    expect(scriptedStore(bare)).not.toHaveProperty('sweeper')
    expect(scriptedStore(bare)).not.toHaveProperty('onEvent')
  })

  test('passes on notices', async () => {
    const store = scriptedStore(memoryStore({ maxSessions: 1 }))
    const notices: unknown[] = []
    store.onEvent?.((notice) => notices.push(notice))
    const { id } = await stored(store)
    await stored(store)
    expect(notices).toEqual([{ type: 'evicted', id }])
  })
})

test('the contract suite closes each store that it made, also when a case fails', async () => {
  const made: ScriptedStore[] = []
  const make = (): ScriptedStore => {
    const store = scriptedStore(memoryStore())
    // Everything that writes fails, so most cases do.
    if (made.length % 2) store.before('create', () => Promise.reject(new Error('down')))
    made.push(store)
    return store
  }
  const cases = [...storeContract(make), ...storeContract(make)]
  const failed = await failures(cases)
  expect([failed.length > 10, failed.length < cases.length]).toEqual([true, true])
  expect(made).toHaveLength(cases.length)
  expect(made.map((store) => store.count('close'))).toEqual(cases.map(() => 1))
})

test('a test clock stands still until it is told', () => {
  const clock = testClock(1_000)
  expect([clock.now(), clock.now()]).toEqual([1_000, 1_000])
  expect(clock.advance('1.5s')).toBe(2_500)
  expect(clock.advance(1)).toBe(2_501)
  expect(clock.now()).toBe(2_501)
  expect(testClock().now()).toBe(testClock().now())
  expect(() => clock.advance(-1)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_DURATION' }))
})
