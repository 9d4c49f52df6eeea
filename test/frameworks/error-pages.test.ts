/** What becomes of a session, and of the response that was meant, where the application writes the error page itself. */
import type { RequestListener } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import fastify from 'fastify'
import { H3 } from 'h3'
import { toNodeHandler } from 'h3/node'
import * as h3Of1 from 'h3-1'
import { Hono } from 'hono'
import Koa from 'koa'
import express from 'express'
import { describe, expect, test } from 'vitest'
import { session as expressSession } from '../../src/frameworks/express.ts'
import { session as fastifySession } from '../../src/frameworks/fastify.ts'
import { session as fetchSession } from '../../src/frameworks/fetch.ts'
import { session as h3Session } from '../../src/frameworks/h3/index.ts'
import { session as honoSession } from '../../src/frameworks/hono.ts'
import { session as koaSession } from '../../src/frameworks/koa.ts'
import { application } from '../_support/application.ts'
import { fetchRaw } from './node/raw-client.ts'
import { serve } from './node/server.ts'

test('Koa: a page for a failed save holds nothing of the response that was meant, and does not try again', async () => {
  const { sessions, store } = application()
  store.before('create', () => {
    throw new Error('The disk is full.')
  })
  const app = new Koa()
    .use(async (ctx, next) => {
      try {
        await next()
      } catch (error) {
        store.before('create') // up again
        store.reset()
        ctx.body = (error as { code: string }).code
      }
    })
    .use(koaSession(sessions))
    .use((ctx) => {
      ctx.session.set('cart', ['tea'])
      ctx.set({ ETag: '"a"', 'Content-Disposition': 'inline', 'Access-Control-Allow-Origin': '*' })
      ctx.body = 'what was meant'
    })
  const listener = app.callback()
  await using server = await serve((request, response) => void listener(request, response))
  const answer = await fetchRaw(server.port)
  expect([answer.status, answer.body, answer.all('set-cookie')]).toEqual([500, 'ERR_SESSION_STORE', []])
  const named = ['etag', 'content-disposition', 'access-control-allow-origin', 'cache-control']
  expect(named.map((name) => answer.header(name))).toEqual([undefined, undefined, '*', 'no-store'])
  expect(store.count('create')).toBe(0)
})

test('Fastify: a hijacked reply whose save failed is a bare 500, and the error is logged', async () => {
  const { sessions, store } = application()
  store.before('create', () => {
    throw new Error('The disk is full.')
  })
  let log = ''
  const app = fastify({ logger: { stream: { write: (line: string) => (log += line) } } })
  app.setErrorHandler(() => expect.unreachable())
  await app.register(fastifySession(sessions))
  app.get('/', async (request, reply) => {
    reply.hijack()
    request.session.set('cart', ['tea'])
    reply.raw.setHeader('ETag', '"a"').end('what was meant')
  })
  await app.ready()
  await using server = await serve((request, response) => app.routing(request, response))
  const answer = await fetchRaw(server.port)
  expect([answer.status, answer.body, answer.all('set-cookie'), answer.header('etag')]).toEqual([500, '', [], undefined])
  expect(answer.header('cache-control')).toBe('no-store')
  expect(log).toContain('The session could not be saved.')
})

test.each<[string, (sessions: ReturnType<typeof application>['sessions']) => { request(path: string): Response | Promise<Response> }]>([
  [
    'Hono',
    (sessions) => {
      const app = new Hono().onError((_error, c) => c.text('failed', 500)).use(honoSession(sessions))
      return app.get('/', (c) => {
        c.var.session.set('cart', ['tea'])
        throw new Error('by the handler')
      })
    },
  ],
  [
    'h3',
    (sessions) =>
      new H3({ silent: true }).use(h3Session(sessions)).get('/', (event) => {
        sessions.open(event.req).set('cart', ['tea'])
        throw new Error('by the handler')
      }),
  ],
  [
    'h3 1',
    (sessions) => {
      const app = h3Of1.createApp({ onError: () => undefined })
      h3Session(sessions)(app)
      app.use(
        h3Of1.eventHandler((event) => {
          sessions.open(event.node.req).set('cart', ['tea'])
          throw h3Of1.createError('by the handler')
        }),
      )
      const handler = h3Of1.toWebHandler(app)
      return { request: (path) => handler(new Request(`http://localhost${path}`)) }
    },
  ],
])('%s: what a handler changed before it threw is saved with the error page', async (_name, build) => {
  const { sessions } = application()
  const response = await build(sessions).request('/')
  const cookie = response.headers.getSetCookie()[0]!.split(';')[0]!
  expect([response.status, await sessions.open({ headers: { cookie } }).get('cart')]).toEqual([500, ['tea']])
})

