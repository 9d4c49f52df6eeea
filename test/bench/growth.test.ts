import { expect, test } from 'vitest'
import type { Engine } from '../../bench/growth/engine.ts'
import { engineOf } from '../../bench/growth/engines.ts'
import { measure } from '../../bench/growth/measure.ts'
import type { Growth, Point } from '../../bench/growth/points.ts'
import { Crowd } from '../../bench/growth/crowd.ts'
import { copiesOf, sessionsOn } from '../../bench/growth/records.ts'
import { growthCharts } from '../../bench/report/growth-charts.ts'
import { costTable, growthPart, growthTable } from '../../bench/report/growth.ts'
import { memoryStore } from '../../src/index.ts'
import { at, NOW } from '../../src/testing/store-contract/rule.ts'

const small = { max: 10_000, times: 20, patience: 20, ofOne: 10, sweeping: 60_000 }

test.each(['memory', 'SQLite'])('every step is measured at every size, and beside it the own one of the engine: %s', async (name) => {
  const { points, weights, note } = await measure(name, engineOf(name), small, () => {})
  const steps = (series: string, size: number): string[] =>
    points.filter((point) => point.series === series && point.size === size).map(({ step }) => step)
  for (const size of [1_000, 10_000]) {
    expect(steps('sessions', size)).toEqual([
      ...['read', 'write', 'sign-in', 'list'].flatMap((step) => [step, `own ${step}`]),
      'sweep of 1,000',
      'own sweep of 1,000',
      'read while sweeping',
    ])
  }
  for (const bytes of [100, 1_024, 4_096, 16_384, 65_536]) {
    expect(steps('bytes', bytes)).toEqual(['read', 'own read', 'write', 'own write', 'visit that reads', 'visit that writes'])
  }
  for (const many of [1, 10]) expect(steps('of one principal', many)).toEqual(['list', 'own list', 'revokeAll', 'own revokeAll'])
  const three = name === 'memory' ? [] : ['increment, three processes', 'own increment, three processes']
  for (const writers of [1, 2, 4, 8, 16, 32, 64]) expect(steps('writers', writers)).toEqual(['increment', 'own increment', ...three])
  expect(points.filter(({ p50, p99, times }) => !(p50 >= 0 && p99 >= p50 && times > 0))).toEqual([])
  expect(weights.map(({ size }) => size)).toEqual([1_000, 10_000])
  for (const { bytes } of weights) expect(bytes).toBeGreaterThan(500)
  expect(note).toBeUndefined()
})

test('an engine without room for the next size ends before it, and says so', async () => {
  const { weights, note } = await measure('memory', { ...engineOf('memory'), room: () => 5_000_000 }, small, () => {})
  expect(weights.map(({ size }) => size)).toEqual([1_000])
  expect(note).toMatch(/^10,000 sessions would take 0.0 GB/)
})

test('a store that loses an increment ends the run', async () => {
  const memory = engineOf('memory')
  let writes = 0
  const lossy: Engine = {
    ...memory,
    async join(location) {
      const ground = await memory.join(location)
      const { store } = ground
      const update: typeof store.update = (record, call) => (++writes % 50 === 0 ? 'updated' : store.update(record, call))
      const proxy = new Proxy(store, {
        get(target, name) {
          const value: unknown = name === 'update' ? update : Reflect.get(target, name)
          return typeof value === 'function' ? value.bind(target) : value
        },
      })
      return { ...ground, store: proxy }
    },
  }
  await expect(measure('memory', lossy, { ...small, max: 1_000 }, () => {})).rejects.toThrow(/increments/)
})

test('the library reads, lists and revokes what was made in bulk', async () => {
  const store = memoryStore()
  const crowd = new Crowd(1_000, await copiesOf(500))
  for (const record of crowd) await store.create(record, at(NOW))
  const ids = [...crowd].map(({ id }) => id)
  expect(new Set(ids).size).toBe(2_000)
  expect(ids).toEqual(ids.toSorted())
  expect(await store.scanner.count(at(NOW))).toBe(1_000)
  await crowd.verify(store)
  const sessions = sessionsOn(store)
  expect(await sessions.of(crowd.user(7)).revokeAll()).toBe(2)
  expect(store.load(crowd.id(7), at(NOW))).toBeUndefined()
  await expect(crowd.verify(memoryStore())).rejects.toThrow('not there')
})

test('a curve has a point for each size, higher where it costs more, and the tables have its ends', () => {
  const point = (size: number, step: string, p50: number): Point => ({ series: 'sessions', size, step, p50, p99: p50 * 10, times: 300 })
  const steps = ['write', 'own write', 'sign-in', 'own sign-in', 'list', 'own list'].map((step) => point(10_000, step, 7))
  const taken = {
    command: 'npm run bench:growth',
    day: '2030-01-01',
    node: 'v24.0.0',
    processor: 'A processor',
    cores: 2,
    memory: 8e9,
    seconds: 1,
  }
  const growth: Growth = {
    Redis: {
      taken: { ...taken, load: 0 },
      weights: [{ size: 10_000, bytes: 1_000 }],
      points: [point(1_000, 'read', 10), point(10_000, 'read', 100), point(1_000, 'own read', 10), point(10_000, 'own read', 10), ...steps],
    },
  }
  const chart = growthCharts(growth).get('growth-sessions.svg')!
  const curves = [...chart.matchAll(/points="([^"]+)"/g)].map(([, places]) =>
    places!.split(' ').map((place) => place.split(',').map(Number)),
  )
  const [read, , own] = curves
  expect([read, own].map((curve) => curve!.length)).toEqual([2, 2])
  expect(read![1]![1]).toBeLessThan(read![0]![1]!)
  expect(own![1]![1]).toBe(own![0]![1])
  expect(read![1]![0]).toBeGreaterThan(read![0]![0]!)
  expect(growthTable(growth)).toContain(
    '| read | sessions in the store | Redis | 1,000 | 10 / 100 | 10,000 | 100 / 1,000 | 10 | 10 / 100 | 1.0 |',
  )
  expect(costTable(growth)).toContain('| Redis | 10,000 | 1,000 | 10.0 | 100 (10) | 7.0 (7.0) | 7.0 (7.0) | 7.0 (7.0) | by itself |')
  expect(growthPart(growth)).not.toContain('not final')
  expect(growthPart({ Redis: { ...growth['Redis']!, taken: { ...taken, load: 0.5 } } })).toContain('0.50: **not final**')
})
