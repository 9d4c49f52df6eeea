import { once } from 'node:events'
import { io } from 'socket.io-client'
import type { Socket } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { openExample } from '../../scripts/framework-apps.ts'
import type { App, AppServer } from '../../scripts/framework-apps.ts'
import { visitorOf } from '../../test/_support/visitor.ts'
import type { Visitor } from '../../test/_support/visitor.ts'

const secret = 'a secret of 32 characters or more'

let app: App
beforeAll(async () => {
  app = await openExample('nest')
  await app.run('build')
})
afterAll(() => app[Symbol.asyncDispose]())

test('its own tests pass', async () => {
  expect(await app.run('test', { SESSION_SECRET: secret, SESSIONS_FILE: 'own.db' })).toContain('fail 0')
})

test('the first example of the page runs', async () => {
  const server = await app.serve('start:first', { SESSION_SECRET: secret })
  const visitor = visitorOf(server.url)
  expect(await (await visitor.send('/')).text()).toBe('Visit number 1')
  expect((await visitor.send('/account')).status).toBe(401)
  const login = await visitor.send('/login', { method: 'POST' })
  expect([login.status, login.headers.get('location')]).toEqual([302, '/account'])
  expect(await (await visitor.send('/account')).text()).toBe('You are user-42, and have been here 1 times')
  expect((await visitor.send('/logout', { method: 'POST' })).status).toBe(302)
  expect((await visitor.send('/account')).status).toBe(401)
  await server.stop()
})

/** Script, and the adapter of its gateway. */
describe.each([
  ['start', 'ws'],
  ['start:fastify', 'socket.io'],
  ['start:commonjs', 'socket.io'],
  ['start:commonjs:fastify', 'ws'],
])('npm run %s, %s', (script, sockets) => {
  let server: AppServer
  let visitor: Visitor
  beforeAll(async () => {
    server = await app.serve(script, { SESSION_SECRET: secret, SESSIONS_FILE: 'sessions.db', SOCKETS: sockets })
    visitor = visitorOf(server.url)
  })
  afterAll(() => server?.stop())

  const signIn = (password = 'correct horse'): Promise<Response> => visitor.send('/sign-in', { body: { name: 'grace', password } })

  test('a visitor has a cart, which the sign-in keeps', async () => {
    const tea = await visitor.send('/cart/tea', { method: 'POST' })
    expect(tea.status).toBe(204)
    expect(visitor.cookie).toContain('__Host-')
    expect((await visitor.send('/account')).status).toBe(401)
    expect((await signIn('wrong')).status).toBe(401)
    const before = visitor.cookie
    expect((await signIn()).status).toBe(204)
    expect(visitor.cookie).not.toBe(before)
    expect(await (await visitor.send('/account')).json()).toEqual({ name: 'grace', cart: ['tea'] })
  })

  test('guards refuse in the way of Nest', async () => {
    const stranger = await visitorOf(server.url).send('/account')
    expect(await stranger.json()).toEqual({ statusCode: 401, message: 'Sign in first.' })
    expect(stranger.headers.get('www-authenticate')).toBe('Session')
    const page = await visitorOf(server.url).send('/account', { headers: { 'Sec-Fetch-Mode': 'navigate' } })
    expect([page.status, page.headers.get('location')]).toEqual([303, '/sign-in?next=%2Faccount'])
    expect((await visitor.send('/admin')).status).toBe(403)
    expect((await visitor.send('/account/email', { method: 'POST' })).status).toBe(204)
    const foreign = await visitor.send('/cart/poison', { method: 'POST', headers: { 'Sec-Fetch-Site': 'cross-site' } })
    expect(foreign.status).toBe(403)
    expect(foreign.headers.get('vary')).toContain('Sec-Fetch-Site')
  })

  test('too many wrong passwords are answered with 429 and Retry-After', async () => {
    const attempt = (): Promise<Response> => visitor.send('/sign-in', { body: { name: 'nobody', password: 'wrong' } })
    let response = await attempt()
    while (response.status === 401) response = await attempt()
    expect(response.status).toBe(429)
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  const graphql = async (from: Visitor, query: string): Promise<unknown> => (await from.send('/graphql', { body: { query } })).json()

  test('resolvers have the session', async () => {
    const other = visitorOf(server.url)
    expect(await graphql(other, 'mutation { addToCart(item: "milk") }')).toEqual({ data: { addToCart: ['milk'] } })
    expect(await graphql(other, '{ cart }')).toEqual({ data: { cart: ['milk'] } })
    expect(await graphql(other, '{ me }')).toMatchObject({
      errors: [{ message: 'Sign in first.', extensions: { code: 'UNAUTHENTICATED' } }],
    })
    expect(await graphql(visitor, '{ me }')).toEqual({ data: { me: 'user-2' } })
  })

  test('a gateway knows who writes, and hangs up when the session ends', async () => {
    const { ask, ended } = sockets === 'ws' ? await ofWs(server.url, visitor) : await ofSocketIo(server.url, visitor)
    expect(await ask('milk')).toEqual({ event: 'cart', data: ['tea', 'milk'] })
    expect(await ask('jam')).toEqual({ event: 'cart', data: ['tea', 'milk', 'jam'] })
    expect(await (await visitor.send('/cart')).json()).toEqual(['tea', 'milk', 'jam'])
    expect((await visitor.send('/sign-out', { method: 'POST' })).status).toBe(204)
    expect(await ended).toBe(sockets === 'ws' ? 4401 : 'io server disconnect')
    expect((await visitor.send('/account')).status).toBe(401)
  })

  test('a gateway refuses who is not signed in, and other sites', async () => {
    const open = sockets === 'ws' ? ofWs : ofSocketIo
    const stranger = await open(server.url, visitorOf(server.url))
    expect(await stranger.ask('milk')).toMatchObject({ event: 'exception', data: { message: 'Forbidden resource' } })
    await signIn()
    const foreign = await open(server.url, visitor, 'https://evil.example')
    expect(await foreign.ask('milk')).toMatchObject({ event: 'exception', data: { message: 'Forbidden resource' } })
  })
})

interface Connection {
  /** Adds to the cart; what comes back. */
  ask(item: string): Promise<unknown>
  readonly ended: Promise<unknown>
}

/** As browsers say it. */
const siteOf = (url: string, origin: string): string => (origin === url ? 'same-origin' : 'cross-site')

async function ofWs(url: string, { cookie }: Visitor, origin = url): Promise<Connection> {
  const socket = new WebSocket(url.replace('http', 'ws'), { headers: { cookie, origin, 'sec-fetch-site': siteOf(url, origin) } })
  onTestFinished(() => socket.terminate())
  await once(socket, 'open')
  return {
    async ask(item) {
      socket.send(JSON.stringify({ event: 'add', data: item }))
      const [message] = (await once(socket, 'message')) as [Buffer]
      return JSON.parse(String(message)) as unknown
    },
    ended: once(socket, 'close').then(([code]) => code as unknown),
  }
}

async function ofSocketIo(url: string, { cookie }: Visitor, origin = url): Promise<Connection> {
  const socket: Socket = io(url, { transports: ['websocket'], extraHeaders: { cookie, origin, 'sec-fetch-site': siteOf(url, origin) } })
  onTestFinished(() => void socket.disconnect())
  await new Promise((resolve) => socket.once('connect', () => resolve(undefined)))
  return {
    async ask(item) {
      socket.emit('add', item)
      return new Promise((resolve) => socket.onAny((event: string, data: unknown) => resolve({ event, data })))
    },
    ended: new Promise((resolve) => socket.once('disconnect', resolve)),
  }
}
