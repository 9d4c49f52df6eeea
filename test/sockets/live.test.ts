/** Two processes of one application over a real engine: a WebSocket at one of them, the logout here. */
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createSessions } from '../../src/index.ts'
import type { Session, Sessions } from '../../src/index.ts'
import { signIn } from '../../src/testing/index.ts'
import { SECRET } from '../_support/application.ts'
import { PATIENCE } from '../_support/patience.ts'
import { startServer } from '../_support/processes.ts'
import type { ServerProcess } from '../_support/processes.ts'
import { openStore, sharedStores } from '../_support/stores.ts'
import type { Engine } from '../_support/stores.ts'
import type { SocketServerSetup } from './server.ts'

const origin = 'https://shop.test'
/**
 * Stores without notices tell nobody, so they are asked every second; the others only say once in a minute what a lost
 * notice would have said.
 */
const interval: Readonly<Record<string, '1s' | '1m'>> = {
  SQLite: '1s',
  'SQLite by a function': '1s',
  PostgreSQL: '1m',
  'PostgreSQL by a function': '1s',
  'MariaDB by a function': '1s',
  Redis: '1m',
  Valkey: '1m',
  'Redis Sentinel': '1m',
  'Redis Cluster': '1m',
  libSQL: '1s',
  'libSQL by HTTP': '1s',
  DynamoDB: '1s',
  D1: '1s',
  'Durable Object': '1s',
}

interface SignedIn {
  readonly id: string
  readonly session: Session
}

describe.each(sharedStores.filter(({ name, missing }) => !missing && name in interval))('on $name', ({ name, start }) => {
  let engine: Engine
  let sessions: Sessions
  let other: ServerProcess

  beforeAll(async () => {
    engine = await start()
    const { location } = engine
    sessions = createSessions({ ...PATIENCE, secrets: [SECRET], store: await openStore(location) })
    const liveInterval = interval[name]!
    const setup: SocketServerSetup = { location, liveInterval, origin, secret: SECRET }
    other = await startServer(new URL('server.ts', import.meta.url), setup)
  })

  afterAll(async () => {
    await Promise.all([other.close(), sessions.close()])
    await engine.stop()
  })

  test.each([
    ['is logged out', 'revoked', ({ session }: SignedIn) => session.logout()],
    ['is revoked', 'revoked', ({ id }: SignedIn) => sessions.revoke(id)],
    ['ends with all others', 'revoked', () => sessions.of('ada').revokeAll()],
    ['gets a new token', 'superseded', ({ session }: SignedIn) => session.login('ada')],
  ])('a WebSocket of one process closes when its session %s in another', async (_what, reason, end) => {
    const { headers, id } = await signIn(sessions, 'ada')
    const socket = new WebSocket(`ws://127.0.0.1:${other.port}`, { headers: { ...headers, origin } })
    await once(socket, 'message')
    const closed = once(socket, 'close')
    const session = sessions.open({ headers })
    await end({ id, session })
    await session.commit()
    const [code, said] = await closed
    expect([code, String(said)]).toEqual([4401, reason])
  })
})
