import express from 'express'
import { createSessions, memoryStore } from 'sojourn'
import { session } from 'sojourn/express'
import { scriptedStore, signIn as signInForTest } from 'sojourn/testing'
import { expect, expectTypeOf, test } from 'vitest'
import { serve } from '../../test/frameworks/node/server.ts'
import { cartOf, sessions as cartSessions } from './data-type.ts'
import type { Data } from './data-type.ts'
import { sessionErrors } from './errors.ts'
import { health, start } from './health.ts'
import { onMessage, respond, sessions as ofSockets, signIn as signInByCookies, upgradeRequest } from './jobs.ts'
import { endAll } from './leak.ts'
import { app as protectedApp } from './protect.ts'
import { signIn } from './sign-in.ts'

test('a message over a socket is kept in its session', async () => {
  const { cookie } = await signInForTest(ofSockets, 'ada')
  upgradeRequest.headers.cookie = cookie
  await onMessage('hello')
  expect(await ofSockets.open({ headers: { cookie } }).get('lastMessage')).toBe('hello')
})

test('a framework that takes no header lines gets its cookie in parts', async () => {
  const lines: string[] = []
  await signInByCookies(new Request('http://shop.test/'), {
    set: (name, value, { path, httpOnly }) => void lines.push(`${name}=${value}; ${path} ${httpOnly}`),
  })
  expect(lines).toEqual([expect.stringMatching(/^session=[\w-]{64}; \/ true$/)])
})

test('a response that no adapter sends has its cookie', async () => {
  const first = await respond(new Request('http://shop.test/'))
  const cookie = first.headers.getSetCookie()[0]!.split(';')[0]!
  const second = await respond(new Request('http://shop.test/', { headers: { cookie } }))
  expect([await first.text(), await second.text()]).toEqual(['Visit number 1', 'Visit number 2'])
})

test('a sign-in with the wrong password is none', async () => {
  const sessions = createSessions({ development: true })
  const session = sessions.open({ headers: {} })
  expect(await signIn(sessions, session, 'ada', 'wrong')).toBe(false)
  expect((await session.load()).principal).toBeNull()
  expect(await signIn(sessions, session, 'ada', 'correct horse')).toBe(true)
  expect((await session.load()).principal).toBe('ada')
})

test('errors become responses that say what to do', async () => {
  const store = scriptedStore(memoryStore())
  const sessions = createSessions({ development: true, store })
  const { headers } = await signInForTest(sessions, 'ada')
  const app = express().set('env', 'test').use(session(sessions))
  app.get('/', async (req, res) => void res.send((await sessions.open(req).load()).principal))
  app.get('/other', () => {
    throw new Error('another')
  })
  app.use(sessionErrors)
  await using server = await serve(app)
  const statusOf = async (path: string): Promise<number> => (await fetch(`http://127.0.0.1:${server.port}${path}`, { headers })).status
  expect(await statusOf('/')).toBe(200)
  store.before('load', () => {
    throw new Error('connection refused')
  })
  expect([await statusOf('/'), await statusOf('/other')]).toEqual([503, 500])
})

test('a route for those who are signed in', async () => {
  await using server = await serve(protectedApp)
  const url = `http://127.0.0.1:${server.port}`
  const stranger = await fetch(`${url}/account`)
  expect([stranger.status, await stranger.text()]).toEqual([401, 'Sign in first.'])
  const login = await fetch(`${url}/login`, { method: 'POST' })
  const cookie = login.headers.getSetCookie()[0]!.split(';')[0]!
  const member = await fetch(`${url}/account`, { headers: { cookie } })
  expect([member.status, await member.text()]).toEqual([200, 'Your account'])
})

test('the type of the data has a name', async () => {
  expectTypeOf<Data>().toEqualTypeOf<{ cart: string[] }>()
  expect(await cartOf(cartSessions, new Request('http://shop.test/'))).toEqual([])
})

test('a process starts, and is healthy, as long as its store can be used', async () => {
  const store = scriptedStore(memoryStore())
  const sessions = createSessions({ development: true, store })
  let starts = 0
  await start(sessions, () => starts++)
  expect([starts, (await health(sessions)).status]).toEqual([1, 200])
  store.before('create', () => {
    throw new Error('the disk is full')
  })
  await expect(start(sessions, () => starts++)).rejects.toThrow(expect.objectContaining({ code: 'ERR_SESSION_STORE' }))
  expect([starts, (await health(sessions)).status]).toEqual([1, 503])
})

test('after a leak everybody signs in again', async () => {
  const sessions = createSessions({ development: true })
  for (const principal of ['ada', 'bob']) await signInForTest(sessions, principal)
  const log: string[] = []
  await endAll(sessions, (text) => log.push(text))
  expect(log).toEqual(['2 ended', '2 sessions have ended. Everybody signs in again.'])
})
