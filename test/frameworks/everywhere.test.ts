/** What every adapter does, beside the contract that it is published with. */
import fastify from 'fastify'
import Koa from 'koa'
import { describe, expect, test } from 'vitest'
import { session as fastifySession } from '../../src/frameworks/fastify.ts'
import { session as koaSession } from '../../src/frameworks/koa.ts'
import type { Sessions, SessionsOptions } from '../../src/index.ts'
import type { AdapterSetup, RouteAnswer } from '../../src/testing/index.ts'
import { application, code } from '../_support/application.ts'
import { applications } from './contract/applications.ts'
import { listen } from './contract/listen.ts'
import type { Make } from './contract/listen.ts'

type Handle = ReturnType<AdapterSetup['sessions']['open']>

/** Asks the one route of an application, whose handler does what `act` says. */
async function ask(make: Make, sessions: Sessions, act: (session: Handle) => RouteAnswer | Promise<RouteAnswer>): Promise<Response> {
  const {
    origin,
    fetch: inProcess,
    close,
  } = await make({
    sessions: sessions as unknown as AdapterSetup['sessions'],
    times: 1,
    routes: [{ path: '/', handle: async (session) => act(session) }],
  })
  try {
    const request = new Request(`${origin}/`, { headers: { 'X-Forwarded-For': '203.0.113.7' } })
    const response = await (inProcess ? inProcess(request) : fetch(request))
    await response.arrayBuffer()
    return response
  } finally {
    await close()
  }
}

/** From where a user signed in, as the list of sessions shows it. */
async function addressThrough(make: Make, options: Parameters<typeof application>[0] = {}): Promise<string | undefined> {
  const { sessions } = application(options)
  const { status } = await ask(make, sessions, async (session) => {
    await session.login('alice')
    return { kind: 'text', status: 200, body: 'done' }
  })
  expect(status).toBe(200)
  const [info] = await sessions.of('alice').list()
  return info!.address
}

/** Fetch's `Request` knows no address, and Hono's context is a request and no connection. */
const without = (name: string): boolean => name === 'fetch' || name === 'h3 1, fetch only' || name.startsWith('hono')

describe.each(Object.entries(applications))('%s', (name, make) => {
  test("a client's address is that of its connection, whatever a header says", async () => {
    expect(await addressThrough(make)).toBe(without(name) ? undefined : '127.0.0.1')
  })

  test('or what the application says it is', async () => {
    const forwarded: SessionsOptions['address'] = ({ headers }) =>
      typeof headers.get === 'function' ? headers.get('x-forwarded-for') : String((headers as Record<string, string>)['x-forwarded-for'])
    expect(await addressThrough(make, { address: forwarded })).toBe('203.0.113.7')
    expect(await addressThrough(make, { address: () => null })).toBe(undefined)
  })

  test.each([
    { 'CDN-Cache-Control': 'public, max-age=600', 'Surrogate-Control': 'max-age=600' },
    { 'Cache-Control': 'must-understand, no-store, public', 'Cloudflare-CDN-Cache-Control': 'max-age=600' },
    { 'Cache-Control': 'ext="a, no-store", public, max-age=600' },
  ])('no cache keeps a response with a token, whichever header it obeys: %o', async (headers) => {
    const { sessions } = application()
    const response = await ask(make, sessions, async (session) => {
      await session.login('alice')
      return { kind: 'text', status: 200, body: 'in', headers }
    })
    expect(response.headers.getSetCookie()).toHaveLength(1)
    const caches = [...response.headers].filter(([header]) => header.endsWith('cache-control') || header === 'surrogate-control')
    expect(new Set(caches.map(([, value]) => value))).toEqual(new Set(['no-store']))
    expect(caches.map(([header]) => header)).toEqual(
      [...new Set([...Object.keys(headers), 'Cache-Control'])].map((one) => one.toLowerCase()).toSorted(),
    )
  })

  test('no cache keeps the error page of a failed save', async () => {
    const { sessions, store } = application()
    store.before('create', () => {
      throw new Error('The disk is full.')
    })
    const answer = ask(make, sessions, (session) => {
      session.set('visits', 1)
      return { kind: 'text', status: 200, body: 'done', headers: { 'Cache-Control': 'public, max-age=60' } }
    })
    // A Fetch handler hands its caller an error and no page.
    if (name === 'fetch') return expect(answer).rejects.toThrow(code('ERR_SESSION_STORE'))
    const { status, headers } = await answer
    expect([status, headers.get('cache-control')]).toEqual([500, 'no-store'])
  })
})

const behindProxy: Record<string, Make> = {
  'Fastify with trustProxy': async ({ sessions, routes }) => {
    const app = fastify({ trustProxy: true, forceCloseConnections: true })
    await app.register(fastifySession(sessions))
    app.get('/', async (request) => {
      await routes[0]!.handle(sessions.open(request), sessions.open(request))
      return 'done'
    })
    return { origin: await app.listen({ host: '127.0.0.1', port: 0 }), close: () => app.close() }
  },
  'Koa with proxy': ({ sessions, routes }) => {
    const app = new Koa({ proxy: true }).use(koaSession(sessions)).use(async (ctx) => {
      await routes[0]!.handle(ctx.session, ctx.session)
      ctx.body = 'done'
    })
    const listener = app.callback()
    return listen((request, response) => void listener(request, response))
  },
}

test.each(Object.entries(behindProxy))("%s: a client's address is what the proxy tells", async (_name, make) => {
  expect(await addressThrough(make)).toBe('203.0.113.7')
})
