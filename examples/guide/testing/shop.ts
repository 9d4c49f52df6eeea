import express from 'express'
import type { ErrorRequestHandler, Express } from 'express'
import { isSojournError } from 'sojourn'
import type { Sessions } from 'sojourn'
import { session } from 'sojourn/express'

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
