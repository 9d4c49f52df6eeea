import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { createSessions, memoryStore } from 'sojourn'
import { session } from 'sojourn/express'
import { scriptedStore, signIn } from 'sojourn/testing'
import { urlTransport } from 'sojourn/transports/url'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { fetchRaw } from '../../test/frameworks/node/raw-client.ts'
import { serve } from '../../test/frameworks/node/server.ts'
import { app, auth, clock } from './auth.ts'
import { db } from './db.ts'
import { unavailable } from './errors.ts'
import { help, put, stopHelping, watch } from './session.ts'

test('auth: signs in, goes on to a path of the site, and asks again for the password after a while', async () => {
  db.add({ id: '7', email: 'ada@example.org', password: await auth.hashPassword('correct horse'), locked: false })
  await using server = await serve(app)
  let cookie = ''
  const post = async (path: string, form: Record<string, string>, site = 'same-origin'): Promise<string> => {
    const headers = {
      Cookie: cookie,
      'Content-Type': 'application/x-www-form-urlencoded',
      'Sec-Fetch-Site': site,
      'Sec-Fetch-Mode': 'navigate',
    }
    const answer = await fetchRaw(server.port, { method: 'POST', path, headers, body: String(new URLSearchParams(form)) })
    cookie = answer.header('set-cookie')?.split(';')[0] ?? cookie
    return `${answer.status} ${answer.header('location') ?? answer.body}`
  }
  const form = { email: 'ada@example.org', password: 'correct horse' }
  expect(await post('/sign-in', form, 'cross-site')).toMatch(/^403 /)
  expect(await post('/sign-in', { ...form, password: 'wrong' })).toMatch(/^401 /)
  expect(await post('/sign-in', { ...form, next: '//evil.test' })).toBe('303 /account')
  expect(await post('/account/email', {})).toBe('200 Changed')
  clock.advance('11m')
  expect(await post('/account/email', {})).toMatch(/^303 \/confirm/)
})

test('session.live closes the socket when the session ends', async () => {
  const sessions = createSessions({ development: true })
  const { headers, id } = await signIn(sessions, 'ada')
  const sockets = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => sockets.close())
  sockets.on('connection', (socket, request) => void watch(sessions.open(request), socket).then(() => socket.send('watching')))
  await once(sockets, 'listening')
  const socket = new WebSocket(`ws://127.0.0.1:${(sockets.address() as AddressInfo).port}`, { headers })
  await once(socket, 'message')
  await sessions.revoke(id)
  const [status, reason] = await once(socket, 'close')
  expect([status, String(reason)]).toEqual([4401, 'revoked'])
})

test('session.actAs leads to the account of somebody else, and stopActing back', async () => {
  const sessions = createSessions({ development: true })
  const { headers } = await signIn(sessions, 'clerk')
  const shop = express().use(session(sessions))
  shop.post('/help', help(sessions)).post('/stop', stopHelping(sessions))
  shop.get('/account', async (req, res) => {
    const { principal, actor } = await sessions.open(req).load()
    res.json([principal, actor])
  })
  await using server = await serve(shop)
  let cookie = headers.cookie
  const ask = async (method: string, path: string): Promise<string> => {
    const answer = await fetchRaw(server.port, { method, path, headers: { Cookie: cookie } })
    const sent = answer.headers.filter(([name, value]) => name === 'set-cookie' && !value.includes('Max-Age=0'))
    cookie = sent.at(-1)?.[1].split(';')[0] ?? cookie
    return answer.body
  }
  await ask('POST', '/help?customer=ada')
  expect(await ask('GET', '/account')).toBe('["ada","clerk"]')
  await ask('POST', '/stop')
  expect(await ask('GET', '/account')).toBe('["clerk",null]')
})

test('session.url leads back to the session', async () => {
  const sessions = createSessions({ development: true, transport: urlTransport() })
  const shop = express().use(session(sessions))
  shop.post('/cart', put(sessions))
  shop.get('/cart', async (req, res) => void res.json(await sessions.open(req).get('cart')))
  await using server = await serve(shop)
  const origin = `http://127.0.0.1:${server.port}`
  const response = await fetch(`${origin}/cart`, { method: 'POST', redirect: 'manual' })
  expect(response.status).toBe(303)
  expect(await (await fetch(origin + response.headers.get('location')!)).json()).toEqual(['tea'])
})

test('a store that is down has a code', async () => {
  const store = scriptedStore(memoryStore())
  const sessions = createSessions({ development: true, store })
  const { headers } = await signIn(sessions, 'ada')
  const shop = express().set('env', 'test').use(session(sessions))
  shop.get('/', async (req, res) => void res.send((await sessions.open(req).load()).principal))
  shop.get('/other', () => {
    throw new Error('another')
  })
  shop.use(unavailable)
  await using server = await serve(shop)
  const origin = `http://127.0.0.1:${server.port}`
  expect((await fetch(origin, { headers })).status).toBe(200)
  store.before('load', () => {
    throw new Error('connection refused')
  })
  expect((await fetch(origin, { headers })).status).toBe(503)
  expect((await fetch(`${origin}/other`)).status).toBe(500)
})
