import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { shareFlask } from 'sojourn/interop/flask'
import { end } from '../../../scripts/engines/machine.ts'
import type { Data, Neighbour } from '../neighbour.ts'
import { startPython } from '../python.ts'

/** The Flask application and its sessions, which travel in its signed cookie: there is no store. */
export async function startFlask(python: string): Promise<Neighbour> {
  const secret = randomBytes(32).toString('base64url')
  const { child, port } = await startPython(python, join(import.meta.dirname, 'application.py'), { SECRET_KEY: secret })
  const sessions = shareFlask<Data>({
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
