/** `watchClient` on connections of ws: what handleConnection of a gateway hands to it. */
import { once } from 'node:events'
import { Logger } from '@nestjs/common'
import { expect, onTestFinished, test, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createSessions, memoryStore } from '../../../src/index.ts'
import type { Session, Sessions } from '../../../src/index.ts'
import { watchClient } from '../../../src/frameworks/nest/index.ts'
import { scriptedStore, signIn, testClock } from '../../../src/testing/index.ts'

interface Connected {
  readonly session: Session | undefined
  /** The code and the reason of the server's close. */
  readonly closed: Promise<[code: number, reason: string]>
  readonly client: WebSocket
}

/** A client with a cookie, on a server that hands it to `watchClient`. */
async function connect(sessions: Sessions, cookie = ''): Promise<Connected> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  const watched = new Promise<Session | undefined>((resolve, reject) => {
    server.on('connection', (socket, request) => {
      watchClient(sessions, socket, request).then(resolve, reject)
    })
  })
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const client = new WebSocket(`ws://127.0.0.1:${port}`, { headers: { cookie } })
  onTestFinished(() => {
    client.terminate()
    server.close()
  })
  const opened = once(client, 'open')
  const closed = once(client, 'close').then(([code, reason]): [number, string] => [code as number, String(reason)])
  await opened
  return { client, closed, session: await watched }
}

test('the client of a session that ends is disconnected, and told why', async () => {
  const sessions = createSessions({ development: true })
  const { cookie, id } = await signIn(sessions, 'user-1')
  const { session, closed } = await connect(sessions, cookie)
  expect(session!.principal).toBe('user-1')
  await sessions.revoke(id)
  expect(await closed).toEqual([4401, 'revoked'])
})

test('a visitor without a session stays connected', async () => {
  const { session, client } = await connect(createSessions({ development: true }))
  expect(session!.principal).toBeNull()
  expect(client.readyState).toBe(WebSocket.OPEN)
})

test('messages move the idle deadline', async () => {
  const clock = testClock()
  const store = memoryStore()
  const sessions = createSessions({ development: true, clock, store, idleTimeout: '30m' })
  const { cookie, id } = await signIn(sessions, 'user-1')
  const { client } = await connect(sessions, cookie)
  const before = (await store.load(id, { now: clock.now(), signal: AbortSignal.timeout(60_000) }))!.expiresAt
  clock.advance('10m')
  client.send('something')
  await expect
    .poll(async () => (await store.load(id, { now: clock.now(), signal: AbortSignal.timeout(60_000) }))!.expiresAt)
    .toBeGreaterThan(before)
})

test('a store that fails disconnects the client, and ends nothing else', async () => {
  const logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined)
  onTestFinished(() => logged.mockRestore())
  const store = scriptedStore(memoryStore())
  const sessions = createSessions({ development: true, store })
  const { cookie } = await signIn(sessions, 'user-1')
  store.before('load', () => {
    throw new Error('The store is down.')
  })
  const { session, closed } = await connect(sessions, cookie)
  expect(session).toBeUndefined()
  expect((await closed)[0]).toBe(1011)
  expect(logged.mock.calls).toEqual([[expect.objectContaining({ code: 'ERR_SESSION_STORE' })]])
})

test('without its handshake it says what is missing', async () => {
  const sessions = createSessions({ development: true })
  const socket = new WebSocket('ws://127.0.0.1:1')
  socket.on('error', () => undefined)
  await expect(watchClient(sessions, socket)).rejects.toThrow('second argument of handleConnection')
})
