import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engines } from '../../bench/soak/engines.ts'
import type { SoakEngine } from '../../bench/soak/engines.ts'
import { openScene } from '../../bench/soak/scene.ts'
import type { Scene } from '../../bench/soak/scene.ts'
import { engineNames } from '../../bench/soak/settings.ts'
import type { Place } from '../../bench/soak/settings.ts'
import { missing } from '../../bench/soak/attendance.ts'
import type { Figures, Soak } from '../../bench/soak/soak.ts'
import { trendOf } from '../../bench/soak/trend.ts'
import { growing, leftBehind } from '../../bench/soak/verdict.ts'
import { soakChart, soakPart } from '../../bench/report/soak.ts'
import { sharedStores } from '../_support/stores.ts'

const LANES = 10
const present = sharedStores.filter(({ missing: absent }) => absent === undefined).map(({ name }) => name)
const names = engineNames.filter((name) => name === 'memory' || present.includes(name))

describe('visitors that came, signed in, broke off and vanished leave nothing in the server', () => {
  const started: SoakEngine[] = []
  let scene: Scene
  let before: Figures
  let after: Figures

  beforeAll(async () => {
    const places: Place[] = [{ engine: 'memory', location: '' }]
    for (const engine of names) {
      if (engine === 'memory') continue
      const made = await engines[engine]()
      started.push(made)
      places.push({ engine, location: made.location })
    }
    scene = await openScene(places, { lanes: LANES, thought: 40 })
    // What is made once is made by the first of them.
    await scene.go(2)
    before = await scene.rest()
    await scene.go(2)
    after = await scene.rest(before)
  })

  afterAll(async () => {
    await scene.close()
    for (const engine of started) await engine.stop()
  })

  test('no request, handle, watched connection, signal, listener, timer and socket', () => {
    expect(leftBehind([before, after])).toEqual([])
    expect(after).toMatchObject({
      requests: 0,
      responses: 0,
      'handles of sessions': 0,
      'watched connections': 0,
      'their signals': 0,
      'listeners of events': 0,
    })
  })

  test('although they did all of it', async () => {
    const happened = await scene.happened()
    expect(happened['visitors']).toBe(names.length * LANES * 4)
    // Those take longer, or an engine that is stopped.
    const later = ['deadlines extended', 'rotated routinely', 'expired and swept', 'evicted', 'calls timed out', 'calls failed']
    expect(missing(happened, names).filter((what) => !later.includes(what))).toEqual([])
  })
})

/** Seven minutes of values every ten seconds, with noise that is the same each time. */
function values(of: (i: number) => number): number[] {
  return Array.from({ length: 42 }, (_, i) => of(i) + ((i * 7_919) % 13) / 13)
}

test.each([
  ['a level with noise', () => 30, false],
  ['one that swings', (i: number) => 30 + 3 * Math.sin(i / 3), false],
  ['a cache that fills up and is emptied', (i: number) => 30 + (i % 15) / 3, false],
  ['one step', (i: number) => (i < 20 ? 30 : 33), false],
  ['a spike at the end', (i: number) => (i > 39 ? 90 : 30), false],
  ['a fall', (i: number) => 60 - i, false],
  ['a slow leak', (i: number) => 30 + i * 0.1, true],
  ['a slow leak in a figure that swings', (i: number) => 30 + i * 0.2 + Math.sin(i), true],
  ['one listener more each minute', (i: number) => Math.floor(i / 6), true],
] as const)('%s', (_what, of, grows) => {
  expect(trendOf(values(of), 10).grows).toBe(grows)
})

test('the slope is that of an hour', () => {
  const { start, end, perHour } = trendOf(
    Array.from({ length: 42 }, (_, i) => 100 + i),
    10,
  )
  expect([start, end, perHour]).toEqual([102.5, 138.5, 360])
})

test('the page says what grows and what was left behind', () => {
  const at = (minute: number, heap: number): Soak['samples'][number] => ({
    at: minute * 60,
    figures: { 'heap, MB': heap, 'outside the heap, MB': 4, 'resident, MB': 100, sockets: 50 },
  })
  const soak: Soak = {
    taken: { command: 'npm run bench:soak', node: 'v24.0.0', processor: 'A processor', cores: 2, load: [0, 1], seconds: 600 },
    engines: ['memory'],
    happened: { visitors: 12_345 },
    warmUp: 60,
    samples: Array.from({ length: 8 }, (_, minute) => at(minute, 30 + minute)),
    atRest: [
      { 'heap, MB': 25, sockets: 1 },
      { 'heap, MB': 26, sockets: 2 },
    ],
  }
  expect(growing(soak)).toEqual(['heap, MB', 'sockets, at rest'])
  const page = soakPart(soak)
  expect(page).toContain('| heap, MB | 31 | 37 | +60 | 0 | 25 | 26 | **grows** |')
  expect(page).toContain('| sockets | 50 | 50 | 0 | 0 | 1 | 2 | **left behind** |')
  expect(page).toContain('| visitors | 12,345 |')
  const [, heap] = [...soakChart(soak).matchAll(/points="([^"]+)"/g)].map(([, places]) =>
    places!.split(' ').map((place) => Number(place.split(',')[1])),
  )
  expect(heap).toHaveLength(8)
  expect(heap!.every((y, i) => i === 0 || y < heap![i - 1]!)).toBe(true)
})
