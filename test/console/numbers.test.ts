import { describe, expect, test } from 'vitest'
import { Journal } from '../../src/console/counts/journal.ts'
import type { Entry } from '../../src/console/counts/journal.ts'
import { MINUTE, Numbers, minuteOf, sum } from '../../src/console/counts/numbers.ts'

describe('the numbers of the last hour', () => {
  test('are summed up by the minute', () => {
    const numbers = new Numbers()
    const now = 100 * MINUTE + 30_000
    for (const at of [now, now, now - MINUTE]) numbers.add(minuteOf(at), { counts: { created: 1 }, slowest: 0 })
    const hour = numbers.lastHour(now)
    expect(hour).toHaveLength(60)
    expect(hour.slice(-3).map(({ counts }) => counts.created)).toEqual([undefined, 1, 2])
    expect(sum(hour, 'created')).toBe(3)
  })

  test('forget what is older than an hour', () => {
    const numbers = new Numbers()
    numbers.add(0, { counts: { created: 5 }, slowest: 0 })
    expect(sum(numbers.lastHour(59 * MINUTE), 'created')).toBe(5)
    expect(sum(numbers.lastHour(60 * MINUTE), 'created')).toBe(0)
    numbers.add(61 * MINUTE, { counts: { created: 1 }, slowest: 0 })
    expect(sum(numbers.lastHour(59 * MINUTE), 'created')).toBe(0)
  })

  test('keep the slowest call of the store', () => {
    const numbers = new Numbers()
    for (const took of [3, 9, 1]) numbers.add(0, { counts: { storeCalls: 1, storeTime: took }, slowest: took })
    expect(numbers.lastHour(0).at(-1)).toEqual({ at: 0, counts: { storeCalls: 3, storeTime: 13 }, slowest: 9 })
  })
})

describe('the journal', () => {
  const failed = (at: number, address: string): Entry => ({ at, kind: 'signInFailed', reason: 'password', address, times: 1 })

  test('makes one entry of what happens again within a minute', () => {
    const journal = new Journal()
    for (const at of [0, 10, 20]) journal.add(failed(at, '203.0.113.1'))
    journal.add(failed(25, '203.0.113.2'))
    journal.add(failed(90_000, '203.0.113.1'))
    expect(journal.signIns.map(({ at, times }) => [at, times])).toEqual([
      [90_000, 1],
      [25, 1],
      [20, 3],
    ])
  })

  test('keeps each act of an operator', () => {
    const journal = new Journal()
    for (const at of [0, 1]) journal.add({ at, kind: 'operated', reason: 'end', operator: 'olga', principal: 'anna', ended: 1, times: 1 })
    expect(journal.alarms).toHaveLength(2)
  })

  test('does not lose an alarm to a flood of refused sign-ins', () => {
    const journal = new Journal()
    journal.add({ at: 0, kind: 'reuse', principal: 'vera', times: 1 })
    for (let i = 0; i < 1_000; i++) journal.add(failed(i, `address ${i}`))
    expect(journal.alarms).toHaveLength(1)
    expect(journal.signIns).toHaveLength(100)
    expect(journal.signIns[0]?.address).toBe('address 999')
  })
})
