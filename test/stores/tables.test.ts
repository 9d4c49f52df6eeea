import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Tables } from '../../src/stores/_shared/tables.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

test('a statement that is never answered, by a connection that fell silent, is not waited for by all that follow', async () => {
  let tries = 0
  const tables = new Tables(false, () => (++tries === 1 ? new Promise(() => undefined) : Promise.resolve()))
  void tables.create()
  void tables.create()
  expect(tries).toBe(1)
  vi.advanceTimersByTime(10_001)
  await tables.create()
  expect([tries, tables.areThere]).toEqual([2, true])
})
