/**
 * What becomes of a session, and of the response that was meant, where the application writes the error page itself.
 */
import fastify from 'fastify'
import { H3 } from 'h3'
import { Hono } from 'hono'
import Koa from 'koa'
import { expect, test } from 'vitest'
import { session as fastifySession } from '../../src/frameworks/fastify.ts'
import { session as h3Session } from '../../src/frameworks/h3.ts'
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
