/**
 * The ORMs that the stores are tested with. They come into a folder of their own, because the versions that they ask
 * for do not fit beside those of the project.
 *
 * @module
 */

import { existsSync } from 'node:fs'
import { root, run } from './run.ts'

const folder = `${root}examples/orms`

/** Whether the ORMs are installed. */
export function areOrmsThere(): boolean {
  return existsSync(`${folder}/dist/sqlite/client.ts`)
}

/** Installs them where that is possible. Answers what is missing still. */
export async function installOrms(): Promise<string[]> {
  if (areOrmsThere()) return []
  console.log('installing the ORMs of examples/orms')
  const { ok, output } = await run(['npm', 'ci', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund'])
  // Prisma's command wants to download an engine, which it does not need for what it does here.
  const env = { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath }
  const generated = ok ? await run(['npm', 'run', 'generate', '--prefix', folder], { env }) : { ok, output }
  if (!generated.ok) console.error(generated.output)
  return areOrmsThere() ? [] : ['the ORMs']
}
