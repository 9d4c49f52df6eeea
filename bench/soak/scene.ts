/**
 * The server and the load, each in a process of its own.
 *
 * @module
 */
import { setTimeout } from 'node:timers/promises'
import { Child } from '../processes.ts'
import type { LoadOrder, LoadQuestion } from './load.ts'
import type { Report, ServerQuestion } from './server.ts'
import { pathOf } from './settings.ts'
import type { Place } from './settings.ts'
import type { Figures } from './soak.ts'
import { leftBehind } from './verdict.ts'

export interface Scene {
  /** Lets visitors come: so many in each lane, or until it rests. */
  go(visitors?: number): Promise<void>
  report(): Promise<Report>
  /**
   * Waits until all visitors have left, and what they leave has had its time. Returns what is there then.
   *
   * @param before what was there at an earlier rest: more than that gets more time
   */
  rest(before?: Figures): Promise<Figures>
  /** How often each thing happened by the last rest. */
  happened(): Promise<Figures>
  close(): Promise<void>
}

/** By then all deadlines of calls have passed, and the last look at live sessions is over. Milliseconds. */
const AFTERMATH = 3_000
const MAX_TRIES = 4
/** Megabytes. By itself the space for young objects grows for a quarter of an hour, and hides whatever else does. */
const YOUNG = ['--min-semi-space-size=16', '--max-semi-space-size=16']
/** By itself glibc allocates in a place of each thread, and all of those go on growing for hours, in steps. */
const ONE_PLACE = { MALLOC_ARENA_MAX: '1' }

/** @param visiting how many visitors each engine has at a time, and how long they think at most, milliseconds */
export async function openScene(places: readonly Place[], visiting: Pick<LoadOrder, 'lanes' | 'thought'>): Promise<Scene> {
  const server = new Child('./soak/server.ts', places, YOUNG, ONE_PLACE)
  const { port } = await server.hear<{ port: number }>()
  const paths = places.map(({ engine }) => pathOf(engine))
  const load = new Child('./soak/load.ts', { port, paths, ...visiting } satisfies LoadOrder)
  const ask = <T>(question: LoadQuestion): Promise<T> => load.ask<T>(question)
  const report = (isThorough = false): Promise<Report> => server.ask<Report>({ isThorough } satisfies ServerQuestion)
  let counted: Figures = {}
  return {
    go: (visitors) => ask({ kind: 'go', ...(visitors !== undefined && { visitors }) }),
    report: () => report(),
    async rest(before) {
      counted = await ask({ kind: 'rest' })
      while ((await report()).connections > 0) await setTimeout(100)
      for (let tries = 1; ; tries++) {
        await setTimeout(AFTERMATH)
        const { figures } = await report(true)
        if (tries === MAX_TRIES || leftBehind([before ?? figures, figures]).length === 0) return figures
      }
    },
    happened: async () => ({ ...counted, ...(await report()).happened }),
    async close() {
      await load.end()
      await server.end()
    },
  }
}
