import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { root } from '../../scripts/run.ts'

/** For hundreds of processes that load the same modules: what one has compiled, the next one finds. */
export const quickStart: NodeJS.ProcessEnv = { ...process.env, NODE_COMPILE_CACHE: `${root}.tmp/compile-cache` }

export interface ServerProcess {
  readonly port: number
  close(): Promise<void>
}

/** A server in a process of its own, which is sent what it needs and answers `{ port }`. */
export async function startServer(program: URL, setup: object): Promise<ServerProcess> {
  const child = fork(program, { execArgv: [], env: quickStart, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
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

/** Whether there is a process with this id. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
