import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import type { DatabaseEngine } from './postgres.ts'
import { startProgram } from './program.ts'

const server = fileURLToPath(new URL('libsql-server.ts', import.meta.url))

/** A throwaway libSQL behind the remote protocol; see `libsql-server.ts`. */
export function startLibsql(): Promise<DatabaseEngine> {
  return startProgram('libsql', (port, folder) => [server, String(port), join(folder, 'sessions.db')], 'listening')
}
