/**
 * `npm run fuzz -- --minutes 5`: every fuzz test again and again, with new seeds each time, until the time is over or
 * one fails. fast-check prints the seed of a failure.
 *
 * @module
 */

import { parseArgs } from 'node:util'
import { run } from './run.ts'

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '5' } } })
const minutes = Number(values.minutes)
if (!(minutes > 0)) throw new Error('--minutes: write a number of minutes, such as 5.')

const end = Date.now() + minutes * 60_000
let rounds = 0
do {
  const { ok, output } = await run(['vitest', 'run', 'test/fuzz', '--typecheck.enabled=false'])
  if (!ok) console.error(output)
  process.exitCode = ok ? 0 : 1
  rounds++
} while (process.exitCode === 0 && Date.now() < end)
console.log(`${rounds} rounds, ${process.exitCode === 0 ? 'nothing found' : 'the last one failed'}`)
