import type { RequestListener } from 'node:http'
import { Readable } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import type { Request, Response as ExpressResponse } from 'express'
import express4 from 'express4'
import fastify from 'fastify'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { H3, redirect } from 'h3'
import type { H3Event } from 'h3'
import { toNodeHandler } from 'h3/node'
import * as h3Of1 from 'h3-1'
import * as h3OfEarly2 from 'h3-2-early'
import { Hono } from 'hono'
import { stream } from 'hono/streaming'
import Koa from 'koa'
import { ownMiddleware } from '../../../src/frameworks/express-session/middleware.ts'
import { readOwnOptions } from '../../../src/frameworks/express-session/own.ts'
import { session as expressSession } from '../../../src/frameworks/express.ts'
import { session as fastifySession } from '../../../src/frameworks/fastify.ts'
import { session as fetchSession } from '../../../src/frameworks/fetch.ts'
import { session as h3Session } from '../../../src/frameworks/h3/index.ts'
import { session as honoSession } from '../../../src/frameworks/hono.ts'
import { session as koaSession } from '../../../src/frameworks/koa.ts'
import { session as nodeSession } from '../../../src/frameworks/node/index.ts'
import type { AdapterContractData, AdapterSetup, RouteAnswer } from '../../../src/testing/index.ts'
import type { Session, Sessions } from '../../../src/index.ts'
import { Http1Client } from '../wire/http1.ts'
import { nestOn } from './nest.ts'
import { listen, pathOf, responseOf, send, served, streamOf, type Make } from './listen.ts'

type Handle = Session<Partial<AdapterContractData>>

const twice = <T>(times: 1 | 2, one: () => T): T[] => Array.from({ length: times }, one)

function routeOf({ routes }: AdapterSetup, path: string): AdapterSetup['routes'][number] {
  return routes.find((route) => route.path === path)!
}

/** A request listener of node with the routes. */
export function nodeListener(setup: AdapterSetup, sendBy: typeof send = send): RequestListener {
  const { sessions, times } = setup
  const inner = nodeSession(sessions, async (request, response, session) =>
    sendBy(response, await routeOf(setup, pathOf(request)).handle(session, sessions.open(request))),
  )
  return times === 1 ? inner : nodeSession(sessions, (request, response) => inner(request, response))
}

const node: Make = (setup) => listen(nodeListener(setup))

const fetchStyle: Make = async (setup) => {
  const { sessions, times } = setup
  const inner = fetchSession(sessions, async (request, session) =>
    responseOf(await routeOf(setup, new URL(request.url).pathname).handle(session, sessions.open(request))),
  )
  return {
    origin: 'http://localhost',
    fetch: times === 1 ? inner : fetchSession(sessions, (request) => inner(request)),
    close: async () => undefined,
  }
}

function expressOf(factory: typeof express): Make {
  return ({ sessions, routes, times }) => {
    const app = factory()
    app.set('env', 'test')
    for (const middleware of twice(times, () => expressSession(sessions))) app.use(middleware)
    for (const { path, handle } of routes) {
      app.get(path, (request: Request, response: ExpressResponse, next) => {
        const { session } = request as unknown as { session: Handle }
        handle(session, sessions.open(request)).then((answer) => sendExpress(response, answer), next)
      })
    }
    return listen(app)
  }
}

/** `req.session` is the compat session of express-session; the handle is beside it, as `middleware.sessions.open(req)` gives it. */
function compatOf(factory: typeof express): Make {
  const { settings } = readOwnOptions({ secret: 'the secret of the contract, 32 or more', saveUninitialized: false })
  return ({ sessions, routes, times }) => {
    const app = factory()
    app.set('env', 'test')
    for (const middleware of twice(times, () => ownMiddleware(sessions as unknown as Sessions, settings))) app.use(middleware)
    for (const { path, handle } of routes) {
      app.get(path, (request: Request, response: ExpressResponse, next) => {
        handle(sessions.open(request), sessions.open(request)).then((answer) => sendExpress(response, answer), next)
      })
    }
    return listen(app)
  }
}

