/**
 * Measures the sweep of expired records, while reads go on.
 *
 * @module
 */
import { setImmediate as turnOfLoop, setTimeout as pause } from 'node:timers/promises'
import { at, NOW } from '../../src/testing/store-contract/rule.ts'
import type { Crowd } from './crowd.ts'
import type { Ground } from './engine.ts'
import type { Extent } from './points.ts'
import { reading, timed } from './sample.ts'
import type { Reading } from './sample.ts'

const SLICE = 1_000
/** How often the engine's own delete has its turn. */
const OWN = 400
/** How long an engine is watched that removes what has expired by itself: it may leave some for ever. Milliseconds. */
const EXPIRING = 10_000

export interface Swept {
  readonly readings: Reading[]
  /** How long a million would take at this rate; left out where the engine removes them when it likes. */
  readonly seconds?: number
}

/** Sweeps until all is swept, or for as long as the extent allows. */
export async function sweepOf(ground: Ground, crowd: Crowd, extent: Extent): Promise<Swept> {
  return ground.expire ? expiryOf(ground, crowd, extent) : slicesOf(ground, crowd, extent)
}

async function expiryOf(ground: Ground, crowd: Crowd, extent: Extent): Promise<Swept> {
  const expiry = await ground.expire!(crowd.allDead())
  const until = performance.now() + Math.min(EXPIRING, extent.sweeping)
  const reads = await whileServing(ground, crowd, async () => {
    while (performance.now() < until && !(await expiry.isOver())) await pause(10)
  })
  return { readings: [reading('read while sweeping', reads)] }
}

async function slicesOf(ground: Ground, crowd: Crowd, extent: Extent): Promise<Swept> {
  const sweeper = ground.store.sweeper!
  const [sweeps, bare]: [number[], number[]] = [[], []]
  const until = performance.now() + extent.sweeping
  let [swept, spent, bySelf] = [0, 0, 0]
  const reads = await whileServing(ground, crowd, async () => {
    for (let isDone = false; !isDone;) {
      const costs: number[] = []
      const { expired, done } = await timed(costs, () => sweeper.sweep(SLICE, at(NOW)))
      swept += expired.length
      spent += costs[0]!
      isDone = done || performance.now() > until
      // A slice of those that live is only read.
      if (expired.length > 0) sweeps.push(costs[0]!)
      if (expired.length > 0 && bare.length < OWN) {
        bySelf += expired.length
        await timed(bare, () => ground.own.sweep!(expired.length))
      }
      await turnOfLoop()
    }
  })
  if (swept === 0) throw new Error('The sweep found nothing.')
  if (performance.now() < until && swept + bySelf < crowd.dead) throw new Error(`The sweep left some of ${crowd.dead} behind.`)
  return {
    readings: [reading('sweep of 1,000', sweeps), reading('own sweep of 1,000', bare), reading('read while sweeping', reads)],
    seconds: Math.round((spent / swept) * 10) / 10,
  }
}

/** Reads one after the other until the work is done, and returns what each took. */
async function whileServing({ store }: Ground, crowd: Crowd, work: () => Promise<void>): Promise<number[]> {
  const reads: number[] = []
  let isDone = false
  const serve = async (): Promise<void> => {
    do {
      const id = crowd.id(crowd.any())
      await timed(reads, async () => {
        // It waits for its turn as a request does: a slice in this process holds it up, too.
        await turnOfLoop()
        await store.load(id, at(NOW))
      })
    } while (!isDone)
  }
  const serving = serve()
  try {
    await work()
  } finally {
    isDone = true
    await serving
  }
  return reads
}
