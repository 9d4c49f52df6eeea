/**
 * How many of 50 changes at the same time are there afterwards.
 *
 * @module
 */
import type { Rival } from './rival.ts'
import { canCount } from './scenarios.ts'

/** Of 50 requests at once that each set another key, and of 50 that count up. */
export interface Survivors {
  readonly keys: number
  readonly increments: number
}

export async function countSurvivors(rivals: readonly Rival[]): Promise<Map<string, Survivors>> {
  const results = new Map<string, Survivors>()
  for (const rival of rivals.filter(({ contestant }) => canCount(contestant))) {
    const cookie = await rival.follow('/seed')
    await atOnce(rival, cookie, (i) => `/key/k${i}`)
    await atOnce(rival, cookie, () => '/increment')
    const { keys, count } = await rival.told(cookie)
    results.set(rival.name, { keys, increments: count })
  }
  return results
}

async function atOnce(rival: Rival, cookie: string, path: (i: number) => string): Promise<void> {
  await Promise.all(Array.from({ length: 50 }, async (_, i) => void (await (await rival.get(path(i), cookie)).text())))
}
