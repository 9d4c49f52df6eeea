import type { Cell, Results } from '../../bench/results.ts'

/** Results of a run in which each contestant added what is given, in every scenario and place. */
export function resultsOf(added: Readonly<Record<string, number>>): Results {
  const cell = (value: number): Cell => ({ added: value, least: value, share: 10 / (10 + value) })
  const table = Object.fromEntries(
    Object.entries(added).map(([name, value]) => [
      name,
      { read: cell(value), write: cell(value), untouched: cell(0), new: cell(value), 'read of 2 KB': cell(value * 2) },
    ]),
  )
  return {
    taken: {
      node: 'v24.0.0',
      processor: 'A processor',
      cores: 2,
      system: 'Linux 6',
      pinned: true,
      minutes: 9,
      load: 0.1,
      rounds: { objects: 21, http: 15 },
      warmUp: 20_000,
      life: 200_000,
      versions: { 'express express-session memory': 'express-session 1.19.0' },
    },
    bare: { objects: { express: 5 }, http: { express: 10 } },
    objects: table,
    http: table,
    survivors: { 'express sojourn memory': { keys: 50, increments: 50 }, 'express express-session memory': { keys: 2, increments: 1 } },
    lives: { 'express sojourn memory': { read: { cold: 12_500, resident: 99e6 } } },
    weight: { ours: 500, map: 400 },
  }
}
