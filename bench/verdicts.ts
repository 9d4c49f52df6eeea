/**
 * Compares the targets with what was measured.
 *
 * @module
 */
import { contestants, nameOf } from './contestants.ts'
import type { Cell, Results } from './results.ts'
import type { Scenario } from './scenarios.ts'
import * as targets from './targets.ts'

export interface Verdict {
  readonly what: string
  readonly measured: string
  readonly must: string
  /** Empty if there is none. */
  readonly aim: string
  readonly is: 'aim met' | 'met' | 'not met'
}

/** One for each cell of the targets that was measured. */
export function verdictsOf(results: Results): Verdict[] {
  return [...untouched(results), ...against(results), ...large(results), ...lives(results), ...survivors(results), ...weight(results)]
}

function untouched({ http }: Results): Verdict[] {
  return contestants.filter(targets.isJudged).flatMap((contestant) => {
    const cell = http[nameOf(contestant)]?.untouched
    return cell ? [atLeast(`untouched: ${nameOf(contestant)}, share of the bare server`, cell.share, targets.untouched)] : []
  })
}

function against(results: Results): Verdict[] {
  return targets.against.flatMap(({ ours, other, where, must, aim }) =>
    (Object.keys(must) as Scenario[]).flatMap((scenario) => {
      const ratio = ratioOf(results[where][ours]?.[scenario], results[where][other]?.[scenario])
      if (ratio === undefined) return []
      return [atMost(`${scenario}: ${ours} against ${other}`, ratio, { must: must[scenario]!, aim: aim?.[scenario] })]
    }),
  )
}

function large({ objects }: Results): Verdict[] {
  return contestants.filter(targets.isJudged).flatMap((contestant) => {
    const cells = objects[nameOf(contestant)] ?? {}
    return (Object.entries(targets.large.of) as [Scenario, Scenario][]).flatMap(([scenario, small]) => {
      const ratio = ratioOf(cells[scenario], cells[small])
      return ratio === undefined ? [] : [atMost(`${scenario}: ${nameOf(contestant)}, ratio to the small session`, ratio, targets.large)]
    })
  })
}

function lives(results: Results): Verdict[] {
  return contestants
    .filter(targets.isJudged)
    .flatMap((contestant) =>
      Object.entries(results.lives[nameOf(contestant)] ?? {}).flatMap(([scenario, { cold, resident }]) => [
        atMost(`${scenario}: ${nameOf(contestant)}, visits until warm`, cold, { must: targets.life.cold }, 0),
        atMost(`${scenario}: ${nameOf(contestant)}, megabytes resident in the end`, resident / 1e6, { must: targets.life.resident }, 0),
      ]),
    )
}

function survivors(results: Results): Verdict[] {
  return Object.entries(results.survivors)
    .filter(([name]) => name.includes('sojourn'))
    .map(([name, { keys, increments }]) =>
      atLeast(`50 at once: ${name}, keys and increments kept`, Math.min(keys, increments), { must: targets.survivors }, 0),
    )
}

function weight({ weight: measured }: Results): Verdict[] {
  return measured ? [atMost('heap of a session in memory, ratio to a Map', measured.ours / measured.map, { must: targets.weight })] : []
}

/** What ours adds as a share of what the other one adds. */
export function ratioOf(ours: Cell | undefined, other: Cell | undefined): number | undefined {
  // A cost that is zero within the noise cannot be a divisor.
  return ours && other && ours.added / Math.max(other.added, 0.1)
}

interface Limit {
  readonly must: number
  readonly aim?: number | undefined
}

function atMost(what: string, measured: number, { must, aim }: Limit, digits = 2): Verdict {
  return verdict(what, measured, digits, '≤', must, aim, (limit) => measured <= limit)
}

function atLeast(what: string, measured: number, { must, aim }: Limit, digits = 2): Verdict {
  return verdict(what, measured, digits, '≥', must, aim, (limit) => measured >= limit)
}

function verdict(
  what: string,
  measured: number,
  digits: number,
  sign: string,
  must: number,
  aim: number | undefined,
  meets: (limit: number) => boolean,
): Verdict {
  const aimed = aim !== undefined && meets(aim)
  return {
    what,
    measured: measured.toFixed(digits),
    must: `${sign} ${must}`,
    aim: aim === undefined ? '' : `${sign} ${aim}`,
    is: !meets(must) ? 'not met' : aimed ? 'aim met' : 'met',
  }
}
