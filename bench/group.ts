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
    const survivors = wants('survivors') ? await countSurvivors(rivals) : new Map<string, Survivors>()
    let objects: AllReadings = new Map()
    let http: AllReadings = new Map()
    if (wants('objects') || wants('http')) {
      const tracks = await warmUpObjects(rivals, effort)
      if (wants('objects')) objects = await measure(tracks, effort.rounds.objects)
      if (wants('http')) http = await measure(await warmUpHttp(rivals, load, effort), effort.rounds.http)
    }
    return { objects, http, survivors }
  } finally {
    await Promise.all([load.end(), ...rivals.map((rival) => rival.end())])
  }
}
