import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Location } from '../../_support/stores.ts'
import type { Framework } from './listeners.ts'

/** What a server process is told when it starts. */
export interface ServerSetup {
  readonly framework: Framework
  readonly location: Location
}

export interface ServerProcess {
  readonly port: number
  close(): Promise<void>
}

/** Another process of the application, `servers/process.ts`. */
export async function startProcess(setup: ServerSetup): Promise<ServerProcess> {
  const child = fork(new URL('../servers/process.ts', import.meta.url), { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  child.send(setup)
  return { port: await portOf(child), close: () => end(child) }
}

async function portOf(child: ChildProcess): Promise<number> {
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the server process ended before it listened')))
  ended.catch(() => {})
  const [message] = (await Promise.race([once(child, 'message'), ended])) as [{ port: number }]
  return message.port
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const ended = once(child, 'exit')
  child.disconnect()
  await ended
}
