/**
 * How steps are timed.
 *
 * @module
 */
import type { Extent, Point } from './points.ts'

/** A step may return the part that counts as a function. */
export type Steps = Readonly<Record<string, (turn: number) => unknown>>
export type Reading = Omit<Point, 'series' | 'size'>

/** Turns that are not counted, and those that are made however long they take. */
const WARM_UP = 10
const LEAST = 30

/** Times all steps in turn, so that a disturbance of the machine disturbs all of them. */
export async function sample(steps: Steps, { patience, times }: Extent): Promise<Reading[]> {
  const readings = Object.entries(steps).map(([step, work]) => ({ step, work, costs: [] as number[] }))
  const until = performance.now() + patience
  for (let turn = 0; turn < WARM_UP + times && (turn < WARM_UP + LEAST || performance.now() < until); turn++) {
    for (const { work, costs } of readings) {
      const start = performance.now()
      const rest = await work(turn)
      if (typeof rest === 'function') await timed(costs, rest as () => unknown)
      else costs.push((performance.now() - start) * 1_000)
      if (turn < WARM_UP) costs.length = 0
    }
  }
  return readings.map(({ step, costs }) => reading(step, costs))
}

export async function timed<T>(costs: number[], work: () => T): Promise<Awaited<T>> {
  const start = performance.now()
  const result = await work()
  costs.push((performance.now() - start) * 1_000)
  return result
}

export function reading(step: string, costs: readonly number[]): Reading {
  const sorted = costs.toSorted((a, b) => a - b)
  const at = (part: number): number => Math.round(sorted[Math.ceil(part * sorted.length) - 1]! * 10) / 10
  return { step, p50: at(0.5), p99: at(0.99), times: costs.length }
}
