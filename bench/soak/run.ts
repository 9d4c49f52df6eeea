/**
 * `npm run bench:soak`: ten minutes of visitors that come, sign in, end and vanish, with engines that are paused and
 * lose their connections, and what memory, handles, timers and listeners do meanwhile. One server process has all
 * engines at once. `-- --only Redis,SQLite` for a part, `-- --minutes 60` for longer. A run of all engines writes
 * results/soak.json, and from that a part of docs/guide/scale.md. It fails if something grows.
 *
 * @module
 */
import { writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { run } from '../../scripts/run.ts'
import { soakTable } from '../report/soak.ts'
import { missing } from './attendance.ts'
import { engines as makers } from './engines.ts'
import type { SoakEngine } from './engines.ts'
import { openScene } from './scene.ts'
import { engineNames, PAUSE } from './settings.ts'
import type { EngineName, Place } from './settings.ts'
import type { Figures, Sample, Soak } from './soak.ts'
import { growing } from './verdict.ts'

const { values } = parseArgs({ options: { only: { type: 'string' }, minutes: { type: 'string', default: '10' } } })
const minutes = Number(values.minutes)
if (!(minutes >= 2)) throw new Error('--minutes takes a number, 2 or more.')
const names = values.only === undefined ? engineNames : values.only.split(',').map(nameOf)

const SECOND = 1_000
/** Seconds from one measurement to the next, and at least from a trouble to the next measurement. */
const EVERY = 10
const CALM = 6
const VISITING = { lanes: 25, thought: 600 }
const duration = minutes * 60
const warmUp = duration * 0.3
const load = loadavg()[0]!

const engines = new Map<EngineName, SoakEngine>()
try {
  for (const name of names) if (name !== 'memory') engines.set(name, await makers[name]())
  const soak = await soakAll()
  console.log(soakTable(soak))
  console.log(soak.happened)
  const absent = missing(soak.happened, names)
  if (absent.length > 0) throw new Error(`This never happened: ${absent.join(', ')}.`)
  if (values.only === undefined) {
    writeFileSync(new URL('../results/soak.json', import.meta.url), `${JSON.stringify(soak)}\n`)
    console.log((await run(['node', 'scripts/docs.ts', '--write'])).output)
  }
  const grown = growing(soak)
  if (grown.length > 0) {
    console.error(`This grows: ${grown.join(', ')}.`)
    process.exitCode = 1
  }
} finally {
  for (const engine of engines.values()) await engine.stop()
}

async function soakAll(): Promise<Soak> {
  const places = names.map((engine): Place => ({ engine, location: engines.get(engine)?.location ?? '' }))
  const scene = await openScene(places, VISITING)
  try {
    const samples: Sample[] = []
    let before: Figures | undefined
    const troubles = troublesOf(engines)
    await scene.go()
    const began = performance.now()
    const elapsed = (): number => (performance.now() - began) / SECOND
    for (let at = elapsed(); at < duration; at = elapsed()) {
      // Early: the search of the heap throws away what the engine of JavaScript has compiled, and it comes back slowly.
      if (before === undefined && at >= warmUp / 3) {
        before = rounded(await scene.rest())
        await scene.go()
      } else await troubles.next().value?.()
      await setTimeout(Math.max(CALM, at + EVERY - elapsed()) * SECOND)
      const { figures } = await scene.report()
      samples.push({ at: Math.round(elapsed()), figures: rounded({ ...figures, ...(await rowsOf()) }) })
      console.error(`${Math.round(elapsed())} s  ${samples.at(-1)!.figures['heap, MB']} MB of heap`)
    }
    const after = rounded(await scene.rest(before))
    return {
      taken: {
        command: ['npm run bench:soak', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' '),
        node: process.version,
        processor: cpus()[0]!.model.trim(),
        cores: cpus().length,
        load: [tenths(load), tenths(loadavg()[0]!)],
        seconds: Math.round(elapsed()),
      },
      engines: names,
      happened: await scene.happened(),
      warmUp,
      samples,
      atRest: [before!, after],
    }
  } finally {
    await scene.close()
  }
}

/** One trouble after the other, again and again. */
function* troublesOf(all: ReadonlyMap<EngineName, SoakEngine>): Generator<() => Promise<unknown>, undefined> {
  const each = [...all.values()]
  if (each.length === 0) return undefined
  for (;;) {
    for (const engine of each) yield () => paused(engine)
    for (const engine of each) if (engine.cut) yield () => engine.cut!()
  }
}

async function paused(engine: SoakEngine): Promise<void> {
  const goOn = await engine.pause()
  await setTimeout(PAUSE)
  await goOn()
}

async function rowsOf(): Promise<Figures> {
  const rows: Record<string, number> = {}
  for (const [name, engine] of engines) rows[`rows of ${name}`] = await engine.rows()
  return rows
}

function rounded(figures: Figures): Figures {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Math.round(value * 100) / 100]))
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10
}

function nameOf(name: string): EngineName {
  const known = engineNames.find((one) => one === name)
  if (!known) throw new Error(`There is no ${name}. There are: ${engineNames.join(', ')}.`)
  return known
}
