/** What `guard(sessions, ...guards)` does, the same in each framework, over real HTTP. */
import type { RequestListener } from 'node:http'
import express5 from 'express'
import express4 from 'express4'
import fastify from 'fastify'
import { H3 } from 'h3'
import * as h3Of1 from 'h3-1'
import { Hono } from 'hono'
import Koa from 'koa'
import { describe, expect, test } from 'vitest'
import { firstRefusal } from '../../../src/core/adapters.ts'
import { SojournError } from '../../../src/core/basics/errors.ts'
import { refusal } from '../../../src/core/basics/refusal.ts'
import { guard as guardExpress, session as sessionExpress } from '../../../src/frameworks/express.ts'
import { guard as guardFastify, session as sessionFastify } from '../../../src/frameworks/fastify.ts'
import { guard as guardFetch, session as sessionFetch } from '../../../src/frameworks/fetch.ts'
import { guard as guardH3, session as sessionH3 } from '../../../src/frameworks/h3/index.ts'
import { guard as guardHono, session as sessionHono } from '../../../src/frameworks/hono.ts'
import { guard as guardKoa, session as sessionKoa } from '../../../src/frameworks/koa.ts'
import { guard as guardNode, session as sessionNode } from '../../../src/frameworks/node/index.ts'
import type { Guard, Sessions } from '../../../src/index.ts'
import { csrf } from '../../../src/auth/index.ts'
import { signIn } from '../../../src/testing/index.ts'
import { application } from '../../_support/application.ts'
import { listenWith } from '../../_support/fetch.ts'
import { identity } from '../../_support/users.ts'
import { serve } from '../node/server.ts'
import { fetchRaw } from '../node/raw-client.ts'

type Guards = readonly Guard[]
type Build = (sessions: Sessions, guards: Guards) => RequestListener

const ofExpress =
  (express: typeof express5): Build =>
  (sessions, guards) => {
    const app = express()
    app.use(guardExpress(sessions, ...guards), (_req, res) => void res.send('passed'))
    app.use((error: { message: string }, _req: unknown, res: express5.Response, _next: unknown) => {
      res.status(500).send(error.message)
    })
    return app as RequestListener
  }

const frameworks: readonly (readonly [name: string, build: Build])[] = [
  ['Express 5', ofExpress(express5)],
  ['Express 4', ofExpress(express4)],
  [
    'node:http',
    (sessions, guards) =>
      sessionNode(
        sessions,
        guardNode(sessions, ...guards)((_request, response) => void response.end('passed')),
        (error, _request, response) => {
          response.statusCode = 500
          response.end((error as Error).message)
        },
      ),
  ],
  [
    'Fetch',
    (sessions, guards) =>
      listenWith(
        sessionFetch(
          sessions,
          guardFetch(sessions, ...guards)(() => new Response('passed')),
        ),
      ),
  ],
  [
    'Fastify',
    (sessions, guards) => {
      const app = fastify()
      void app.register(sessionFastify(sessions))
      app.setErrorHandler((error: Error, _request, reply) => reply.code(500).send(error.message))
      app.all('/', { preHandler: guardFastify(sessions, ...guards) }, () => 'passed')
      return (request, response) => void app.ready().then(() => app.routing(request, response))
    },
  ],
  [
    'Koa',
    (sessions, guards) => {
      const app = new Koa()
      app.use(async (ctx, next) => {
        try {
          await next()
        } catch (error) {
          ctx.status = 500
          ctx.body = (error as Error).message
        }
      })
      app.use(sessionKoa(sessions))
      app.use(guardKoa(sessions, ...guards))
      app.use((ctx) => {
        ctx.body = 'passed'
      })
      const listener = app.callback()
      return (request, response) => void listener(request, response)
    },
  ],
  [
    'Hono',
    (sessions, guards) => {
      const app = new Hono().onError((error, c) => c.text(error.message, 500))
      app.use(sessionHono(sessions)).all('/', guardHono(sessions, ...guards), (c) => c.text('passed'))
      return listenWith(async (request) => app.fetch(request))
    },
  ],
  [
    'h3',
    (sessions, guards) => {
      const app = new H3({ silent: true, onError: (error) => new Response((error.cause as Error).message, { status: 500 }) })
      app.use(sessionH3(sessions)).all('/', () => 'passed', { middleware: [guardH3(sessions, ...guards)] })
      return listenWith(async (request) => app.fetch(request))
    },
  ],
  [
    'h3 1',
    (sessions, guards) => {
      const app = h3Of1.createApp({ onError: (error, event) => h3Of1.send(event, error.message) })
      sessionH3(sessions)(app)
      app.use(h3Of1.eventHandler(guardH3(sessions, ...guards)))
      app.use(h3Of1.eventHandler(() => 'passed'))
      return h3Of1.toNodeListener(app)
    },
  ],
]

