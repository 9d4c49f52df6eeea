/** Two processes of one application over a real engine: a WebSocket at one of them, the logout at the other. */
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { addWebSockets } from '../../examples/guide/sockets/websocket.ts'
import { createSessions } from '../../src/index.ts'
import type { Sessions } from '../../src/index.ts'
import { signIn } from '../../src/testing/index.ts'
import { SECRET } from '../_support/application.ts'
import { openStore, sharedStores } from '../_support/stores.ts'
import type { Engine } from '../_support/stores.ts'
import { serve } from '../frameworks/node/server.ts'

const origin = 'https://shop.test'
/** SQLite tells nobody, so it is asked every second; the others only say once in ten minutes what a lost notice would have said. */
const interval = { SQLite: '1s', PostgreSQL: '1m', Redis: '1m', 'Redis Cluster': '1m' } as const

describe.each(sharedStores.filter(({ name, missing }) => !missing && name in interval))('on $name', ({ name, start }) => {
  let engine: Engine
  const processes: Sessions[] = []

  beforeAll(async () => {
    engine = await start()
    for (let i = 0; i < 2; i++) {
      const store = await openStore(engine.location)
      processes.push(createSessions({ secrets: [SECRET], store, liveInterval: interval[name as keyof typeof interval] }))
    }
  }, 60_000)

  afterAll(async () => {
    await Promise.all(processes.map((sessions) => sessions.close()))
    await engine.stop()
  })

  // The guide's code is typed by the built package, whose classes are others to the compiler.
  test.each([
    ['is revoked', 'revoked', (sessions: Sessions, id: string) => sessions.revoke(id)],
    ['ends with all others', 'revoked', (sessions: Sessions) => sessions.of('ada').revokeAll()],
    [
      'gets a new token',
      'superseded',
      async (sessions: Sessions, _id: string, headers: { cookie: string }) => {
        const visit = sessions.open({ headers })
        await visit.login('ada')
        await visit.commit()
      },
    ],
  ])('a WebSocket of one process closes when its session %s in another', async (_what, reason, end) => {
    const [here, there] = processes as [Sessions, Sessions]
    await using server = await serve(() => undefined)
    addWebSockets(server.server, here as never, origin)
    const { headers, id } = await signIn(there, 'ada')
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}`, { headers: { ...headers, origin } })
    await once(socket, 'message')
    const closed = once(socket, 'close')
    await end(there, id, headers)
    const [code, said] = await closed
    expect([code, String(said)]).toEqual([4401, reason])
  })
})
