/** What a refusal becomes in each framework, over real HTTP, without an error handler and beside what the application had set before. */
import type { RequestListener } from 'node:http'
import express5 from 'express'
import express4 from 'express4'
import fastify from 'fastify'
import { H3 } from 'h3'
import * as h3Of1 from 'h3-1'
import { Hono } from 'hono'
import Koa from 'koa'
import { describe, expect, test, vi } from 'vitest'
import { guard as guardExpress, session as sessionExpress } from '../../../src/frameworks/express.ts'
import { guard as guardFastify, session as sessionFastify } from '../../../src/frameworks/fastify.ts'
import { guard as guardFetch, session as sessionFetch } from '../../../src/frameworks/fetch.ts'
import { guard as guardH3, session as sessionH3 } from '../../../src/frameworks/h3/index.ts'
import { guard as guardHono, session as sessionHono } from '../../../src/frameworks/hono.ts'
import { guard as guardKoa, session as sessionKoa } from '../../../src/frameworks/koa.ts'
import { guard as guardNode, session as sessionNode } from '../../../src/frameworks/node/index.ts'
import type { Guard, Sessions } from '../../../src/index.ts'
import { client } from '../../_support/client.ts'
import type { Client } from '../../_support/client.ts'
import { listenWith } from '../../_support/fetch.ts'
import { identity } from '../../_support/users.ts'
import type { Identity } from '../../_support/users.ts'
import { fetchRaw } from '../node/raw-client.ts'
import type { Answer, RawRequest } from '../node/raw-client.ts'
import { serve } from '../node/server.ts'

/** A page that only `guard` lets through to `handle`; before both the application sets {@link OWN}. */
type Build = (sessions: Sessions, guard: Guard, handle: () => Promise<string>) => RequestListener

/** As CORS and a cookie of the application's do. */
const OWN = { Vary: 'Origin', 'Set-Cookie': 'theirs=1', 'Access-Control-Allow-Origin': 'https://other.test' } as const

const ofExpress =
  (express: typeof express5): Build =>
  (sessions, guard, handle) => {
    const app = express().set('env', 'test')
    app.use((_req, res, next) => (res.set(OWN), next()), sessionExpress(sessions), guardExpress(sessions, guard))
    app.use((_req, res, next) => void handle().then((text) => res.send(text), next))
    return app as RequestListener
  }

const frameworks: Readonly<Record<string, Build>> = {
  'Express 5': ofExpress(express5),
  'Express 4': ofExpress(express4),
  'node:http': (sessions, guard, handle) => {
    const guarded = guardNode(sessions, guard)(async (_request, response) => void response.end(await handle()))
    return sessionNode(sessions, (request, response, session) => {
      for (const [name, value] of Object.entries(OWN)) response.setHeader(name, value)
      return guarded(request, response, session)
    })
  },
  Fetch: (sessions, guard, handle) => {
    const handler = sessionFetch(
      sessions,
      guardFetch(sessions, guard)(async () => new Response(await handle())),
    )
    return listenWith(async (request) => {
      const response = await handler(request)
      for (const [name, value] of Object.entries(OWN)) response.headers.append(name, value)
      return response
    })
  },
  Fastify: (sessions, guard, handle) => {
    const app = fastify()
    app.addHook('onRequest', async (_request, reply) => void reply.headers(OWN))
    void app.register(sessionFastify(sessions))
    app.get('/account/orders', { preHandler: guardFastify(sessions, guard) }, handle)
    return (request, response) => void app.ready().then(() => app.routing(request, response))
  },
  Koa: (sessions, guard, handle) => {
    const app = new Koa()
    app.silent = true
    app.use((ctx, next) => (ctx.set(OWN), next()))
    app.use(sessionKoa(sessions))
    app.use(guardKoa(sessions, guard))
    app.use(async (ctx) => {
      ctx.body = await handle()
    })
    const listener = app.callback()
    return (request, response) => void listener(request, response)
  },
  Hono: (sessions, guard, handle) => {
    const app = new Hono()
    app.use(async (c, next) => {
      for (const [name, value] of Object.entries(OWN)) c.header(name, value)
      await next()
    })
    app.use(sessionHono(sessions)).get('/account/orders', guardHono(sessions, guard), async (c) => c.text(await handle()))
    return listenWith(async (request) => app.fetch(request))
  },
  h3: (sessions, guard, handle) => {
    const app = new H3({ silent: true })
    app.use((event) => {
      // As h3's own CORS does: what it answers from 400 on has the second ones only.
      for (const headers of [event.res.headers, event.res.errHeaders])
        for (const [name, value] of Object.entries(OWN)) headers.append(name, value)
    })
    app.use(sessionH3(sessions)).get('/account/orders', handle, { middleware: [guardH3(sessions, guard)] })
    return listenWith(async (request) => app.fetch(request))
  },
  'h3 1': (sessions, guard, handle) => {
    const app = h3Of1.createApp()
    sessionH3(sessions)(app)
    app.use(h3Of1.eventHandler((event) => h3Of1.setResponseHeaders(event, OWN)))
    app.use(h3Of1.eventHandler(guardH3(sessions, guard)))
    app.use(h3Of1.eventHandler(handle))
    return h3Of1.toNodeListener(app)
  },
}