describe.each(frameworks)('guard(sessions, ...guards) on %s', (_name, build) => {
  async function ask(...guards: Guards): Promise<Awaited<ReturnType<typeof fetchRaw>>> {
    await using server = await serve(build(application().sessions, guards))
    return await fetchRaw(server.port)
  }

  test('lets pass what no guard refuses, and touches nothing', async () => {
    const answer = await ask(
      () => undefined,
      async () => undefined,
    )
    expect([answer.status, answer.body, answer.header('vary'), answer.all('set-cookie')]).toEqual([200, 'passed', undefined, []])
  })

  test('refuses what another site sent, and who is not signed in', async () => {
    const { sessions, auth, add } = identity()
    const user = await add('ada@shop.test', 'a password, long enough')
    const { headers } = await signIn(sessions, (session) => auth.loginWithoutPassword(session, user))
    const mine = await sessions.open({ headers }).csrf.token()
    await using server = await serve(build(sessions, [csrf(sessions), auth.requireLogin({ redirectTo: '/sign-in' })]))
    const ask = async (more: Record<string, string>): Promise<unknown> => {
      const answer = await fetchRaw(server.port, { method: 'POST', headers: { 'Content-Length': '0', ...more } })
      return [answer.status, answer.header('location') ?? answer.body]
    }
    const own = { 'Sec-Fetch-Site': 'same-origin' }
    const strange = [403, 'This request was not sent from this site.']
    expect(await ask({ ...headers, 'Sec-Fetch-Site': 'cross-site' })).toEqual(strange)
    expect(await ask(headers)).toEqual(strange)
    expect(await ask({ ...headers, 'X-CSRF-Token': mine })).toEqual([200, 'passed'])
    expect(await ask({ ...headers, ...own })).toEqual([200, 'passed'])
    expect(await ask(own)).toEqual([401, 'Sign in first.'])
    expect(await ask({ ...own, 'Sec-Fetch-Mode': 'navigate' })).toEqual([303, '/sign-in'])
  })

  test('answers with the first refusal, and asks no guard after it', async () => {
    const answer = await ask(
      () => undefined,
      () =>
        refusal(403, 'no', [
          ['Set-Cookie', 'a=1'],
          ['Set-Cookie', 'b=2'],
          ['X-Why', 'because'],
        ]),
      () => expect.unreachable(),
    )
    expect([answer.status, answer.body, answer.header('x-why'), answer.all('set-cookie')]).toEqual([403, 'no', 'because', ['a=1', 'b=2']])
    expect([answer.header('content-type'), answer.header('cache-control')]).toEqual(['text/plain; charset=utf-8', 'no-store'])
  })

  test('saves what a guard changed before its refusal goes out', async () => {
    const { sessions } = application()
    await using server = await serve(
      build(sessions, [
        (_request, session) => {
          session.set('refused', true)
          return refusal(403, 'no')
        },
      ]),
    )
    const answer = await fetchRaw(server.port)
    expect(answer.status).toBe(403)
    const cookie = answer.all('set-cookie')[0]!.split(';')[0]!
    expect(await sessions.open({ headers: { cookie } }).get('refused')).toBe(true)
  })

  test("hands what a guard throws to the framework's error path", async () => {
    const answer = await ask(async () => {
      throw new Error('the guard fell asleep')
    })
    expect([answer.status, answer.body]).toEqual([500, 'the guard fell asleep'])
  })
})

test('Express: guards after session(sessions) see the same handle', async () => {
  const { sessions } = application()
  const app = express5()
  app.use(sessionExpress(sessions))
  app.use(guardExpress(sessions, (request, session) => refusal(403, String((request as { session?: unknown }).session === session))))
  await using server = await serve(app)
  expect((await fetchRaw(server.port)).body).toBe('true')
})

test.each([
  ['node:http', (sessions: Sessions) => sessionNode(sessions, () => Promise.reject(tooMany()))],
  ['Fetch', (sessions: Sessions) => listenWith(sessionFetch(sessions, () => Promise.reject(tooMany())))],
  ['Express', (sessions: Sessions) => express5().use(sessionExpress(sessions), () => Promise.reject(tooMany())) as RequestListener],
])('a refusal that an error holds is the answer without an error handler: %s', async (_name, build) => {
  await using server = await serve(build(application().sessions))
  const answer = await fetchRaw(server.port)
  expect([answer.status, answer.header('retry-after')]).toEqual([429, '60'])
})

function tooMany(): SojournError {
  return new SojournError('ERR_SESSION_THROTTLED', 'too many', { refusal: refusal(429, 'Later.', [['Retry-After', '60']]) })
}

test('firstRefusal without guards refuses nothing', async () => {
  const { sessions } = application()
  expect(await firstRefusal([], { headers: {} }, sessions.open({ headers: {} }))).toBeUndefined()
})
