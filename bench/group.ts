/**
 * All contestants on one framework, started together and measured in turn.
 *
 * @module
 */
import type { Contestant } from './contestants.ts'
import type { Effort } from './effort.ts'
import type { Engines } from './places.ts'
import { Child, LOAD_CORE } from './processes.ts'
import { prove } from './proof.ts'
import { Rival } from './rival.ts'
import { measure, warmUpHttp, warmUpObjects } from './rounds.ts'
import type { AllReadings } from './rounds.ts'
import { countSurvivors } from './survivors.ts'
import type { Survivors } from './survivors.ts'
import { isJudged } from './targets.ts'

/**
 * Of ours in memory and of the bare servers, over HTTP: a process may cost a tenth more than the next one of the same
 * program, which is more than a session that nobody uses.
 */
const PROCESSES = 3

export type Part = 'objects' | 'http' | 'survivors'

export interface GroupResults {
  readonly objects: AllReadings
  readonly http: AllReadings
  readonly survivors: ReadonlyMap<string, Survivors>
}

export async function measureGroup(
  contestants: readonly Contestant[],
  engines: Engines,
  effort: Effort,
  wants: (part: Part) => boolean,
): Promise<GroupResults> {
  const rivals: Rival[] = []
  const load = new Child('load.ts')
  load.pin(LOAD_CORE)
  try {
    for (const contestant of contestants) rivals.push(await Rival.start(contestant, engines))
    for (const rival of rivals) await prove(rival)
    const first = [...rivals]
    for (const contestant of wants('http') ? contestants.filter(isRepeated) : []) {
      for (let i = 1; i < PROCESSES; i++) rivals.push(await Rival.start(contestant, engines))
    }
    const survivors = wants('survivors') ? await countSurvivors(first) : new Map<string, Survivors>()
    let objects: AllReadings = new Map()
    let http: AllReadings = new Map()
    if (wants('objects') || wants('http')) {
      const tracks = await warmUpObjects(rivals, effort)
      if (wants('objects')) objects = await measure(new Map(first.map((rival) => [rival, tracks.get(rival)!])), effort.rounds.objects)
      if (wants('http')) http = await measure(await warmUpHttp(rivals, load, effort), effort.rounds.http)
    }
    return { objects, http, survivors }
  } finally {
    await Promise.all([load.end(), ...rivals.map((rival) => rival.end())])
  }
}

function isRepeated(contestant: Contestant): boolean {
  return contestant.library === 'bare' || isJudged(contestant)
}
