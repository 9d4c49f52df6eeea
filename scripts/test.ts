/**
 * `npm test`: builds, installs the engines and runtimes that are missing, runs every test. Arguments go on to vitest:
 * `npm test -- test/races`. With `--project fast` nothing is installed. The last line counts: `N passed, N failed`; those before say how many were
 * skipped, and why, if any were.
 *
 * @module
 */

import { parseCLI, startVitest } from 'vitest/node'
import { build } from './build.ts'
import { installEngines } from './engines.ts'
import { root } from './run.ts'
import { installRuntimes } from './runtimes.ts'
import { Tally } from './tally.ts'

const tally = new Tally()
// An exit handler speaks last, whatever vitest still has to say while it ends.
process.on('exit', () => {
  process.exitCode = tally.ok ? 0 : 1
  console.log(String(tally))
})

const { filter, options } = parseCLI(['vitest', 'run', ...process.argv.slice(2)])
const missing = options.project?.toString() === 'fast' ? [] : [...(await installEngines()), ...(await installRuntimes())]
const warning = missing.length > 0 ? `NOT INSTALLED: ${missing.join(', ')}. Tests that need it are skipped.` : ''
if (warning) console.warn(warning)

if (warning && process.env.CI) tally.failed += 1
if (await buildForExamples()) await runVitest()

if (warning) console.warn(warning)

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
