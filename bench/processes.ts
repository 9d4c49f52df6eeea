import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { spawnSync } from 'node:child_process'

/** Pins to a core where that is possible, so that server and load do not share one. */
const canPin = process.platform === 'linux' && spawnSync('taskset', ['--version']).status === 0

export class Child {
  readonly #child: ChildProcess

  constructor(script: string, args: readonly string[], core: number) {
    const path = fileURLToPath(new URL(script, import.meta.url))
    const env = { ...process.env, NODE_ENV: 'production', NODE_NO_WARNINGS: '1' }
    this.#child = fork(path, args, { env })
    if (canPin) spawnSync('taskset', ['-a', '-cp', String(core), String(this.#child.pid)])
  }

  /** The next message. */
  async hear<T>(): Promise<T> {
    const failed = once(this.#child, 'exit').then(([code]) => {
      throw new Error(`A process of the bench ended with ${String(code)}.`)
    })
    const [message] = (await Promise.race([once(this.#child, 'message'), failed])) as [T]
    return message
  }

  ask<T>(question: object): Promise<T> {
    this.#child.send(question)
    return this.hear<T>()
  }

  async end(): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.disconnect()
    await ended
  }
}
