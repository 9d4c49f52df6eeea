/**
 * The runtimes that the package is tested on. Those beside the Node of development come from npm too, into a folder of
 * their own: some hundred megabytes that the package itself never needs.
 *
 * @module
 */

import { existsSync } from 'node:fs'
import { root, run } from './run.ts'

export type RuntimeName = 'node22' | 'node24' | 'node26' | 'bun' | 'deno' | 'workerd' | 'jest' | 'tsc5'

const folder = `${root}test/runtimes`

const programs: Readonly<Record<RuntimeName, string>> = {
  node22: `${folder}/node_modules/node22/bin/node`,
  node24: `${root}node_modules/node/bin/node`,
  node26: `${folder}/node_modules/node26/bin/node`,
  bun: `${folder}/node_modules/.bin/bun`,
  deno: `${folder}/node_modules/.bin/deno`,
  workerd: `${folder}/node_modules/.bin/workerd`,
  // No runtimes, but they run or read the package as they like.
  jest: `${folder}/node_modules/jest/bin/jest.js`,
  tsc5: `${folder}/node_modules/typescript5/bin/tsc`,
}

/** The path of a runtime's program, or `undefined` if it is not installed. */
export function findRuntime(name: RuntimeName): string | undefined {
  return existsSync(programs[name]) ? programs[name] : undefined
}

/** Installs what is missing; answers what is missing still, such as one that there is not for this machine. */
export async function installRuntimes(): Promise<RuntimeName[]> {
  if (missingRuntimes().length > 0) {
    console.log(`installing ${missingRuntimes().join(', ')}`)
    const { ok, output } = await run(['npm', 'install', '--prefix', folder, '--no-package-lock', '--no-audit', '--no-fund'])
    if (!ok) console.error(output)
  }
  return missingRuntimes()
}

function missingRuntimes(): RuntimeName[] {
  return (Object.keys(programs) as RuntimeName[]).filter((name) => findRuntime(name) === undefined)
}
