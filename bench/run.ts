/**
 * `npm run bench`: what sessions cost, beside the bare server, a hand-written floor and the session libraries of each
 * framework, in one interleaved run. `-- --quick` for a short, rough run, `-- --only express,redis` for a part. A full
 * run writes results/latest.json and all that is made from it.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, type } from 'node:os'
import { run } from '../scripts/run.ts'
import { choiceOf } from './choice.ts'
import { frameworks, nameOf } from './contestants.ts'
import { startEngines } from './engines.ts'
import { measureGroup } from './group.ts'
import { lived, measureLives } from './life.ts'
import { installPeers, versionOf } from './peers.ts'
import { canPin, LOAD_CORE, pin } from './processes.ts'
import { overview } from './report/tables.ts'
import { bareCosts, tableOf } from './results.ts'
import type { Results } from './results.ts'
import { weighSessions } from './weight.ts'

const choice = choiceOf(process.argv.slice(2))
const { effort, contestants } = choice
const began = performance.now()
const load = loadavg()[0]!

installPeers()
const weight = choice.wants('weight') ? await weighSessions(effort.weighed) : undefined
if (choice.wants('lives')) say('lives')
const lives = choice.wants('lives')
  ? await measureLives(
      lived.filter((one) => contestants.includes(one)),
      effort.life,
    )
  : new Map()

// Processes that are started from here on stay away from the core that is measured.
pin(process.pid, LOAD_CORE)
const { engines, stop } = await startEngines(contestants)
const groups = []
try {
  for (const framework of frameworks) {
    const group = contestants.filter((one) => one.framework === framework)
    if (group.length === 0) continue
    say(framework)
    groups.push(await measureGroup(group, engines, effort, choice.wants))
  }
} finally {
  await stop()
}

const objects = new Map(groups.flatMap((group) => [...group.objects]))
const http = new Map(groups.flatMap((group) => [...group.http]))
const results: Results = {
  taken: {
    node: process.version,
    processor: cpus()[0]!.model.trim(),
    cores: cpus().length,
    system: `${type()} ${release()}`,
    pinned: canPin,
    minutes: Number(minutes()),
    load,
    rounds: effort.rounds,
    warmUp: effort.warmUp.objects,
    life: effort.life,
    versions: Object.fromEntries(contestants.map((one) => [nameOf(one), versionOf(one)])),
  },
  bare: { objects: bareCosts(objects), http: bareCosts(http) },
  objects: tableOf(objects),
  http: tableOf(http),
  survivors: Object.fromEntries(groups.flatMap((group) => [...group.survivors])),
  lives: Object.fromEntries(lives),
  weight,
}
const folder = new URL('results/', import.meta.url)
mkdirSync(folder, { recursive: true })
writeFileSync(new URL(choice.file, folder), `${JSON.stringify(results, null, 2)}\n`)
console.log(overview(results))
say(`done; bench/results/${choice.file}`)
if (choice.file === 'latest.json') console.log((await run(['node', 'scripts/docs.ts', '--write'])).output)

function say(what: string): void {
  console.error(`${minutes()} min  ${what}`)
}

function minutes(): string {
  return ((performance.now() - began) / 60_000).toFixed(1)
}
