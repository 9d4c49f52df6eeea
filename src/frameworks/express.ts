/**
 * Sessions for Express 4 and 5.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { translateRefusals } from '../core/basics/refusal.ts'
import { firstRefusal, isBelow } from '../core/adapters.ts'
import { checkGuards, checkMountable, checkSessions } from '../core/arguments.ts'
import type { Guard, Mountable, SessionSource } from '../core/adapters.ts'
import type { Session } from '../core/session.ts'
import { callerCheck } from './_shared/caller.ts'
import { asHttpError } from './_shared/http-error.ts'
import { CallbackExchange } from './node/exchange.ts'
import { fetchRequestOf, writeResponse } from './node/mount.ts'
import { writeRefusal } from './node/refusal.ts'

/** Middleware of Express, by the types of node:http. */
export type SessionMiddleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void | Promise<void>

/**
 * Middleware that puts the session at `req.session`; `sessions.open(req)` returns the same handle with its full type.
 *
 * What a request changes is saved before the first byte of its response, whichever way the response is sent. If the
 * save fails, the response is dropped, and the error goes to the application's error handlers (`next(error)`), with
 * status 500 and no cookie. Its place among other middleware, including `compression`, does not matter, except for
 * error handlers: those of an inner router that the request has already left are not called.
 *
 * An error that holds a refusal, such as that of a throttled sign-in, has the refusal's `status` and `headers`, where
 * Express looks for them.
 *
 * @example
 * ```ts from: examples/reference/frameworks/express.ts#session
 * import express from 'express'
 * import { createSessions } from 'sojourn'
 * import { session } from 'sojourn/express'
 *
 * const sessions = createSessions<{ visits: number }>({ development: true })
 * const app = express()
 * app.use(session(sessions))
 *
 * app.get('/', async (req, res) => {
 *   const session = sessions.open(req)
 *   session.increment('visits')
 *   res.send(`Visit number ${await session.get('visits')}`)
 * })
 * ```
 */
export function session<Data extends object>(sessions: SessionSource<Data>): SessionMiddleware {
  checkSessions(sessions, 'session(sessions)', 'sojourn/express')
  translateRefusals(asHttpError)
  const checkCaller = callerCheck('express')
  return (request, response, next) => {
    try {
      checkCaller(request, response)
    } catch (error) {
      if (typeof next === 'function') return next(error)
      throw error
    }
    const carrier = request as IncomingMessage & { session?: Session<Data> }
    carrier.session = sessions.open(request, new CallbackExchange(request, response, next))
    next()
  }
}

/**
 * Middleware that lets a request pass only if no guard refuses it. The first refusal is the response. Use it for the
 * whole application, a router or a route, with or without `session(sessions)` before it. Put a body parser before
 * guards that read a form's fields.
 *
 * @example
 * ```ts from: examples/reference/guards/express.ts#guard
 * app.use(guard(sessions, csrf(sessions)))
 * app.get('/account', guard(sessions, auth.requireLogin({ redirectTo: '/sign-in' })), (_req, res) => {
 *   res.send('Your account')
 * })
 * ```
 */
export function guard<Data extends object>(sessions: SessionSource<Data>, ...guards: readonly Guard<Data>[]): SessionMiddleware {
  checkSessions(sessions, 'guard(sessions, …)', 'sojourn/express')
  checkGuards(guards, 'sojourn/express')
  translateRefusals(asHttpError)
  const checkCaller = callerCheck('express')
  return async (request, response, next) => {
    checkCaller(request, response)
    try {
      const opened = sessions.open(request, new CallbackExchange(request, response, next))
      const refusal = await firstRefusal(guards, request, opened)
      if (refusal) return writeRefusal(response, refusal)
    } catch (error) {
      return next(error)
    }
    next()
  }
}

/**
 * Middleware that lets something mounted, such as the console, answer the requests for its path and below it. Guards
 * that are to apply stand in front of it.
 *
 * @example
 * ```ts from: examples/reference/console/express.ts#mount
 * import { mount } from 'sojourn/express'
 *
 * app.use(mount(operators)) // it is at /console
 * ```
 */
export function mount(mountable: Mountable): SessionMiddleware {
  checkMountable(mountable, 'sojourn/express')
  return async (request, response, next) => {
    try {
      const answered = fetchRequestOf(request)
      if (!isBelow(mountable, new URL(answered.url).pathname)) return next()
      await writeResponse(response, await mountable.fetch(answered))
    } catch (error) {
      next(error)
    }
  }
}
