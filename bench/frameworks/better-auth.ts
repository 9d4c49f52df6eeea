/**
 * better-auth keeps who is signed in, and nothing else: its requests read that, from SQLite.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { openDatabase } from '../peers/database.ts'
import { importPeer } from '../peers/load.ts'
import { IDLE, secret } from '../places.ts'
import type { Setting } from '../places.ts'
import { visitNothing } from '../visits.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

interface Auth {
  readonly api: {
    getSession(asked: { headers: Headers }): Promise<{ user: { name: string } } | null>
    signUpEmail(asked: { body: object; asResponse: true }): Promise<Response>
  }
}

/** The handler of the server. */
export async function betterAuth({ folder }: Setting): Promise<Handler> {
  const options = {
    secret,
    baseURL: 'http://127.0.0.1',
    database: openDatabase(join(folder, 'better-auth.db')),
    telemetry: { enabled: false },
    session: { expiresIn: IDLE / 1_000 },
    // Passwords are not what is measured, and 256 people sign up.
    emailAndPassword: { enabled: true, password: { hash: async () => 'hash', verify: async () => true } },
  }
  const { betterAuth: create } = await importPeer<{ betterAuth(options: object): Auth }>('better-auth')
  const { getMigrations } = await importPeer<{
    getMigrations(options: object): Promise<{ runMigrations(): Promise<void> }>
  }>('better-auth/db/migration')
  await (await getMigrations(options)).runMigrations()
  const auth = create(options)
  let people = 0
  return async (request, response) => {
    const path = request.url!
    if (path === '/read') {
      const found = await auth.api.getSession({ headers: new Headers({ cookie: request.headers.cookie ?? '' }) })
      if (found?.user.name !== 'dark') throw new Error('The session is not there.')
    } else if (path.startsWith('/seed')) {
      const body = { name: 'dark', email: `${people++}@example.org`, password: 'correct horse' }
      const signedUp = await auth.api.signUpEmail({ body, asResponse: true })
      response.setHeader('Set-Cookie', signedUp.headers.getSetCookie())
    }
    response.end(await visitNothing(path))
  }
}
