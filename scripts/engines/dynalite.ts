import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { DatabaseEngine } from './postgres.ts'
import { startProgram } from './program.ts'

/** A throwaway DynamoDB, as dynalite makes it, with its items on the disk. */
export function startDynalite(): Promise<DatabaseEngine> {
  const program = createRequire(import.meta.url).resolve('dynalite/cli.js')
  const options = (port: number, folder: string): string[] => [
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    '--path',
    join(folder, 'items'),
  ]
  return startProgram('dynalite', (port, folder) => [program, ...options(port, folder), '--createTableMs', '0'], 'Dynalite listening')
}
