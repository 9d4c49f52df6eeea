/**
 * express-session and @fastify/session themselves, on a store that counts.
 *
 * @module
 */
import express from 'express'
import type { Request, RequestHandler, Response } from 'express'
import fastify from 'fastify'
import type { FastifyPluginCallback } from 'fastify'
import { inject } from 'light-my-request'
import { requirePeer } from '../peers/load.ts'
import type { Assumptions } from './assumptions.ts'
import { MINUTE } from './habits.ts'
import type { Kind } from './habits.ts'
import type { Ledger } from './ledger.ts'
import { secret } from './ours.ts'
import type { Ask } from './peers.ts'

interface Bag {
  cart?: string
  visits?: number
  user?: string
  regenerate(done: (error?: Error) => void): void
}
type Done = (error?: unknown, value?: unknown) => void

export async function expressSession(ledger: Ledger, assumptions: Assumptions): Promise<Ask> {
  const middleware = requirePeer('express-session') as ((options: object) => RequestHandler) & { Store: new () => object }
  const maxAge = assumptions.idle * MINUTE
  const app = express()
  const store = Object.assign(new middleware.Store(), countingCalls(ledger, maxAge))
  app.use(middleware({ secret, resave: false, saveUninitialized: false, cookie: { maxAge }, store }))
  app.use(async (req: Request, res: Response) => {
    await handle(
      (req as unknown as { session: Bag }).session,
      req.path.slice(1) as Kind,
      assumptions,
      () => (req as unknown as { session: Bag }).session,
    )
    res.send('Thank you for coming by.')
  })
  app.use((_error: Error, _req: Request, res: Response, _next: unknown) => void res.status(503).end())
  return async (kind, cookie) => linesOf(await inject(app, { url: `/${kind}`, headers: cookie === undefined ? {} : { cookie } }), ledger)
}

export async function fastifySession(ledger: Ledger, assumptions: Assumptions): Promise<Ask> {
  const maxAge = assumptions.idle * MINUTE
  const app = fastify()
  await app.register(requirePeer('@fastify/cookie') as FastifyPluginCallback)
  const options = {
    secret,
    cookie: { secure: false, maxAge },
    saveUninitialized: false,
    rolling: true,
    store: countingCalls(ledger, maxAge),
  }
  await app.register(requirePeer('@fastify/session') as FastifyPluginCallback<typeof options>, options)
  app.get('/*', async (request) => {
    await handle(request.session as unknown as Bag, request.url.slice(1) as Kind, assumptions, () => request.session as unknown as Bag)
    return 'Thank you for coming by.'
  })
  await app.ready()
  return async (kind, cookie) => linesOf(await app.inject({ url: `/${kind}`, headers: cookie === undefined ? {} : { cookie } }), ledger)
}

async function handle(bag: Bag, kind: Kind, { bytes }: Assumptions, current: () => Bag): Promise<void> {
  if (kind === 'change') {
    bag.cart ??= 'x'.repeat(bytes)
    bag.visits = (bag.visits ?? 0) + 1
  }
  if (kind !== 'sign-in') return
  // Both lose the cart if the application does not carry it over.
  const { cart } = bag
  await new Promise<void>((resolve, reject) => bag.regenerate((error) => (error ? reject(error) : resolve())))
  Object.assign(current(), { user: 'user', ...(cart !== undefined && { cart }) })
}

function linesOf(response: { statusCode: number; headers: object; payload: string }, ledger: Ledger): readonly string[] {
  if (response.statusCode !== 200 && !ledger.isDown) throw new Error(`A peer responded with ${response.statusCode}: ${response.payload}`)
  const lines = (response.headers as { 'set-cookie'?: string | string[] })['set-cookie'] ?? []
  return response.statusCode === 200 ? [lines].flat() : []
}

/** What both libraries ask a store; it keeps JSON, as stores on a network do. */
function countingCalls(ledger: Ledger, idle: number): object {
  const kept = new Map<string, string>()
  const answer = (done: Done, work: () => unknown): void => {
    let value: unknown
    try {
      value = work()
    } catch (error) {
      return done(error)
    }
    done(null, value)
  }
  return {
    get: (id: string, done: Done) => answer(done, () => (ledger.read(id) ? (JSON.parse(kept.get(id)!) as unknown) : undefined)),
    set: (id: string, session: object, done: Done) =>
      answer(done, () => {
        const text = JSON.stringify(session)
        ledger.write(id, id.length + text.length, ledger.now + idle)
        kept.set(id, text)
      }),
    touch: (id: string, _session: object, done: Done) => answer(done, () => ledger.touch(id, ledger.now + idle)),
    destroy: (id: string, done: Done) => answer(done, () => ledger.remove(id)),
  }
}