test('Hono: a response whose headers cannot be changed, with cookies and Vary of its own, is handed on with ours', async () => {
  const { sessions } = application()
  await using upstream = await serve((_request, response) =>
    response.setHeader('Vary', 'Accept').setHeader('Set-Cookie', 'own=1').end('hello'),
  )
  const app = new Hono().use(honoSession(sessions)).get('/', (c) => {
    c.var.session.set('cart', ['tea'])
    return fetch(`http://127.0.0.1:${upstream.port}`)
  })
  const { headers } = await app.request('/')
  expect(headers.getSetCookie().map((line) => line.split('=')[0])).toEqual(['own', '__Host-session-anon'])
  expect([headers.get('vary'), headers.get('cache-control')]).toEqual(['Accept, Cookie', 'no-store'])
})

test("Koa's own page for a save that failed past its middleware is kept by no cache", async () => {
  const { sessions, store } = application()
  store.before('create', () => {
    throw new Error('The disk is full.')
  })
  const app = new Koa().use(koaSession(sessions)).use((ctx) => {
    ctx.respond = false
    ctx.session.set('cart', ['tea'])
    ctx.res.end('meant')
  })
  app.silent = true
  const listener = app.callback()
  await using server = await serve((request, response) => void listener(request, response))
  const answer = await fetchRaw(server.port)
  expect([answer.status, answer.body, answer.header('cache-control')]).toEqual([500, 'Internal Server Error', 'no-store'])
})

test('an error page that says how long it may be kept is believed', async () => {
  const { sessions, store } = application()
  store.before('create', () => {
    throw new Error('The disk is full.')
  })
  const app = express().use(expressSession(sessions))
  app.get('/', (req, res) => {
    sessions.open(req).set('cart', ['tea'])
    res.send('meant')
  })
  app.use(
    ((_error, _req, res, _next) => void res.status(503).set('Cache-Control', 'max-age=5').send('later')) as express.ErrorRequestHandler,
  )
  await using server = await serve(app)
  const answer = await fetchRaw(server.port)
  expect([answer.status, answer.body, answer.header('cache-control')]).toEqual([503, 'later', 'private, max-age=5'])
})

/** What a framework does whose own error path fails, about a save that failed: `warned` if nobody else would hear of it. */
interface ErrorPath {
  readonly framework: string
  listener(sessions: ReturnType<typeof application>['sessions']): RequestListener | Promise<RequestListener>
  readonly warned: boolean
}

const fails = (): never => {
  throw new Error('by the error path')
}

