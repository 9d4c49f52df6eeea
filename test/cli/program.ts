/** The built program as a process of its own, as a user starts it. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { root } from '../../scripts/run.ts'

export interface Ending {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

interface Settings {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** While it runs. */
  readonly meanwhile?: (child: ChildProcess) => Promise<void>
}

const PROGRAM = `${root}dist/cli/main.js`

export function sojourn(args: readonly string[], settings: Settings = {}): Promise<Ending> {
  return ended(process.execPath, [PROGRAM, ...args], settings)
}

/** In a terminal of its own, with what somebody types. */
export function sojournInTerminal(args: readonly string[], typed = ''): Promise<Ending> {
  const command = [process.execPath, PROGRAM, ...args].map((word) => `'${word}'`).join(' ')
  return ended('script', ['-qefc', command, '/dev/null'], {
    meanwhile: async (child) => {
      child.stdin!.end(typed)
    },
  })
}

async function ended(program: string, args: readonly string[], { env, cwd, meanwhile }: Settings): Promise<Ending> {
  const { SESSION_SECRET: _secret, SOJOURN_STORE: _store, NODE_ENV: _mode, ...inherited } = process.env
  const stdin = meanwhile && program === 'script' ? 'pipe' : 'ignore'
  const child = spawn(program, args, { env: { ...inherited, ...env }, cwd: cwd ?? root, stdio: [stdin, 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
  child.stderr!.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
  const closing = once(child, 'close') as Promise<[number | null]>
  await meanwhile?.(child)
  const [code] = await closing
  return { code, stdout, stderr }
}
