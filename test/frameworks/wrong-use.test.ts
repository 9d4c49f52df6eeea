/** Adapters that were given the wrong thing, or that are in the application of another framework. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { RequestListener } from 'node:http'
import express from 'express'
import fastify from 'fastify'
import { H3 } from 'h3'
import { Hono } from 'hono'
import Koa from 'koa'
import { describe, expect, test } from 'vitest'
import * as expressAdapter from '../../src/frameworks/express.ts'
import * as fastifyAdapter from '../../src/frameworks/fastify.ts'
import * as fetchAdapter from '../../src/frameworks/fetch.ts'
import * as h3Adapter from '../../src/frameworks/h3/index.ts'
import * as honoAdapter from '../../src/frameworks/hono.ts'
import * as koaAdapter from '../../src/frameworks/koa.ts'
import * as nodeAdapter from '../../src/frameworks/node/index.ts'
import { createSessions } from '../../src/index.ts'

type Any = (...given: unknown[]) => unknown

const sessions = createSessions({ development: true })
const adapters = {
  express: expressAdapter,
  fastify: fastifyAdapter,
  fetch: fetchAdapter,
  h3: h3Adapter,
  hono: honoAdapter,
  koa: koaAdapter,
  node: nodeAdapter,
} as unknown as Readonly<Record<string, { readonly session: Any; readonly guard: Any }>>
const handler = (): undefined => undefined

function wrong(...messages: string[]): Error {
  return expect.objectContaining({
    code: 'ERR_SESSION_OPTIONS',
    message: expect.stringMatching(new RegExp(messages.map((message) => message.replaceAll(/[()[\]{}.]/g, String.raw`\$&`)).join('.*'))),
  }) as Error
}

describe.each(Object.entries(adapters))('sojourn/%s', (name, { session, guard }) => {
  test('session without sessions', () => {
    expect(() => session()).toThrow(
      wrong(`sojourn/${name}: write session(sessions`, 'with what createSessions returned; this is undefined.'),
    )
    expect(() => session(null, handler)).toThrow(wrong('this is null.'))
  })

  test('session with the options of express-session', () => {
    expect(() => session({ secret: 'x', resave: false }, handler)).toThrow(
      wrong("these are options of express-session. Import session from 'sojourn/express-session'"),
    )
  })

  test('session with the options of createSessions', () => {
    expect(() => session({ secrets: ['x'] }, handler)).toThrow(
      wrong('make the sessions first: const sessions = createSessions({ … }), then'),
    )
  })

  test('session with a promise', () => {
    expect(() => session(Promise.resolve(sessions), handler)).toThrow(wrong('await what createSessions made'))
  })

  test('a guard without sessions, without guards, or with something else as guard', () => {
    expect(() => guard(handler)).toThrow(
      wrong(`sojourn/${name}: write guard(sessions, …) with what createSessions returned; this is a function.`),
    )
    expect(() => guard(sessions)).toThrow(wrong('write guard(sessions, …) with guards such as csrf(sessions)', 'there is none.'))
    expect(() => guard(sessions, undefined)).toThrow(wrong('one of them is undefined.'))
  })
})

test.each(['fetch', 'node'])('sojourn/%s: the handler was forgotten', (name) => {
  expect(() => adapters[name]!.session(sessions)).toThrow(
    wrong(`sojourn/${name}: write session(sessions, handler) with a function as handler; this one is undefined.`),
  )
})

test('Fastify: app.register(session, sessions)', async () => {
  const app = fastify()
  const registering = async (): Promise<void> => {
    await app.register(fastifyAdapter.session as never, sessions as never)
    await app.ready()
  }
  await expect(registering()).rejects.toThrow(wrong('sojourn/fastify: write app.register(session(sessions)).'))
})

/** What the application of a framework says about a middleware at its first request. */
const errors: Readonly<Record<string, (middleware: never) => Promise<unknown>>> = {
  express: (middleware) =>
    new Promise((resolve, reject) => {
      const app = express()
      app.use(middleware)
      app.use((error: unknown, _request: unknown, response: express.Response, _next: unknown) => {
        resolve(error)
        response.end()
      })
      app.use((_request, response) => void response.end())
      ask(app).then(() => resolve(undefined), reject)
    }),
  fastify: async (middleware) => {
    const app = fastify()
    let error: unknown
    app.setErrorHandler((thrown, _request, reply) => {
      error = thrown
      return reply.send('')
    })
    app.addHook('onRequest', middleware)
    app.get('/', async () => '')
    await app.inject('/')
    return error
  },
  koa: (middleware) =>
    new Promise((resolve, reject) => {
      const app = new Koa()
      app.use(middleware)
      app.on('error', resolve)
      ask(app.callback() as RequestListener).then(() => resolve(undefined), reject)
    }),
  hono: async (middleware) => {
    let error: unknown
    const app = new Hono().use(middleware)
    app.onError((thrown, c) => {
      error = thrown
      return c.text('')
    })
    app.get('/', (c) => c.text(''))
    await app.request('/')
    return error
  },
  h3: async (middleware) => {
    let error: unknown
    const app = new H3({ silent: true, onError: (thrown) => void (error = thrown.cause ?? thrown) }).use(middleware).get('/', () => '')
    await app.request('/')
    return error
  },
}

async function ask(listener: RequestListener): Promise<void> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  await (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)).text()
  await new Promise((resolve) => server.close(resolve))
}

const frameworks = Object.keys(errors)
const pairs = frameworks.flatMap((framework) => frameworks.map((adapter) => ({ framework, adapter })))

test.each(pairs.filter(({ framework, adapter }) => framework !== adapter))(
  'the middleware of $adapter in an application of $framework',
  async ({ framework, adapter }) => {
    const { session, guard } = adapters[adapter]!
    // Fastify refuses an async hook of three parameters itself, and what is a plugin there is registered.
    const made = framework === 'fastify' && adapter !== 'express' ? [] : [session(sessions)]
    if (framework !== 'fastify' || adapter !== 'express') made.push(guard(sessions, handler))
    for (const middleware of made) {
      expect(await errors[framework]!(middleware as never)).toEqual(
        wrong(`sojourn/${adapter}: `, `Write import { session, guard } from 'sojourn/${framework}'.`),
      )
    }
  },
)

test.each(frameworks)('its own middleware in an application of %s', async (framework) => {
  for (const middleware of [
    adapters[framework]!.guard(sessions, handler),
    ...(framework === 'fastify' ? [] : [adapters[framework]!.session(sessions)]),
  ]) {
    expect(await errors[framework]!(middleware as never)).toBe(undefined)
  }
})

test('the context of Koa instead of its request: its changes would be lost', async () => {
  let error: unknown
  const app = new Koa().use(koaAdapter.session(sessions)).use((ctx) => {
    expect(sessions.open(ctx.request)).toBe(ctx.session)
    try {
      sessions.open(ctx)
    } catch (thrown) {
      error = thrown
    }
    ctx.body = 'done'
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  server.close()
  expect(error).toEqual(wrong('Write sessions.open(ctx.request)'))
})
