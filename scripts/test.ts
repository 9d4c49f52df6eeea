/**
 * `npm test`: builds, installs the engines and runtimes that are missing, runs every test. Arguments go on to vitest:
 * `npm test -- test/races`. With `--project fast` nothing is installed. The last line counts: `N passed, N failed`;
 * those before say how many were skipped, and why, if any were.
 *
 * `TEST_NODE=22 npm test` runs them on Node 22 instead of the one of development; 26 works as well.
 *
 * @module
 */

import { parseCLI, startVitest } from 'vitest/node'
import { build } from './build.ts'
import { installEngines } from './engines.ts'
import { root, run } from './run.ts'
import { installOrms } from './orms.ts'
import { findRuntime, installRuntimes } from './runtimes.ts'
import { Tally } from './tally.ts'

const chosen = process.env['TEST_NODE']
if (chosen && chosen !== process.versions.node.split('.')[0]) process.exit((await testOn(chosen)) ? 0 : 1)

console.log(`Node ${process.versions.node}`)
const tally = new Tally()
// An exit handler speaks last, whatever vitest still has to say while it ends.
process.on('exit', () => {
  process.exitCode = tally.ok ? 0 : 1
  console.log(String(tally))
})

const { filter, options } = parseCLI(['vitest', 'run', ...process.argv.slice(2)])
// All of them would take too long for every day.
if (filter.length === 0) options.project ??= ['fast', 'slow', 'frameworks']
const isFast = options.project?.toString() === 'fast'
// They wait for different servers.
const missing = isFast ? [] : (await Promise.all([installEngines(), installRuntimes(), installOrms()])).flat()
const warning = missing.length > 0 ? `NOT INSTALLED: ${missing.join(', ')}. Tests that need it are skipped.` : ''
if (warning) console.warn(warning)

if (warning && process.env.CI) tally.failed += 1
if (await buildForExamples()) await runVitest()

if (warning) console.warn(warning)

async function testOn(major: string): Promise<boolean> {
  await installRuntimes()
  const program = major === '22' || major === '26' ? findRuntime(`node${major}`) : undefined
  if (program) return (await run([program, 'scripts/test.ts', ...process.argv.slice(2)], { live: true })).ok
  console.error(`TEST_NODE: there is no Node ${major} here. Write 22 or 26.`)
  return false
}

// Examples import 'sojourn' as a user does: through the exports of package.json, from dist/.
async function buildForExamples(): Promise<boolean> {
  const { ok, output } = await build()
  if (!ok) {
    console.error(`build failed\n${output}`)
    tally.failed += 1
  }
  return ok
}

async function runVitest(): Promise<void> {
  process.chdir(root)
  const shown = [options.reporter ?? 'default'].flat()
  try {
    const vitest = await startVitest(filter, { ...options, watch: false, reporters: [...shown, tally] })
    await vitest.close()
  } catch (error) {
    console.error(error)
    tally.failed += 1
  }
}
