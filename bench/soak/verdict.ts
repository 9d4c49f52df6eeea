/**
 * What a soak has shown.
 *
 * @module
 */
import type { Soak } from './soak.ts'
import { trendOf } from './trend.ts'
import type { Trend } from './trend.ts'

/** Memory is never twice the same; all else that is counted at rest is. */
const MEMORY = / MB$/
/** What a driver keeps for itself once it has done something for the first time. */
const SPARE: Readonly<Record<string, number>> = { 'promises in the heap': 10 }

/** The trend of each figure under load, after the warm-up. */
export function trendsOf({ samples, warmUp }: Pick<Soak, 'samples' | 'warmUp'>): Map<string, Trend> {
  const counted = samples.filter(({ at }) => at >= warmUp)
  const seconds = (counted.at(-1)!.at - counted[0]!.at) / (counted.length - 1)
  const names = Object.keys(counted.at(-1)!.figures)
  return new Map(
    names.map((name) => [
      name,
      trendOf(
        counted.map(({ figures }) => figures[name] ?? 0),
        seconds,
      ),
    ]),
  )
}

/** The things that are there at rest and were not there at the rest before. */
export function leftBehind([before, after]: Soak['atRest']): string[] {
  return Object.keys(after).filter((name) => !MEMORY.test(name) && after[name]! > (before[name] ?? 0) + (SPARE[name] ?? 0))
}

/** Lists what grows under load, and what is left behind at rest. */
export function growing(soak: Pick<Soak, 'samples' | 'warmUp' | 'atRest'>): string[] {
  const rising = [...trendsOf(soak)].filter(([, { grows }]) => grows).map(([name]) => name)
  return [...rising, ...leftBehind(soak.atRest).map((name) => `${name}, at rest`)]
}
