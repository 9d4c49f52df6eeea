/**
 * Sessions for Express 4 and 5.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Session } from '../core/session.ts'
import type { SessionSource } from '../core/session-source.ts'
import { NodeExchange } from './node/exchange.ts'

/**
 * Middleware that puts the session at `req.session`; `sessions.open(req)` gives the same handle with its full type.
 *
 * What a request changes is saved before the first byte of its response, whichever way it is sent. If the save fails, the
 * response is dropped, and the error goes to the application's error handlers (`next(error)`), with status 500 and no
 * cookie. Its place among other middleware, `compression` too, does not matter, but for error handlers: those of an
 * inner router that the request has already left are not asked.
 *
 * @example
 * import express from 'express'
 * import { createSessions } from 'sojourn'
 * import { session } from 'sojourn/express'
 *
 * const sessions = createSessions()
 * const app = express()
 * app.use(session(sessions))
 *
 * app.get('/', async (req, res) => {
 *   const session = sessions.open(req)
 *   session.increment('visits')
 *   res.send(`Visit number ${await session.get('visits')}`)
 * })
 *
 * app.listen(3000)
 */
export function session<Data extends object>(
  sessions: SessionSource<Data>,
): (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void {
  return (request, response, next) => {
    const carrier = request as IncomingMessage & { session?: Session<Data> }
    carrier.session = sessions.open(request, new NodeExchange(request, response, next))
    next()
  }
}