function sendExpress(response: ExpressResponse, answer: RouteAnswer): void {
  response.set(answer.headers ?? {})
  if (answer.kind === 'text') response.status(answer.status).send(answer.body)
  else if (answer.kind === 'json') response.json(answer.value)
  else if (answer.kind === 'redirect') response.redirect(answer.location)
  else send(response, answer)
}

/** An application of Fastify with the routes; its type is that of HTTP/1, whatever it speaks. */
export async function fastifyApp({ sessions, routes, times }: AdapterSetup, options: object = {}): Promise<FastifyInstance> {
  const app = fastify({ forceCloseConnections: true, ...options })
  for (const plugin of twice(times, () => fastifySession(sessions))) await app.register(plugin)
  for (const { path, handle } of routes) {
    app.get(path, async (request, reply) => sendFastify(reply, await handle(request.session as unknown as Handle, sessions.open(request))))
  }
  return app
}

const fastifyStyle: Make = async (setup) => {
  const app = await fastifyApp(setup)
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  return served(origin, new Http1Client(origin), () => app.close())
}

function sendFastify(reply: FastifyReply, answer: RouteAnswer): FastifyReply {
  reply.headers(answer.headers ?? {})
  if (answer.kind === 'text') return reply.code(answer.status).send(answer.body)
  if (answer.kind === 'json') return reply.send(answer.value)
  if (answer.kind === 'redirect') return reply.redirect(answer.location)
  if (answer.kind === 'empty') return reply.code(answer.status).send()
  return reply.send(Readable.from(answer.chunks, { objectMode: false }))
}

/** A request listener of Koa with the routes. */
export function koaListener({ sessions, routes, times }: AdapterSetup): RequestListener {
  const app = new Koa<object, { session: Handle }>()
  app.silent = true
  for (const middleware of twice(times, () => koaSession(sessions))) app.use(middleware)
  app.use(async (ctx) => {
    const route = routes.find(({ path }) => path === ctx.path)!
    const answer = await route.handle(ctx.session, sessions.open(ctx.request))
    ctx.set(answer.headers ?? {})
    if (answer.kind === 'text') Object.assign(ctx, { status: answer.status, body: answer.body })
    else if (answer.kind === 'json') ctx.body = answer.value
    else if (answer.kind === 'redirect') ctx.redirect(answer.location)
    else if (answer.kind === 'empty') ctx.status = answer.status
    else ctx.body = Readable.from(answer.chunks)
  })
  const listener = app.callback()
  return (request, response) => void listener(request, response)
}

const koa: Make = (setup) => listen(koaListener(setup))

function honoApp({ sessions, routes, times }: AdapterSetup): Hono {
  const app = new Hono()
  for (const middleware of twice(times, () => honoSession(sessions))) app.use(middleware)
  app.onError((_error, c) => c.text('Internal Server Error', 500))
  for (const { path, handle } of routes) {
    app.get(path, async (c) => {
      const answer = await handle(c.get('session' as never) as Handle, sessions.open(c.req.raw))
      for (const [name, value] of Object.entries(answer.headers ?? {})) c.header(name, value)
      if (answer.kind === 'text') return c.text(answer.body, answer.status as 200)
      if (answer.kind === 'json') return c.json(answer.value as object)
      if (answer.kind === 'redirect') return c.redirect(answer.location)
      if (answer.kind === 'empty') return c.body(null, answer.status)
      return stream(
        c,
        async (out) => {
          for await (const chunk of answer.chunks) await out.write(chunk)
        },
        async () => undefined,
      )
    })
  }
  return app
}

const hono: Make = (setup) => {
  const listener = getRequestListener(honoApp(setup).fetch)
  return listen((request, response) => void listener(request, response))
}

const honoInProcess: Make = async (setup) => ({
  origin: 'http://localhost',
  fetch: async (request) => honoApp(setup).fetch(request),
  close: async () => undefined,
})

const h3: Make = ({ sessions, routes, times }) => {
  const app = new H3({ silent: true })
  for (const middleware of twice(times, () => h3Session(sessions))) app.use(middleware)
  for (const { path, handle } of routes) {
    app.get(path, async (event) => sendH3(event, await handle(event.context['session'] as Handle, sessions.open(event.req))))
  }
  return listen(toNodeHandler(app))
}

