/**
 * `npm run bench:growth`: how the cost of each step grows with the number of sessions, with their bytes, with the
 * sessions of one principal and with the writers of one session, on real engines. `-- --only Redis,SQLite` measures
 * these again and keeps what results/growth.json has of the others. `-- --max 1000000` for fewer sessions. `-- --quick`
 * prints a rough result and keeps nothing. From the results come the curves and tables of docs/guide/scale.md.
 *
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, freemem, totalmem } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { run } from '../../scripts/run.ts'
import { Child } from '../processes.ts'
import { growthTable } from '../report/growth.ts'
import { engineOf, engines } from './engines.ts'
import type { Measured } from './measure.ts'
import type { Extent, Growth, OfEngine } from './points.ts'

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, max: { type: 'string' }, only: { type: 'string' } } })
const full: Extent = { max: 10_000_000, times: 1_000, patience: 6_000, ofOne: 100_000, sweeping: 60_000 }
const quick: Extent = { max: 100_000, times: 300, patience: 500, ofOne: 1_000, sweeping: 10_000 }
const chosen = values.quick ? quick : full
const extent: Extent = { ...chosen, max: values.max === undefined ? chosen.max : Number(values.max) }
if (!(extent.max >= 1_000)) throw new Error('--max takes a number of sessions, 1000 or more.')
const names = values.only?.split(',') ?? Object.keys(engines)
for (const name of names) engineOf(name)

const file = new URL('../results/growth.json', import.meta.url)
let growth = (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}) as Growth
const made: Record<string, OfEngine> = {}
for (const name of names) {
  try {
    made[name] = await measured(name)
  } catch (error) {
    // The other engines go on; for this one the older figures stay.
    console.error(`${name}: ${String(error)}`)
    process.exitCode = 1
    continue
  }
  if (values.quick) continue
  // After each engine, so that a run that is ended loses nothing.
  const all: Growth = { ...growth, ...made }
  growth = Object.fromEntries(Object.keys(engines).flatMap((one) => (all[one] ? [[one, all[one]]] : [])))
  writeFileSync(file, `${JSON.stringify(growth)}\n`)
}
console.log(growthTable(made))
if (!values.quick) console.log((await run(['node', 'scripts/docs.ts', '--write'])).output)

/**
 * How many cores are busy while this run does nothing: the load of the last minute would still be that of its last
 * engine.
 */
async function otherWork(): Promise<number> {
  const before = cpus()
  await pause(5_000)
  const shares = cpus().map(({ times }, core) => {
    const old = before[core]!.times
    const passed = (Object.keys(times) as (keyof typeof times)[]).map((kind) => [kind, times[kind] - old[kind]] as const)
    const all = passed.reduce((sum, [, spent]) => sum + spent, 0)
    return all === 0 ? 0 : 1 - Object.fromEntries(passed)['idle']! / all
  })
  return shares.reduce((sum, share) => sum + share, 0)
}

async function measured(name: string): Promise<OfEngine> {
  const load = await otherWork()
  const began = performance.now()
  // Most of the free memory: what is not used costs nothing.
  const heap = Math.floor((freemem() * 0.8) / 2 ** 20)
  const child = new Child('growth/one.ts', { name, extent }, [`--max-old-space-size=${heap}`])
  const { note, ...rest } = await child.hear<Measured>()
  await child.end()
  const taken = {
    command: ['npm run bench:growth', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' '),
    day: new Date().toISOString().slice(0, 10),
    node: process.version,
    processor: cpus()[0]!.model.trim(),
    cores: cpus().length,
    memory: totalmem(),
    load: Math.round(load * 100) / 100,
    seconds: Math.round((performance.now() - began) / 1_000),
    ...(note !== undefined && { note }),
  }
  return { taken, ...rest }
}
