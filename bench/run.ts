/**
 * `npm run bench`: what sessions cost, beside the bare server and its framework's own session libraries, in one interleaved run.
 * `-- --quick` for a glance.
 *
 * @module
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { countSurvivors, measureHttp } from './http.ts'
import { measureInProcess, weighSessions } from './inprocess.ts'
import { report } from './report.ts'

const quick = process.argv.includes('--quick')
const here = fileURLToPath(new URL('.', import.meta.url))

if (!existsSync(`${here}peers/node_modules/koa-session`)) {
  console.error('Installing the peers …')
  const { status } = spawnSync('npm', ['install', '--no-package-lock', '--no-audit', '--no-fund'], {
    cwd: `${here}peers`,
    stdio: 'inherit',
  })
  if (status !== 0) throw new Error('The peers could not be installed.')
}

const inProcess = await measureInProcess(quick ? 3 : 9, quick ? 20_000 : 100_000)
const weight = await weighSessions(quick ? 20_000 : 100_000)
const survivors = await countSurvivors()
const readings = await measureHttp(quick ? { rounds: 1, milliseconds: 800 } : { rounds: 3, milliseconds: 2_000 })

const { table, json } = report({ readings, survivors, inProcess, weight })
console.log(table)
mkdirSync(`${here}results`, { recursive: true })
writeFileSync(`${here}results/${quick ? 'quick.local' : 'latest'}.json`, `${JSON.stringify(json, null, 2)}\n`)
