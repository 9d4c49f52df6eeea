import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { DatabaseEngine } from './postgres.ts'
import { startProgram } from './program.ts'

/** A throwaway DynamoDB, as dynalite makes it, with its items on the disk. */
export function startDynalite(): Promise<DatabaseEngine> {
  const program = createRequire(import.meta.url).resolve('dynalite/cli.js')
  const fixed = [program, '--host', '127.0.0.1', '--createTableMs', '0']
  return startProgram(
    'dynalite',
    (port, folder) => [...fixed, '--port', String(port), '--path', join(folder, 'items')],
    'Dynalite listening',
  )
}
