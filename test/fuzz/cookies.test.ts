/**
 * Cookie headers and tokens of any bytes: no throw, no store call, no Set-Cookie, no memory. fast-check prints the seed
 * of a failure.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { session as nodeSession } from '../../src/frameworks/node/index.ts'
import { createSessions, memoryStore } from '../../src/index.ts'
import type { Session, Sessions } from '../../src/index.ts'
import { scriptedStore } from '../../src/testing/index.ts'
import type { ScriptedStore } from '../../src/testing/index.ts'
import { cookieHeaders, NAMES, text } from './cookie-headers.ts'

const SECRET = 'a secret for the fuzz, more than 32 long'

interface Target {
  readonly store: ScriptedStore
  readonly sessions: Sessions
  /** Of a session that lives. */
  readonly genuine: string
}

async function target(): Promise<Target> {
  const store = scriptedStore(memoryStore(), { replies: 'certain' })
  const sessions = createSessions({ secrets: [SECRET], store })
  const session = sessions.open({ headers: {} })
  session.set('key', 'of somebody')
  await session.commit()
  const genuine = session.takeHeaders()[0]![1].split(/[=;]/)[1]!
  store.reset()
  return { store, sessions, genuine }
}

/** Everything that costs nothing for a visitor without a session. */
async function use(session: Session): Promise<void> {
  await session.load()
  expect([session.id, session.principal, session.isNew, session.data]).toEqual([undefined, null, true, {}])
  expect(await session.get('key')).toBeUndefined()
  await session.rotate()
  await session.logout()
  session.delete('key')
  await session.commit()
}

test('the genuine token is what it takes', async () => {
  const { sessions, genuine } = await target()
  const session = sessions.open({ headers: { cookie: `a=b; ${NAMES[1]}=${genuine}` } })
  expect(await session.get('key')).toBe('of somebody')
})

test('any Cookie header', async () => {
  const { store, sessions, genuine } = await target()
  await fc.assert(
    fc.asyncProperty(cookieHeaders(genuine), async (cookie) => {
      fc.pre(![cookie].flat().join('; ').includes(genuine))
      const session = sessions.open({ headers: { cookie } })
      await use(session)
      expect(session.takeHeaders()).toEqual([])
      expect(store.count()).toBe(0)
    }),
    { numRuns: 4_000 },
  )
})

test('the genuine token under any other name', async () => {
  const { store, sessions, genuine } = await target()
  const name = fc.oneof(
    text(30),
    fc.constantFrom(...NAMES).chain((real) => fc.nat(real.length).map((i) => `${real.slice(0, i)}x${real.slice(i)}`)),
  )
  await fc.assert(
    fc.asyncProperty(name, async (other) => {
      // What follows the last semicolon is the name.
      fc.pre(!/(^|;)[ \t]*__Host-session-anon[ \t]*(=|$)/.test(other))
      const session = sessions.open({ headers: { cookie: `${other}=${genuine}` } })
      await use(session)
      expect(session.takeHeaders()).toEqual([])
      expect(store.count()).toBe(0)
    }),
    { numRuns: 1_000 },
  )
})

test('any bytes over a socket: the server answers, without a cookie, and lives on', async () => {
  const { store, sessions, genuine } = await target()
  const server = createServer(nodeSession(sessions, async (_request, response, session) => (await use(session), void response.end('fine'))))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
    cookieHeaders(genuine).map((header) => Buffer.from([header].flat().join('\r\nCookie: '))),
  )
  await fc.assert(
    fc.asyncProperty(bytes, async (cookie) => {
      fc.pre(!cookie.includes(genuine))
      // A line break in it begins another header, or ends them: node's matter, not ours.
      const answer = await exchange(
        port,
        Buffer.concat([Buffer.from('GET / HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\nCookie: '), cookie, Buffer.from('\r\n\r\n')]),
      )
      expect(answer).toMatch(/^HTTP\/1.1 (200|400|431) |^$/)
      expect(answer).not.toMatch(/^set-cookie:/im)
      expect(store.count()).toBe(0)
    }),
    { numRuns: 300 },
  )
  expect(await exchange(port, Buffer.from('GET / HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n'))).toMatch(/^HTTP\/1.1 200 /)
  await new Promise((resolve) => server.close(resolve))
})

async function exchange(port: number, bytes: Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => undefined)
  socket.end(bytes)
  await new Promise((resolve) => socket.once('close', resolve))
  return Buffer.concat(chunks).toString('latin1')
}

test('a flood of them leaves nothing in memory', async () => {
  const child = fork(new URL('./flood.ts', import.meta.url), { execArgv: ['--expose-gc'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the flood ended before it told')))
  ended.catch(() => {})
  const [{ growth, calls }] = (await Promise.race([once(child, 'message'), ended])) as [{ growth: number; calls: number }]
  // 60 000 requests; had each left 50 bytes, it would be three times this.
  expect(growth).toBeLessThan(1_000_000)
  expect(calls).toBe(0)
})
