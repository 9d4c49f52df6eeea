/**
 * How many visits it takes until a new process is warm, and how much memory it has after many.
 *
 * @module
 */
import { contestants, nameOf } from './contestants.ts'
import type { Contestant } from './contestants.ts'
import { Rival } from './rival.ts'
import type { Scenario } from './scenarios.ts'
import { firstWarm } from './statistics.ts'

export interface Life {
  /** Visits until one costs at most 1.3 times what it costs in the long run. */
  readonly cold: number
  /** Resident bytes in the end. */
  readonly resident: number
}

export type Lives = Partial<Record<Scenario, Life>>

/** The contestants that are measured, each in a process of its own for a read and for a write. */
export const lived: readonly Contestant[] = contestants.filter(
  ({ framework, place, library }) =>
    place === 'memory' && library !== 'floor' && !library.startsWith('sojourn with') && ['node', 'express', 'fastify'].includes(framework),
)

const SLICE = 500

/** Runs in process, and may use every core: the compiler and the collector of a server have threads of their own. */
export async function measureLives(chosen: readonly Contestant[], visits: number): Promise<Map<string, Lives>> {
  const results = new Map<string, Lives>()
  for (const contestant of chosen) {
    // The first start only compiles.
    await (await Rival.start(contestant, {})).end()
    results.set(nameOf(contestant), { read: await live(contestant, 'read', visits), write: await live(contestant, 'write', visits) })
  }
  return results
}

async function live(contestant: Contestant, scenario: Scenario, visits: number): Promise<Life> {
  const rival = await Rival.start(contestant, {})
  await rival.prepare(scenario)
  const costs: number[] = []
  while (costs.length * SLICE < visits) costs.push(await rival.visit(scenario, SLICE))
  const { resident } = await rival.usage()
  await rival.end()
  return { cold: firstWarm(costs) * SLICE, resident }
}
