import { startServer } from '../../_support/processes.ts'
import type { ServerProcess } from '../../_support/processes.ts'
import type { Location } from '../../_support/stores.ts'
import type { Framework } from './listeners.ts'

/** What a server process is told when it starts. */
export interface ServerSetup {
  readonly framework: Framework
  readonly location: Location
}

/** Another process of the application, `servers/process.ts`. */
export function startProcess(setup: ServerSetup): Promise<ServerProcess> {
  return startServer(new URL('../servers/process.ts', import.meta.url), setup)
}
