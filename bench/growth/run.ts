/**
 * `npm run bench:growth`: how the cost of each step grows with the number of sessions, with their bytes, with the
 * sessions of one principal and with the writers of one session, on real engines. `-- --quick` for a glance, `-- --max
 * 10000000` for more sessions, `-- --only Redis,SQLite` for a part. A run of all engines writes results/growth.json,
 * and from that the curves of docs/guide/scale.md.
 *
 * @module
 */
import { writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { run } from '../../scripts/run.ts'
import { growthTable } from '../report/growth.ts'
import { grounds } from './ground.ts'
import { measureGround } from './measure.ts'
import type { Extent } from './measure.ts'
import type { Growth, Point } from './points.ts'

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, max: { type: 'string' }, only: { type: 'string' } } })
const quick: Extent = { max: 100_000, seconds: 15, patience: 400, times: 200, ofOne: 1_000 }
const full: Extent = { max: 1_000_000, seconds: 600, patience: 10_000, times: 2_000, ofOne: 20_000 }
const chosen = values.quick ? quick : full
const extent: Extent = { ...chosen, max: values.max === undefined ? chosen.max : Number(values.max) }
if (!(extent.max >= 1_000)) throw new Error('--max takes a number of sessions, 1000 or more.')
const names = values.only?.split(',') ?? Object.keys(grounds)

const began = performance.now()
const load = loadavg()[0]!
const points: Point[] = []
for (const name of names) {
  const open = grounds[name]
  if (!open) throw new Error(`There is no ${name}. There are: ${Object.keys(grounds).join(', ')}.`)
  const ground = await open()
  try {
    points.push(...(await measureGround(ground, extent)))
  } finally {
    await ground.close()
  }
  console.error(`${((performance.now() - began) / 1_000).toFixed(0)} s  ${name}`)
}
const growth: Growth = {
  taken: {
    command: ['npm run bench:growth', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' '),
    node: process.version,
    processor: cpus()[0]!.model.trim(),
    cores: cpus().length,
    load: Math.round(load * 10) / 10,
    seconds: Math.round((performance.now() - began) / 1_000),
  },
  points,
}
console.log(growthTable(growth))
if (values.only === undefined) {
  writeFileSync(new URL('../results/growth.json', import.meta.url), `${JSON.stringify(growth)}\n`)
  console.log((await run(['node', 'scripts/docs.ts', '--write'])).output)
}