function sendH3({ res }: { readonly res: Pick<H3Event['res'], 'headers' | 'status'> }, answer: RouteAnswer): unknown {
  for (const [name, value] of Object.entries(answer.headers ?? {})) res.headers.set(name, value)
  if (answer.kind === 'json') return answer.value
  if (answer.kind === 'redirect') return redirect(answer.location)
  if (answer.kind === 'stream') return streamOf(answer.chunks)
  res.status = answer.status
  return answer.kind === 'text' ? answer.body : null
}

const h3WithResponses: Make = ({ sessions, routes, times }) => {
  const app = new H3({ silent: true })
  for (const middleware of twice(times, () => h3Session(sessions))) app.use(middleware)
  for (const { path, handle } of routes) {
    app.get(path, async (event) => responseOf(await handle(event.context['session'] as Handle, sessions.open(event.req))))
  }
  return listen(toNodeHandler(app))
}

/** Of the first releases of h3 2, which have no headers of their own for error pages. */
const h3Early: Make = ({ sessions, routes, times }) => {
  const app = new h3OfEarly2.H3({ silent: true })
  for (const middleware of twice(times, () => h3Session(sessions))) app.use(middleware)
  for (const { path, handle } of routes) {
    app.all(path, async (event) => sendH3(event, await handle(event.context['session'] as Handle, sessions.open(event.req))))
  }
  return listen(h3OfEarly2.toNodeHandler(app))
}

/** An application of h3 1 with the routes, and how a handler sends. */
function h3App1(
  { sessions, routes, times }: AdapterSetup,
  sendBy: (event: h3Of1.H3Event, answer: RouteAnswer) => unknown = sendH3Of1,
): h3Of1.App {
  const app = h3Of1.createApp({ onError: () => undefined })
  for (const join of twice(times, () => h3Session(sessions))) join(app)
  for (const { path, handle } of routes) {
    app.use(
      path,
      h3Of1.eventHandler(async (event) => sendBy(event, await handle(event.context['session'] as Handle, sessions.open(event.node.req)))),
    )
  }
  return app
}

function sendH3Of1(event: h3Of1.H3Event, answer: RouteAnswer): unknown {
  h3Of1.setResponseHeaders(event, answer.headers ?? {})
  if (answer.kind === 'json') return answer.value
  if (answer.kind === 'redirect') return h3Of1.sendRedirect(event, answer.location)
  if (answer.kind === 'stream') return streamOf(answer.chunks)
  h3Of1.setResponseStatus(event, answer.status)
  return answer.kind === 'text' ? answer.body : null
}

const h3WithNode: Make = (setup) => listen(h3Of1.toNodeListener(h3App1(setup)))
const h3WithNodeResponses: Make = (setup) => listen(h3Of1.toNodeListener(h3App1(setup, (_event, answer) => responseOf(answer))))
/** As it runs on workers: with a stand-in for node's response, which is taken as soon as h3 says that it is there. */
const h3Of1OnTheWeb: Make = async (setup) => {
  const handler = h3Of1.toWebHandler(h3App1(setup))
  return { origin: 'http://localhost', fetch: (request) => handler(request), close: async () => undefined }
}

/** Every adapter in an application of its framework. */
export const applications: Readonly<Record<string, Make>> = {
  'node:http': node,
  fetch: fetchStyle,
  'express 5': expressOf(express),
  'express 4': expressOf(express4),
  'express-session on express 5': compatOf(express),
  'express-session on express 4': compatOf(express4),
  fastify: fastifyStyle,
  koa,
  'hono on node': hono,
  'hono, fetch only': honoInProcess,
  h3,
  'h3, handlers that return a Response': h3WithResponses,
  'h3, the first releases of 2': h3Early,
  'h3 1': h3WithNode,
  'h3 1, handlers that return a Response': h3WithNodeResponses,
  'h3 1, fetch only': h3Of1OnTheWeb,
  'nest on express': nestOn('express'),
  'nest on fastify': nestOn('fastify'),
}
