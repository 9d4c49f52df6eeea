/**
 * `npm run build`: one `.js` and one `.d.ts` in dist/ for each source. With `--if-missing` it leaves a dist/ that is
 * there alone, because a running process may be loading it.
 *
 * @module
 */

import { existsSync, rmSync } from 'node:fs'
import { type Outcome, root, run } from './run.ts'

export function build(): Promise<Outcome> {
  rmSync(`${root}dist`, { recursive: true, force: true })
  return run(['tsc', '-p', 'tsconfig.build.json'])
}

if (import.meta.main && !(process.argv.includes('--if-missing') && existsSync(`${root}dist`))) {
  const { ok, output } = await build()
  console.log(ok ? 'dist/ built' : `build failed\n${output}`)
  process.exitCode = ok ? 0 : 1
}
