import { expect, test } from 'vitest'
import { RecentlyEnded } from '../../src/core/storage/recently-ended.ts'

test('a process remembers the last thousand sessions that it ended, and no more', () => {
  const ended = new RecentlyEnded()
  const remembered = (id: string): boolean => ended.since(id, 0)
  for (let i = 0; i < 1_000; i++) ended.add(`session ${i}`, i)
  expect(['session 0', 'session 999'].map(remembered)).toEqual([true, true])

  ended.add('session 0', 1_000)
  ended.add('session 1000', 1_000)
  expect(['session 0', 'session 1', 'session 2', 'session 1000'].map(remembered)).toEqual([true, false, true, true])
})
