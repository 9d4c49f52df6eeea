/**
 * `npm run check`: builds, then asks everything that judges the code without running it. One line each, and what the
 * failed ones said.
 *
 * @module
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from './build.ts'
import { type Outcome, run } from './run.ts'

type Step = readonly [name: string, run: () => Promise<Outcome>]

const folder = mkdtempSync(join(tmpdir(), 'sojourn-'))
const tarball = join(folder, 'package.tgz')
const command = (...words: string[]): (() => Promise<Outcome>) => {
  return () => run(words)
}

// One after the other: what follows reads dist/ and the package as it would be published.
const first: Step[] = [
  ['build', build],
  ['pack', command('sh', '-c', `npm pack --silent --ignore-scripts --pack-destination ${folder} && mv ${folder}/*.tgz ${tarball}`)],
]
const rest: Step[] = [
  ['types', command('tsc', '-p', 'tsconfig.json')],
  ['lint', command('oxlint')],
  ['format', command('oxfmt', '--check')],
  ['docs', command('node', 'scripts/docs.ts')],
  ['budgets', command('node', 'scripts/budgets.ts')],
  ['layers', command('vitest', 'run', 'test/architecture')],
  ['publint', command('publint', 'run', tarball, '--strict')],
  ['attw', command('attw', tarball, '--profile', 'esm-only')],
  ['knip', command('knip', '--treat-config-hints-as-errors')],
]

const failed: string[] = []
for (const step of first) await take(step)
await Promise.all([drain(), drain()])
rmSync(folder, { recursive: true })
for (const text of failed) console.log(text)
process.exitCode = failed.length === 0 ? 0 : 1

async function drain(): Promise<void> {
  for (let step = rest.shift(); step; step = rest.shift()) await take(step)
}

async function take([name, work]: Step): Promise<void> {
  const { ok, output } = await work()
  console.log(`${ok ? 'ok    ' : 'failed'}  ${name}`)
  if (!ok) failed.push(`\n--- ${name}\n${output.trim()}`)
}
