/**
 * The runtimes beside the one that development runs on. They come from npm, into a folder of their own: some hundred megabytes that the
 * package itself never needs.
 *
 * @module
 */

import { existsSync } from 'node:fs'
import { root, run } from './run.ts'

export type RuntimeName = 'node22' | 'node26' | 'bun' | 'deno' | 'workerd'

const folder = `${root}test/runtimes`

const programs: Readonly<Record<RuntimeName, string>> = {
  node22: 'node22/bin/node',
  node26: 'node26/bin/node',
  bun: '.bin/bun',
  deno: '.bin/deno',
  workerd: '.bin/workerd',
}

/** The path of a runtime's program, or `undefined` if it is not installed. */
export function findRuntime(name: RuntimeName): string | undefined {
  const path = `${folder}/node_modules/${programs[name]}`
  return existsSync(path) ? path : undefined
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
