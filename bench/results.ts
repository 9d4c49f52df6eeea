/**
 * What a run leaves in results/latest.json, from which the tables, the page and the chart are made.
 *
 * @module
 */
import { bareOf, contestants, frameworks, nameOf } from './contestants.ts'
import type { Framework } from './contestants.ts'
import type { Lives } from './life.ts'
import type { AllReadings } from './rounds.ts'
import type { Scenario } from './scenarios.ts'
import { median } from './statistics.ts'
import type { Survivors } from './survivors.ts'
import type { Weight } from './weight.ts'

/** One scenario of one contestant. */
export interface Cell {
  /** CPU microseconds for one request, less those of the bare server in the same round; the median of the rounds. */
  readonly added: number
  /** The same of the cheapest slices, which noise disturbs least. */
  readonly least: number
  /** CPU of the bare server as a share of this one's; the median of the rounds. */
  readonly share: number
}

export type Cells = Partial<Record<Scenario, Cell>>
/** By the contestants' names. */
export type Table = Readonly<Record<string, Cells>>

export interface Results {
  readonly taken: Taken
  /** CPU microseconds of the bare servers. */
  readonly bare: { readonly objects: Bare; readonly http: Bare }
  readonly objects: Table
  readonly http: Table
  readonly survivors: Readonly<Record<string, Survivors>>
  readonly lives: Readonly<Record<string, Lives>>
  readonly weight: Weight | undefined
}

type Bare = Partial<Record<Framework, number>>

/** Where, when and how long it was measured. */
export interface Taken {
  readonly node: string
  readonly processor: string
  readonly cores: number
  readonly system: string
  /** Whether server and load each had a core. */
  readonly pinned: boolean
  readonly minutes: number
  /** Other work on the machine when it began: the average load of the last minute. */
  readonly load: number
  /** How many rounds there were. */
  readonly rounds: { readonly objects: number; readonly http: number }
  /**
   * How many visits of each scenario came before anything was measured, and how many visits a process had in its life.
   */
  readonly warmUp: number
  readonly life: number
  /** The packages of each contestant. */
  readonly versions: Readonly<Record<string, string>>
}

/** Contestants that were measured beside their bare server. */
export function tableOf(readings: AllReadings): Table {
  const table: Record<string, Cells> = {}
  for (const contestant of contestants) {
    const own = readings.get(nameOf(contestant))
    const bare = readings.get(bareOf(contestant))
    if (!own || !bare || own === bare) continue
    const cells: Cells = {}
    for (const [scenario, costs] of own) cells[scenario] = cellOf(costs, bare.get(scenario)!)
    table[nameOf(contestant)] = cells
  }
  return table
}

export function bareCosts(readings: AllReadings): Bare {
  const costs: Bare = {}
  for (const framework of frameworks) {
    const untouched = readings.get(bareOf({ framework, library: 'bare', place: 'none' }))?.get('untouched')
    if (untouched) costs[framework] = rounded(median(untouched))
  }
  return costs
}

function cellOf(costs: readonly number[], bare: readonly number[]): Cell {
  return {
    added: rounded(median(costs.map((cost, round) => cost - bare[round]!))),
    least: rounded(Math.min(...costs) - Math.min(...bare)),
    share: rounded(median(costs.map((cost, round) => bare[round]! / cost))),
  }
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000
}
