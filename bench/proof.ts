/**
 * Checks that a contestant does what is measured: a change is there at the next request, and a first visit leaves a
 * session.
 *
 * @module
 */
import type { Rival } from './rival.ts'
import { overHttp } from './scenarios.ts'

export async function prove(rival: Rival): Promise<void> {
  if (rival.contestant.library === 'bare' || !overHttp(rival.contestant).includes('write')) return
  const seeded = await rival.follow('/seed')
  const before = (await rival.told(seeded)).visits
  const after = (await rival.told(await rival.follow('/write', seeded))).visits
  const first = (await rival.told(await rival.follow('/new'))).visits
  if (before !== 41) throw new Error(`${rival.name} does not keep what a session is filled with.`)
  if (typeof after !== 'number' || after === before) throw new Error(`${rival.name} does not keep a change.`)
  if (typeof first !== 'number') throw new Error(`${rival.name} does not keep what a first visit stores.`)
}
