/**
 * The dialect of express-session 1.19: the same call and the same `req.session`, for applications that exist.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Sessions } from '../../core/sessions.ts'
import type { SessionStore } from '../../core/contracts/store.ts'
import { createSessions, memoryStore } from '../../index.ts'
import { dialectOver } from './middleware.ts'
import { readDialect } from './options.ts'
import type { ExpressSessionOptions } from './options.ts'

// Brings the types that declare `req.session` along, for the application no longer imports express-session.
export type { SessionData } from 'express-session'
export type { Bag, Callback } from './bag.ts'
export type { SessionCookie } from './cookie.ts'
export type { ExpressCookieOptions, ExpressSessionOptions } from './options.ts'
export type { RequestStore } from './request-store.ts'

/** Middleware for Express 4 and 5, and for connect. */
export interface ExpressSessionMiddleware {
  (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void
  /** The same sessions, as `createSessions` gives them: for lists, revocation, sockets, and for code that leaves the dialect. */
  readonly sessions: Sessions
}

/** The function, and what hangs on it. */
export interface ExpressSession {
  (options?: ExpressSessionOptions): ExpressSessionMiddleware
  /** For code that writes `new session.MemoryStore()`: the store of `memoryStore()`. */
  readonly MemoryStore: new () => SessionStore
}

/**
 * What `session` of express-session does, with sessions of Sojourn: change the import, and the application stays as it is.
 *
 * The record is read before the handlers run, if the request has a genuine token; what changed in `req.session` is found before the
 * first byte of the response, becomes one operation for each changed key, and is saved before that byte. Options that no longer
 * matter are named once in a process warning, and what cannot be kept is refused here.
 *
 * @throws ERR_SESSION_OPTIONS or ERR_SESSION_DURATION, saying what is wrong and what to write
 * @example
 * ```ts from: examples/reference/frameworks/express-session.ts#session
 * import express from 'express'
 * import session from 'sojourn/express-session'
 *
 * const app = express()
 * app.use(session({ secret: process.env.SESSION_SECRET, resave: false, saveUninitialized: false }))
 * ```
 */
const session: ExpressSession = Object.assign(middlewareOf, { MemoryStore: MemoryStore as unknown as new () => SessionStore })

function middlewareOf(options: ExpressSessionOptions = {}): ExpressSessionMiddleware {
  const { settings, sessionsOptions } = readDialect(options)
  const sessions = createSessions(sessionsOptions)
  return Object.assign(dialectOver(sessions, settings), { sessions })
}

function MemoryStore(): SessionStore {
  return memoryStore()
}

export default session
// What `require` gives: the function, as it does for express-session.
export { session as 'module.exports' }
