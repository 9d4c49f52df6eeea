/**
 * A compatibility layer for express-session 1.19: the same call and the same `req.session`, for existing applications.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Sessions } from '../../core/sessions.ts'
import type { SessionStore } from '../../core/contracts/store.ts'
import { createSessions, memoryStore } from '../../index.ts'
import { compatMiddleware } from './middleware.ts'
import { readCompatOptions } from './options.ts'
import type { CompatSessionOptions } from './options.ts'

// Loads the types that declare `req.session`, because the application no longer imports express-session.
export type { SessionData } from 'express-session'
export type { Callback, CompatSession } from './compat-session.ts'
export type { SessionCookie } from './cookie.ts'
export type { CompatCookieOptions, CompatSessionOptions } from './options.ts'
export type { RequestStore } from './request-store.ts'

/** Middleware for Express 4 and 5, and for connect. */
export interface CompatSessionMiddleware {
  (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void
  /**
   * The same sessions as `createSessions` returns them: to list and revoke them, for sockets, and for code that no
   * longer uses `req.session`.
   */
  readonly sessions: Sessions
}

/** The function that makes the middleware, with express-session's `MemoryStore` as its property. */
export interface CompatSessionFactory {
  (options?: CompatSessionOptions): CompatSessionMiddleware
  /** For code that calls `new session.MemoryStore()`; returns the store of `memoryStore()`. */
  readonly MemoryStore: new () => SessionStore
}

/**
 * Does what `session` of express-session does, with sessions of Sojourn: change the import, and the application stays
 * as it is.
 *
 * If the request has a genuine token, the record is read before the handlers run. Before the first byte of the response
 * the changes in `req.session` are found, become one operation for each changed key, and are saved. Options that no
 * longer matter are named once in a process warning. Options that cannot be supported throw.
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
const session: CompatSessionFactory = Object.assign(middlewareOf, { MemoryStore: MemoryStore as unknown as new () => SessionStore })

function middlewareOf(options: CompatSessionOptions = {}): CompatSessionMiddleware {
  const { settings, sessionsOptions } = readCompatOptions(options)
  const sessions = createSessions(sessionsOptions)
  return Object.assign(compatMiddleware(sessions, settings), { sessions })
}

function MemoryStore(): SessionStore {
  return memoryStore()
}

export default session
// What `require` returns: the function, as for express-session.
export { session as 'module.exports' }
