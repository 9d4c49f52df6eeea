import { contestants, nameOf, scenarios } from './contestants.ts'
import type { Scenario } from './contestants.ts'
import type { Readings, Survivors } from './http.ts'
import { median } from './inprocess.ts'
import type { Versus } from './inprocess.ts'

export interface Figures {
  readonly readings: ReadonlyMap<string, readonly Readings[]>
  readonly survivors: ReadonlyMap<string, Survivors>
  readonly inProcess: Versus
  readonly weight: { readonly ours: number; readonly map: number }
}

interface Row {
  readonly name: string
  readonly scenarios: Readonly<Record<Scenario, { readonly added: number; readonly ratio: number }>>
  readonly survivors: Survivors | undefined
}

interface Target {
  readonly what: string
  readonly target: string
  readonly measured: string
  readonly met: boolean
}

const names = Object.keys(scenarios) as Scenario[]

export function report(figures: Figures): { table: string; json: object } {
  const rows = contestants.map((contestant): Row => {
    const name = nameOf(contestant)
    const bare = figures.readings.get(nameOf({ framework: contestant.framework, session: 'bare', store: 'none' }))!
    const own = figures.readings.get(name)!
    const scenario = (key: Scenario): { added: number; ratio: number } => ({
      added: median(own.map((round, i) => round[key].cpu - bare[i]![key].cpu)),
      ratio: median(own.map((round, i) => round[key].rate / bare[i]![key].rate)),
    })
    return {
      name,
      scenarios: Object.fromEntries(names.map((key) => [key, scenario(key)])) as Row['scenarios'],
      survivors: figures.survivors.get(name),
    }
  })
  const targets = targetsOf(rows, figures)
  const bare = Object.fromEntries(
    contestants
      .filter((one) => one.session === 'bare')
      .map((one) => [one.framework, median(figures.readings.get(nameOf(one))!.map((round) => round.S3.cpu))]),
  )
  const { inProcess, weight } = figures
  return { table: markdown(rows, targets, bare), json: { node: process.version, bare, rows, inProcess, weight, targets } }
}

function targetsOf(rows: readonly Row[], { inProcess, weight, survivors }: Figures): Target[] {
  const row = (name: string): Row['scenarios'] => rows.find((one) => one.name === name)!.scenarios
  const below = (what: string, measured: number, limit: number, unit = ''): Target => ({
    what,
    target: `≤ ${limit}${unit}`,
    measured: `${measured.toFixed(2)}${unit}`,
    met: measured <= limit,
  })
  const least = (what: string, measured: number, limit: number): Target => ({
    what,
    target: `≥ ${limit}`,
    measured: measured.toFixed(2),
    met: measured >= limit,
  })
  const oursToPeer = (key: Scenario, store: string): number =>
    row(`express sojourn ${store}`)[key].added / row(`express express-session ${store}`)[key].added
  return [
    ...rows
      .filter(({ name }) => name.includes('sojourn'))
      .map(({ name, scenarios: measured }) => least(`S3 untouched, ${name}: ratio to the bare server`, measured.S3.ratio, 0.95)),
    below('S1 in process, ratio to the floor', inProcess.ours.read / inProcess.floor.read, 2),
    below('S2 in process, ratio to the floor', inProcess.ours.write / inProcess.floor.write, 2),
    below("S1, Express and memory: added CPU, of express-session's", oursToPeer('S1', 'memory'), 0.25),
    below("S1, Express and SQLite: added CPU, of express-session's", oursToPeer('S1', 'sqlite'), 0.25),
    below('heap per session in memory, ratio to a Map', weight.ours / weight.map, 1.25),
    ...[...survivors]
      .filter(([name]) => name.includes('sojourn'))
      .map(([name, { keys, increments }]) => least(`50 keys and 50 increments at once, ${name}`, Math.min(keys, increments), 50)),
  ]
}

function markdown(rows: readonly Row[], targets: readonly Target[], bare: Readonly<Record<string, number>>): string {
  const cell = ({ added, ratio }: { added: number; ratio: number }): string => `${added.toFixed(0)} µs (${ratio.toFixed(2)})`
  return [
    `Added CPU per request (throughput as a ratio to the bare server). The bare servers take ${Object.entries(bare)
      .map(([framework, cpu]) => `${cpu.toFixed(0)} µs (${framework})`)
      .join(' and ')}.`,
    '',
    '| | S1 read | S2 write | S3 untouched | S4 new | 50 keys | 50 increments |',
    '|---|---|---|---|---|---|---|',
    ...rows
      .filter(({ name }) => !name.endsWith('bare'))
      .map(
        ({ name, scenarios: measured, survivors }) =>
          `| ${name} | ${names.map((key) => cell(measured[key])).join(' | ')} | ${survivors?.keys ?? '–'} | ${survivors?.increments ?? '–'} |`,
      ),
    '',
    '| target | wanted | measured | |',
    '|---|---|---|---|',
    ...targets.map(({ what, target, measured, met }) => `| ${what} | ${target} | ${measured} | ${met ? 'met' : 'not met'} |`),
  ].join('\n')
}
