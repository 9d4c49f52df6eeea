/**
 * The processes of the bench, and the cores they run on.
 *
 * @module
 */
import { fork, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where the servers are measured. */
export const SERVER_CORE = 0
/** Where everything else runs: the load, the engines, the bench itself. */
export const LOAD_CORE = 1

/** Whether server and load can each have a core: elsewhere the system decides, and the figures are noisier. */
export const canPin: boolean =
  process.platform === 'linux' && availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0

/** Pins a process with all its threads; what it starts later follows it. */
export function pin(pid: number, core: number): void {
  if (canPin) spawnSync('taskset', ['-a', '-cp', String(core), String(pid)])
}

/**
 * What was compiled is kept, so that from its second start on no process has a compiler of TypeScript in its memory.
 */
const compiled = join(tmpdir(), 'sojourn-bench-compiled')

/** A script of the bench as a process of its own, which is asked and answers. */
export class Child {
  readonly #child: ChildProcess

  /**
   * @param flags of Node
   * @param own variables of its environment
   */
  constructor(script: string, order?: object, flags: string[] = [], own: NodeJS.ProcessEnv = {}) {
    const env = { ...process.env, NODE_ENV: 'production', NODE_NO_WARNINGS: '1', NODE_COMPILE_CACHE: compiled, ...own }
    this.#child = fork(fileURLToPath(new URL(script, import.meta.url)), order ? [JSON.stringify(order)] : [], { env, execArgv: flags })
  }

  pin(core: number): void {
    pin(this.#child.pid!, core)
  }

  /** The next message. */
  async hear<T>(): Promise<T> {
    const failure = new AbortController()
    const failed = once(this.#child, 'exit', { signal: failure.signal }).then(([code]) => {
      throw new Error(`A process of the bench ended with ${String(code)}.`)
    })
    try {
      const [message] = (await Promise.race([once(this.#child, 'message'), failed])) as [T]
      return message
    } finally {
      failed.catch(() => {})
      failure.abort()
    }
  }

  ask<T>(question: object): Promise<T> {
    this.#child.send(question)
    return this.hear<T>()
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.disconnect()
    await ended
  }
}
