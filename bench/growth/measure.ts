/**
 * Measures the four series on one engine.
 *
 * @module
 */
import { bytesOf } from './bytes.ts'
import { Crowd } from './crowd.ts'
import type { Engine, Ground } from './engine.ts'
import type { Extent, OfEngine, Point, Series, Weight } from './points.ts'
import { principalOf } from './principal.ts'
import { copiesOf } from './records.ts'
import type { Reading } from './sample.ts'
import { stepsOf } from './sessions.ts'
import { sweepOf } from './sweep.ts'
import { writersOf } from './writers.ts'

/** How many bytes of the application's data are in one session. */
const BYTES = 500
const FIRST = 1_000

export interface Measured extends Omit<OfEngine, 'taken'> {
  readonly note?: string
}

/** @param say is told how far the run has come */
export async function measure(name: string, engine: Engine, extent: Extent, say: (what: string) => void): Promise<Measured> {
  const points: Point[] = []
  const weights: Weight[] = []
  const copies = await copiesOf(BYTES)
  const add = (series: Series, size: number, readings: readonly Reading[]): void => {
    points.push(...readings.map((one) => ({ series, size, ...one })))
    say(`${series}: ${size.toLocaleString('en')}`)
  }

  let note: string | undefined
  for (let size = FIRST; size <= extent.max && note === undefined; size *= 10) {
    const crowd = new Crowd(size, copies)
    const expected = (weights.at(-1)?.bytes ?? 0) * (size + crowd.dead)
    if (engine.room && expected > engine.room()) {
      note = `${size.toLocaleString('en')} sessions would take ${gigabytes(expected)}, and there is room for ${gigabytes(engine.room())}`
    } else {
      await withCrowd(engine, crowd, async (ground, bytes) => {
        say(`filled: ${size.toLocaleString('en')}`)
        const steps = await stepsOf(ground, copies, crowd, extent)
        const swept = await sweepOf(ground, crowd, extent)
        add('sessions', size, [...steps, ...swept.readings])
        weights.push({ size, bytes, ...(swept.seconds !== undefined && { sweepSeconds: swept.seconds }) })
      })
    }
  }

  await withCrowd(engine, new Crowd(FIRST, copies), async (ground, _bytes, location) => {
    for (const bytes of [100, 1_024, 4_096, 16_384, 65_536]) add('bytes', bytes, await bytesOf(ground, bytes, extent))
    for (let many = 1; many <= extent.ofOne; many *= 10) add('of one principal', many, await principalOf(ground, copies, many, extent))
    const place = engine.isShared ? { engine: name, location } : undefined
    for (const [writers, readings] of await writersOf(ground, copies, place, extent)) add('writers', writers, readings)
  })
  return { points, weights, ...(note !== undefined && { note }) }
}

/**
 * Runs each series on a server of its own, so that nothing is left of what was measured before.
 *
 * @param work is told the bytes of one session in the engine, and where the server is
 */
async function withCrowd(
  engine: Engine,
  crowd: Crowd,
  work: (ground: Ground, bytes: number, location: string) => Promise<void>,
): Promise<void> {
  const server = await engine.start()
  try {
    await server.fill?.(crowd)
    const ground = await engine.join(server.location)
    if (!server.fill) await ground.fill(crowd)
    await crowd.verify(ground.store)
    // An engine that expires records itself has no expired ones.
    const kept = crowd.size + (ground.store.sweeper ? crowd.dead : 0)
    await work(ground, Math.round((await ground.weigh()) / kept), server.location)
    await ground.close()
  } finally {
    await server.stop()
  }
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`
}
