import express from 'express'
import type { ErrorRequestHandler, Express } from 'express'
import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { Hono } from 'hono'
import { isSojournError } from 'sojourn'
import type { Sessions } from 'sojourn'
import { session } from 'sojourn/express'
import { session as fastifySession } from 'sojourn/fastify'
import { session as honoSession } from 'sojourn/hono'

export interface Data {
  cart: string[]
}

const unavailable: ErrorRequestHandler = (error, _req, res, next) => {
  if (isSojournError(error) && error.code === 'ERR_SESSION_STORE') res.sendStatus(503)
  else next(error)
}

/** The application that the tests of the guide are about. */
export function shop(sessions: Sessions<Partial<Data>>): Express {
  const app = express()
  app.use(session(sessions))
  app.get('/cart', async (req, res) => {
    const visit = await sessions.open(req).load()
    if (visit.principal === null) return void res.sendStatus(401)
    res.json(await visit.get('cart'))
  })
  return app.use(unavailable)
}

/** The same in Fastify. */
export async function fastifyShop(sessions: Sessions<Partial<Data>>): Promise<FastifyInstance> {
  const app = fastify()
  await app.register(fastifySession(sessions))
  app.get('/cart', async (request, reply) => {
    const visit = await sessions.open(request).load()
    if (visit.principal === null) return reply.code(401).send()
    return visit.get('cart')
  })
  return app
}

/** The same in Hono. */
export function honoShop(sessions: Sessions<Partial<Data>>): Hono {
  const app = new Hono()
  app.use(honoSession(sessions)).get('/cart', async (c) => {
    const visit = await c.var.session.load()
    if (visit.principal === null) return c.body(null, 401)
    return c.json((await visit.get('cart')) ?? [])
  })
  return app
}
