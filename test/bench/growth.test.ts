import { expect, test } from 'vitest'
import { grounds } from '../../bench/growth/ground.ts'
import { measureGround } from '../../bench/growth/measure.ts'
import type { Growth, Point } from '../../bench/growth/points.ts'
import { growthCharts, growthTable } from '../../bench/report/growth.ts'

const small = { max: 10_000, seconds: 600, patience: 20, times: 20, ofOne: 10 }

test.each(['memory', 'SQLite'])('every step is measured at every size on a real store: %s', async (name) => {
  const ground = await grounds[name]!()
  let points: Point[]
  try {
    points = await measureGround(ground, small)
  } finally {
    await ground.close()
  }
  const steps = (series: string, size: number): string[] =>
    points.filter((point) => point.series === series && point.size === size).map(({ step }) => step)
  for (const size of [1_000, 10_000]) {
    expect(steps('sessions', size)).toEqual([
      'read',
      'own read',
      'write',
      'own write',
      'sign-in',
      'list',
      'sweep of 1,000',
      'read while sweeping',
    ])
  }
  for (const bytes of [100, 1_024, 4_096, 16_384, 65_536]) expect(steps('bytes', bytes)).toEqual(['read', 'own read', 'write', 'own write'])
  for (const many of [1, 10]) expect(steps('of one principal', many)).toEqual(['list', 'revokeAll'])
  for (const writers of [1, 2, 4, 8, 16, 32, 64]) expect(steps('writers', writers)).toEqual(['increment', 'own write'])
  expect(points.filter(({ p50, p99 }) => !(p50 >= 0 && p99 >= p50))).toEqual([])
})

test('a store that loses an increment ends the run', async () => {
  const ground = await grounds['memory']!()
  let writes = 0
  const { store } = ground
  const update: typeof store.update = (record, call) => (++writes % 50 === 0 ? 'updated' : store.update(record, call))
  const lossy = new Proxy(store, {
    get(target, name) {
      const value: unknown = name === 'update' ? update : Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  await expect(measureGround({ ...ground, store: lossy }, { ...small, max: 1_000 })).rejects.toThrow(/increments|not made/)
  await ground.close()
})

test('a curve has a point for each size, higher where it costs more, and the table its ends', () => {
  const point = (size: number, step: string, p50: number): Point => ({
    series: 'sessions',
    engine: 'Redis',
    size,
    step,
    p50,
    p99: p50 * 10,
  })
  const growth: Growth = {
    taken: { command: 'npm run bench:growth', node: 'v24.0.0', processor: 'A processor', cores: 2, load: 0, seconds: 1 },
    points: [point(1_000, 'read', 10), point(10_000, 'read', 100), point(1_000, 'own read', 10), point(10_000, 'own read', 10)],
  }
  const chart = growthCharts(growth).get('growth-sessions.svg')!
  const curves = [...chart.matchAll(/points="([^"]+)"/g)].map(([, places]) =>
    places!.split(' ').map((place) => place.split(',').map(Number)),
  )
  expect(curves.map((curve) => curve.length)).toEqual([2, 2, 2])
  const [read, , own] = curves
  expect(read![1]![1]).toBeLessThan(read![0]![1]!)
  expect(own![1]![1]).toBe(own![0]![1])
  expect(read![1]![0]).toBeGreaterThan(read![0]![0]!)
  expect(growthTable(growth)).toContain('| read | sessions in the store | Redis | 1,000 | 10 / 100 | 10,000 | 100 / 1,000 | 10 / 100 |')
})
