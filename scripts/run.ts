import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The folder of package.json. Every script and every command works from here. */
export const root: string = fileURLToPath(new URL('..', import.meta.url))

export interface Outcome {
  readonly ok: boolean
  /** stdout and stderr in the order they came. */
  readonly output: string
}

/** Runs a command in the root and waits for its end. `live` shows the output instead of keeping it. */
export function run(command: readonly string[], options: { live?: boolean; env?: Record<string, string> } = {}): Promise<Outcome> {
  const [file = '', ...args] = command
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: root,
      env: { ...process.env, ...options.env, PATH: `${root}node_modules/.bin:${process.env.PATH ?? ''}` },
      stdio: ['ignore', options.live ? 'inherit' : 'pipe', options.live ? 'inherit' : 'pipe'],
    })
    let output = ''
    const keep = (text: string): void => {
      output += text
    }
    child.stdout?.setEncoding('utf8').on('data', keep)
    child.stderr?.setEncoding('utf8').on('data', keep)
    child.on('error', (error) => resolve({ ok: false, output: `${file}: ${error.message}` }))
    child.on('close', (code) => resolve({ ok: code === 0, output }))
  })
}
