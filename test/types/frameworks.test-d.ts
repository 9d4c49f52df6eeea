import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'
import type { H3Event } from 'h3'
import { Hono } from 'hono'
import Koa from 'koa'
import type { Request as ExpressRequest } from 'express'
import { expectTypeOf, test } from 'vitest'
import { session as fastifySession } from '../../src/frameworks/fastify.ts'
import { session as fetchSession } from '../../src/frameworks/fetch.ts'
import { guard as honoGuard, session as honoSession } from '../../src/frameworks/hono.ts'
import { guard as koaGuard, session as koaSession } from '../../src/frameworks/koa.ts'
import { nextSession } from '../../src/frameworks/next/index.ts'
import { session as nodeSession } from '../../src/frameworks/node/index.ts'
import type { Guard, Session, Sessions } from '../../src/index.ts'

type Data = { cart?: string[]; visits?: number }

// Never called: only its types are looked at.
declare const sessions: Sessions<Data>
declare const anyGuard: Guard

function check(session: Session<Data>): void {
  expectTypeOf(session.get('cart')).toEqualTypeOf<Promise<string[] | undefined>>()
  // @ts-expect-error -- no such key
  void session.get('carts')
  // @ts-expect-error -- no such key
  session.set('carts', [])
  // @ts-expect-error -- no such value
  session.set('cart', 1)
}

test('the request of each framework opens the typed handle', () => {
  void ((request: ExpressRequest) => check(sessions.open(request)))
  void ((request: FastifyRequest) => check(sessions.open(request)))
  void ((event: H3Event) => check(sessions.open(event.req)))
  void ((ctx: Koa.Context) => check(sessions.open(ctx.request)))
  void ((request: Request) => check(sessions.open(request)))
  void ((request: IncomingMessage) => check(sessions.open(request)))
})

test('node:http and Fetch hand it to the handler', () => {
  void (() => nodeSession(sessions, (_request, _response, session) => check(session)))
  void (() =>
    fetchSession(sessions, (_request, session) => {
      check(session)
      return new Response()
    }))
})

test('Koa: ctx.session after the middleware', () => {
  void (() =>
    new Koa()
      .use(koaSession(sessions))
      .use(koaGuard(sessions, anyGuard))
      .use((ctx) => {
        expectTypeOf(ctx.session).toEqualTypeOf<Session<Data>>()
        check(ctx.session)
      }))
})

test('Hono: c.var.session after the middleware', () => {
  void (() =>
    new Hono()
      .use(honoSession(sessions))
      .use(honoGuard(sessions, anyGuard))
      .get('/', (c) => {
        expectTypeOf(c.var.session).toEqualTypeOf<Session<Data>>()
        expectTypeOf(c.get('session')).toEqualTypeOf<Session<Data>>()
        check(c.var.session)
        return c.text('')
      }))
})

test('Fastify: request.session is a handle of unknown values', () => {
  void fastifySession
  void ((request: FastifyRequest) => {
    expectTypeOf(request.session).toEqualTypeOf<Session>()
    expectTypeOf(request.session.get('cart')).toEqualTypeOf<Promise<unknown>>()
  })
})

test('h3: event.context.session is unknown, so that nobody takes it for typed', () => {
  void ((event: H3Event) => expectTypeOf(event.context['session']).toBeUnknown())
})

test('Next: the session of nextSession, and the arguments of what it makes', () => {
  void (() => {
    const { session, action, route, proxy } = nextSession('shop', () => sessions)
    expectTypeOf(session).returns.resolves.toEqualTypeOf<Session<Data>>()
    const add = action(async (opened, form: FormData, amount: number) => {
      check(opened)
      return `${form.has('item')} ${amount}`
    })
    expectTypeOf(add).toEqualTypeOf<(form: FormData, amount: number) => Promise<string>>()
    const handler = route(async (request: Request, opened, { params }: { params: Promise<{ id: string }> }) => {
      check(opened)
      return Response.json([request.url, (await params).id])
    })
    expectTypeOf(handler).toEqualTypeOf<(request: Request, context: { params: Promise<{ id: string }> }) => Promise<Response>>()
    expectTypeOf(proxy(() => undefined)).toEqualTypeOf<(request: Request) => Promise<Response>>()
    // @ts-expect-error -- it needs the session first
    action((form: FormData) => form)
  })
})