const errorPaths: readonly ErrorPath[] = [
  {
    framework: 'Express',
    warned: false,
    listener(sessions) {
      const app = express().set('env', 'test').use(expressSession(sessions))
      app.get('/', (req, res) => {
        sessions.open(req).set('cart', ['tea'])
        res.send('meant')
      })
      app.use(((_error, _req, _res, _next) => fails()) as express.ErrorRequestHandler)
      return app
    },
  },
  {
    framework: 'Fastify',
    warned: false,
    async listener(sessions) {
      const app = fastify().setErrorHandler(fails)
      await app.register(fastifySession(sessions))
      app.get('/', async (request) => {
        request.session.set('cart', ['tea'])
        return 'meant'
      })
      await app.ready()
      return (request, response) => app.routing(request, response)
    },
  },
  {
    framework: 'Koa, past its middleware',
    warned: true,
    listener(sessions) {
      const app = new Koa().use(koaSession(sessions)).use((ctx) => {
        ctx.respond = false
        ctx.session.set('cart', ['tea'])
        ctx.res.end('meant')
      })
      const listener = app.on('error', fails).callback()
      return (request, response) => void listener(request, response)
    },
  },
  {
    framework: 'Hono',
    warned: false,
    listener(sessions) {
      const app = new Hono().onError(fails).use(honoSession(sessions))
      app.get('/', (c) => {
        c.var.session.set('cart', ['tea'])
        return c.text('meant')
      })
      const listener = getRequestListener(app.fetch)
      return (request, response) => void listener(request, response)
    },
  },
  {
    framework: 'h3',
    warned: false,
    listener(sessions) {
      const app = new H3({ silent: true, onError: fails }).use(h3Session(sessions)).get('/', (event) => {
        sessions.open(event.req).set('cart', ['tea'])
        return 'meant'
      })
      return toNodeHandler(app)
    },
  },
  {
    framework: 'h3 1, after it has left the request',
    warned: true,
    listener(sessions) {
      const app = h3Of1.createApp()
      h3Session(sessions)(app)
      app.use(
        h3Of1.eventHandler((event) => {
          event._handled = true
          setImmediate(() => {
            sessions.open(event.node.req).set('cart', ['tea'])
            event.node.res.end('meant')
          })
        }),
      )
      return h3Of1.toNodeListener(app)
    },
  },
]

test.each(errorPaths)(
  '$framework: an error path that fails itself is not lost, and its client gets a 500',
  async ({ listener, warned }) => {
    const { sessions, store } = application()
    store.before('create', () => {
      throw new Error('The disk is full.')
    })
    const warnings: string[] = []
    const warn = ({ message }: Error): void => void warnings.push(message)
    process.on('warning', warn)
    await using server = await serve(await listener(sessions))
    const answer = await fetchRaw(server.port)
    expect([answer.status, answer.all('set-cookie')]).toEqual([500, []])
    expect(answer.body).not.toContain('meant')
    if (warned) await expect.poll(() => warnings.join()).toContain('The error path of a response failed itself: ')
    process.off('warning', warn)
  },
)

describe('a body that was meant, and that nobody will read, is cancelled', () => {
  type Sessions = ReturnType<typeof application>['sessions']
  const builds: Record<string, (sessions: Sessions, body: ReadableStream) => Promise<unknown>> = {
    Fetch: (sessions, body) =>
      fetchSession(sessions, (_request, session) => {
        session.set('cart', ['tea'])
        return new Response(body)
      })(new Request('http://localhost/')),
    Hono: async (sessions, body) =>
      new Hono()
        .onError((_error, c) => c.text('failed', 500))
        .use(honoSession(sessions))
        .get('/', (c) => {
          c.var.session.set('cart', ['tea'])
          return c.body(body)
        })
        .request('/'),
    'h3, a Response': async (sessions, body) =>
      new H3({ silent: true })
        .use(h3Session(sessions))
        .get('/', (event) => {
          sessions.open(event.req).set('cart', ['tea'])
          return new Response(body)
        })
        .request('/'),
    'h3, a stream': async (sessions, body) =>
      new H3({ silent: true })
        .use(h3Session(sessions))
        .get('/', (event) => {
          sessions.open(event.req).set('cart', ['tea'])
          return body
        })
        .request('/'),
  }

  test.each(Object.entries(builds))('%s', async (_name, build) => {
    const { sessions, store } = application()
    store.before('create', () => {
      throw new Error('The disk is full.')
    })
    let reason: unknown
    const body = new ReadableStream({ cancel: (why) => void (reason = why) })
    await build(sessions, body).catch(() => undefined)
    expect(reason).toMatchObject({ code: 'ERR_SESSION_STORE' })
  })
})
