/**
 * Header and URL tokens through every other framework: what the adapters of node, Express and Fetch are tried with in
 * responses.test.ts.
 */
import { getRequestListener } from '@hono/node-server'
import fastify from 'fastify'
import { H3 } from 'h3'
import { toNodeHandler } from 'h3/node'
import { Hono } from 'hono'
import Koa from 'koa'
import type { RequestListener } from 'node:http'
import { describe, expect, test } from 'vitest'
import { session as fastifySession } from '../../src/frameworks/fastify.ts'
import { session as h3Session } from '../../src/frameworks/h3/index.ts'
import { session as honoSession } from '../../src/frameworks/hono.ts'
import { session as koaSession } from '../../src/frameworks/koa.ts'
import type { Session, Sessions, TransportFactory } from '../../src/index.ts'
import { headerTransport } from '../../src/transports/header.ts'
import { urlTransport } from '../../src/transports/url.ts'
import { application } from '../_support/application.ts'
import { serve } from '../frameworks/node/server.ts'

type Handler = (session: Session) => Promise<string>

const listeners: Record<string, (sessions: Sessions, handler: Handler) => Promise<RequestListener>> = {
  async koa(sessions, handler) {
    const app = new Koa()
    app.use(koaSession(sessions))
    app.use(async (ctx) => void (ctx.body = await handler(sessions.open(ctx.request))))
    const listener = app.callback()
    return (request, response) => void listener(request, response)
  },
  async fastify(sessions, handler) {
    const app = fastify()
    await app.register(fastifySession(sessions))
    app.get('/', (request) => handler(sessions.open(request)))
    await app.ready()
    return (request, response) => app.routing(request, response)
  },
  async hono(sessions, handler) {
    const app = new Hono()
    app.use(honoSession(sessions))
    app.get('/', async (c) => c.text(await handler(sessions.open(c.req.raw))))
    const listener = getRequestListener(app.fetch)
    return (request, response) => void listener(request, response)
  },
  async h3(sessions, handler) {
    const app = new H3()
    app.use(h3Session(sessions))
    app.get('/', (event) => handler(sessions.open(event.req)))
    const listener = toNodeHandler(app)
    return (request, response) => void listener(request, response)
  },
}

describe.each(Object.keys(listeners))('%s', (name) => {
  const ask = async (
    transport: TransportFactory,
    use: (send: (path: string, init?: RequestInit) => Promise<Response>) => Promise<void>,
  ) => {
    const { sessions } = application({ transport })
    const handler: Handler = async (session) => {
      session.increment('count')
      await session.commit()
      const address = transport === byUrl ? session.url('/') : '/'
      return JSON.stringify([await session.get('count'), address])
    }
    await using server = await serve(await listeners[name]!(sessions, handler))
    await use((path, init) => fetch(`http://127.0.0.1:${server.port}${path}`, init))
  }
  const byUrl = urlTransport()

  test('addresses', () =>
    ask(byUrl, async (send) => {
      let address = '/'
      for (let count = 1; count <= 3; count++) {
        const answer = await send(address)
        const [seen, next] = (await answer.json()) as [number, string]
        expect([seen, answer.headers.get('Cache-Control'), answer.headers.get('Referrer-Policy')]).toEqual([
          count,
          'no-store',
          'no-referrer',
        ])
        address = next
      }
    }))

  test('headers', () =>
    ask(headerTransport(), async (send) => {
      const first = await send('/')
      const token = first.headers.get('Session-Token')!
      expect([token.length, first.headers.get('Cache-Control'), first.headers.get('Vary')]).toEqual([64, 'no-store', 'Authorization'])
      const second = await send('/', { headers: { Authorization: `Bearer ${token}` } })
      expect([((await second.json()) as [number])[0], second.headers.get('Session-Token')]).toEqual([2, null])
    }))

  test('an untouched page, whose address may hold a token', async () => {
    await using server = await serve(await listeners[name]!(application({ transport: byUrl }).sessions, async () => 'untouched'))
    const { headers } = await fetch(`http://127.0.0.1:${server.port}/`)
    expect([headers.get('Cache-Control'), headers.get('Referrer-Policy')]).toEqual(['no-store', 'no-referrer'])
  })
})
