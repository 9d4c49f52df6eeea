/**
 * The list and the end of all sessions of one principal, by their number.
 *
 * @module
 */
import type { StoredRecord } from '../../src/contracts.ts'
import type { Ground } from './engine.ts'
import type { Extent } from './points.ts'
import { idOf, scoped, sessionsOn } from './records.ts'
import type { Copies } from './records.ts'
import { reading, timed } from './sample.ts'
import type { Reading } from './sample.ts'

export async function principalOf({ store, own, fill }: Ground, copies: Copies, many: number, { times }: Extent): Promise<Reading[]> {
  const sessions = sessionsOn(store)
  // Enough for a p99 where that does not take long.
  const rounds = Math.min(300, times, Math.ceil(3_000 / many))
  const ours = Array.from({ length: rounds }, (_, round) => `many-${many}-${round}`)
  const bare = ours.map((name) => `bare-${name}`)
  await fill(recordsOf(copies, [...ours, ...bare], many))
  const [lists, bareLists, ends, bareEnds]: [number[], number[], number[], number[]] = [[], [], [], []]
  for (let round = 0; round < rounds; round++) {
    const [mine, theirs] = [sessions.of(ours[round]!), scoped(bare[round]!)]
    for (let turn = 0; turn < Math.min(3, rounds); turn++) {
      const [all, bodies] = [await timed(lists, () => mine.list()), await timed(bareLists, () => own.list(theirs))]
      if (all.length !== many || bodies.length !== many) throw new Error('A list is not complete.')
    }
    if ((await timed(ends, () => mine.revokeAll())) !== many) throw new Error('revokeAll did not end all sessions.')
    if ((await mine.list()).length > 0) throw new Error('A session outlived revokeAll.')
    await timed(bareEnds, () => own.revokeAll(theirs))
    if ((await own.list(theirs)).length > 0) throw new Error('A session outlived the own revokeAll.')
  }
  return [reading('list', lists), reading('own list', bareLists), reading('revokeAll', ends), reading('own revokeAll', bareEnds)]
}

function* recordsOf(copies: Copies, principals: readonly string[], many: number): Generator<StoredRecord> {
  for (const principal of principals) for (let i = 0; i < many; i++) yield copies(idOf(`${principal}-${i}`), principal)
}
