import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A program that runs in a throwaway folder. */
export interface Order {
  readonly program: string
  readonly args: readonly string[]
  /** Its working folder, which goes with it if this process ends first. */
  readonly folder: string
  /** The user that it runs as, if not this one. */
  readonly owner: { readonly uid?: number; readonly gid?: number }
  /** What ends it, and its children, if this process ends first. */
  readonly last: NodeJS.Signals
  /** Whether signals go to its children too, as from a terminal. */
  readonly group?: boolean
}

const keeper = fileURLToPath(new URL('keeper.ts', import.meta.url))

/**
 * Starts a program that does not outlive this process, not even if this process is killed. The child is its keeper, and
 * exits with it.
 */
export function keep(order: Order, env: NodeJS.ProcessEnv = process.env): ChildProcess {
  // A group of its own: what ends our group, such as Ctrl-C, must not end the keeper before the program.
  const child = spawn(process.execPath, [keeper, JSON.stringify(order)], { env, detached: true, stdio: 'pipe' })
  // A signal to a program that has just ended by itself finds nobody.
  child.stdin.on('error', () => {})
  return child
}

/** Sends a signal to the program; see `Order.group`. */
export function send(child: ChildProcess, signal: NodeJS.Signals): void {
  child.stdin!.write(`${signal}\n`)
}

/** Sends a signal to the program and waits for its end. */
export async function endKept(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  send(child, signal)
  await ended
}

/** Resolves when a program says that it is ready. */
export async function ready(child: ChildProcess, sign: string): Promise<void> {
  const said = listen(child)
  await new Promise<void>((resolve, reject) => {
    child.on('exit', (code) => reject(new Error(`The server ended with ${code}: ${said.text}`)))
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on('data', () => {
        if (said.text.includes(sign)) resolve()
      })
    }
  })
}

/** Resolves when a program has done its work. */
export async function done(child: ChildProcess): Promise<void> {
  const said = listen(child)
  const [code] = (await once(child, 'close')) as [number]
  if (code !== 0) throw new Error(`The program ended with ${code}: ${said.text}`)
}

function listen(child: ChildProcess): { readonly text: string } {
  const said = { text: '' }
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      said.text += chunk
    })
  }
  return said
}