describe.each(Object.entries(frameworks))('%s', (name, build) => {
  async function ask(
    { sessions }: Identity,
    guard: Guard,
    browser?: Client<Record<string, unknown>>,
    request: RawRequest = {},
    handle = async () => 'passed',
  ): Promise<Answer> {
    await using server = await serve(build(sessions, guard, handle))
    const cookie = [...(browser?.jar ?? [])].map((pair) => pair.join('=')).join('; ')
    return await fetchRaw(server.port, {
      path: '/account/orders?page=2',
      ...request,
      headers: { ...request.headers, ...(cookie && { Cookie: cookie }) },
    })
  }

  test('requireLogin lets pass who is signed in, and sends others to the sign-in', async () => {
    const app = identity()
    const alice = await app.add('alice', 'right')
    const browser = client(app.sessions)
    await browser.run((session) => app.auth.loginWithoutPassword(session, alice))
    const guard = app.auth.requireLogin({ redirectTo: '/sign-in' })
    expect(await ask(app, guard, browser)).toMatchObject({ status: 200, body: 'passed' })
    const sent = await ask(app, guard, undefined, { headers: { Accept: 'text/html' } })
    expect([sent.status, sent.header('location')]).toEqual([303, '/sign-in?next=%2Faccount%2Forders%3Fpage%3D2'])
    const told = await ask(app, guard)
    expect([told.status, told.body, told.header('www-authenticate')]).toEqual([401, 'Sign in first.', 'Session'])
  })

  test('a refusal adds to what the application had set, and replaces nothing of it', async () => {
    const app = identity()
    const alice = await app.add('alice', 'right')
    const browser = client(app.sessions)
    await browser.run((session) => app.auth.loginWithoutPassword(session, alice))
    app.people.get('alice')!.locked = true
    const answer = await ask(app, app.auth.requireLogin(), browser)
    expect([answer.status, answer.header('access-control-allow-origin')]).toEqual([401, OWN['Access-Control-Allow-Origin']])
    const vary = answer.all('vary').join().split(/ *, */)
    expect(vary).toEqual(expect.arrayContaining(['Origin', 'Sec-Fetch-Mode', 'Accept', 'Cookie']))
    expect(answer.header('cache-control')).toBe('no-store')
    expect(answer.all('set-cookie')).toEqual(
      expect.arrayContaining([OWN['Set-Cookie'], expect.stringMatching(/^__Host-session=; Max-Age=0;/)]),
    )
  })

  test('throttled, the answer is 429 with Retry-After, with no code of the application', async () => {
    const app = identity({ throttle: { account: { failures: 1, per: '1m' } } })
    await app.add('alice', 'right')
    await app.auth.authenticate('alice', 'wrong')
    const passes: Guard = () => undefined
    const answer = await ask(app, passes, undefined, {}, async () => {
      await app.auth.authenticate('alice', 'right')
      return 'signed in'
    })
    expect([answer.status, answer.header('retry-after')]).toEqual([429, '60'])
    if (!/Express|Fastify/.test(name)) expect(answer.body).toBe('Too many sign-ins have failed. Try again in 60 seconds.')
    // Those two have a body of their own, and so is what tells of it.
    expect(answer.header('content-type')).toMatch(/^[{]/.test(answer.body) ? /json/ : /^text/)
  })
})

test('Koa tells the client how long to wait, and its log nothing', async () => {
  const app = identity({ throttle: { account: { failures: 1, per: '1m' } } })
  await app.auth.authenticate('alice', 'wrong')
  const koa = new Koa().use(sessionKoa(app.sessions)).use(async () => void (await app.auth.authenticate('alice', 'right')))
  const log = vi.spyOn(console, 'error').mockReturnValue(undefined)
  try {
    const listener = koa.callback()
    await using server = await serve((request, response) => void listener(request, response))
    expect(await fetchRaw(server.port)).toMatchObject({ status: 429, body: 'Too many sign-ins have failed. Try again in 60 seconds.' })
    expect(log).not.toHaveBeenCalled()
  } finally {
    log.mockRestore()
  }
})

/** Where only the guard uses sessions. */
const alone: Readonly<Record<string, (sessions: Sessions, guard: Guard) => RequestListener>> = {
  Express: (sessions, guard) => express5().use(guardExpress(sessions, guard)) as RequestListener,
  Fastify: (sessions, guard) => {
    const app = fastify()
    app.get('/', { preHandler: guardFastify(sessions, guard) }, () => 'passed')
    return (request, response) => void app.ready().then(() => app.routing(request, response))
  },
  Koa: (sessions, guard) => {
    const listener = new Koa().use(guardKoa(sessions, guard)).callback()
    return (request, response) => void listener(request, response)
  },
  Hono: (sessions, guard) => {
    const app = new Hono().get('/', guardHono(sessions, guard), (c) => c.text('passed'))
    return listenWith(async (request) => app.fetch(request))
  },
  h3: (sessions, guard) => {
    const app = new H3().get('/', () => 'passed', { middleware: [guardH3(sessions, guard)] })
    return listenWith(async (request) => app.fetch(request))
  },
}

test.each(Object.entries(alone))('%s: a guard needs no session(sessions) before it', async (_name, build) => {
  const app = identity()
  const alice = await app.add('alice', 'right')
  const browser = client(app.sessions)
  await browser.run((session) => app.auth.loginWithoutPassword(session, alice))
  app.people.get('alice')!.locked = true
  await using server = await serve(build(app.sessions, app.auth.requireLogin()))
  const cookie = [...browser.jar].map((pair) => pair.join('=')).join('; ')
  const answer = await fetchRaw(server.port, { headers: { Cookie: cookie } })
  expect([answer.status, answer.all('vary').join().includes('Cookie')]).toEqual([401, true])
  expect(answer.all('set-cookie')).toEqual([expect.stringMatching(/^__Host-session=; Max-Age=0;/)])
  expect((await browser.open().load()).principal).toBe(null)
})
