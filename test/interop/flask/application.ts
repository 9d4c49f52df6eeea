/** A real application of Flask in a process of its own: test/fixtures/interop/flask_app.py. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { end } from '../../../scripts/engines/machine.ts'

export const FLASK_SECRET = 'a secret of Flask'

export interface FlaskApplication {
  get(path: string, jar: Map<string, string>): Promise<Record<string, unknown>>
  /** @param form the fields of the body */
  post(path: string, jar: Map<string, string>, form?: Record<string, string>): Promise<Record<string, unknown>>
  close(): Promise<void>
}

export async function startFlask(python: string, settings: Record<string, string> = {}): Promise<FlaskApplication> {
  const program = fileURLToPath(new URL('../../fixtures/interop/flask_app.py', import.meta.url))
  const env = { HOST: '127.0.0.1', PORT: '0', SECRET: FLASK_SECRET, ...settings }
  const child = spawn(python, [program], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error('Flask did not start.'))),
  ])) as [string]
  const origin = /http:\S+/.exec(line)![0]

  async function ask(path: string, jar: Map<string, string>, init: RequestInit): Promise<Record<string, unknown>> {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(origin + path, { ...init, headers: cookie === '' ? {} : { cookie } })
    for (const set of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set)!
      if (value === '') jar.delete(name!)
      else jar.set(name!, value!)
    }
    if (!response.ok) throw new Error(`${path}: ${response.status}`)
    return (await response.json()) as Record<string, unknown>
  }

  return {
    get: (path, jar) => ask(path, jar, {}),
    post: (path, jar, form = {}) => ask(path, jar, { method: 'POST', body: new URLSearchParams(form) }),
    close: () => end(child, 'SIGTERM'),
  }
}
