import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { flaskSessions } from 'sojourn/interop/flask'
import { end } from '../../../scripts/engines/machine.ts'
import type { Data, Neighbour } from '../neighbour.ts'

/** The Flask application and its sessions, which travel in its signed cookie: there is no store. */
export async function startFlask(python: string): Promise<Neighbour> {
  const secret = randomBytes(32).toString('base64url')
  const child = spawn(python, [join(import.meta.dirname, 'application.py')], {
    env: { ...process.env, SECRET_KEY: secret },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The application of Flask ended with ${String(code)}.`)))
    child.stdout.on('data', (said: Buffer) => {
      const found = /http:\/\/127\.0\.0\.1:(\d+)/.exec(String(said))
      if (found) resolve(Number(found[1]))
    })
  })
  const sessions = flaskSessions<Data>({
    secrets: secret,
    cookie: { sameSite: 'lax' },
    principal: {
      keys: ['user'],
      of: ({ user }) => (typeof user === 'string' ? user : null),
      signIn: (user) => ({ user }),
    },
  })
  return { port, sessions, stop: () => end(child, 'SIGTERM') }
}
