/**
 * A compatibility layer for express-session 1.19: the same call and the same `req.session`, for existing applications.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http'
import type expressSession from 'express-session'
import { SojournError, optionError } from '../../core/basics/errors.ts'
import { warnOnce } from '../../core/basics/warn-once.ts'
import type { SessionStore } from '../../core/contracts/store.ts'
import type { SealedStore } from '../../core/features/sealed/records.ts'
import type { Sessions } from '../../core/sessions.ts'
import type { ExpressStore, SharedSessions } from '../../interop/express-session/index.ts'
import { Cookie as CookieClass } from './cookie.ts'
import { MemoryStore as MemoryStoreClass } from './memory-store.ts'
import { oldMiddleware, ownMiddleware } from './middleware.ts'
import type { CompatMiddleware } from './middleware.ts'
import { oldSessions } from './old.ts'
import type { CompatSessionOptions } from './options.ts'
import { ownSessions } from './own.ts'
import type { OwnSettings } from './own.ts'
import { CompatSession } from './session.ts'
import { Store as StoreClass } from './store.ts'

// Loads the types that declare `req.session`, because the application no longer imports express-session.
export type { SessionData } from 'express-session'
export type { Callback, CompatSession } from './session.ts'
export type { Cookie as CompatCookie, CompatCookieSettings } from './cookie.ts'
export type { CompatCookieOptions, CompatSecret, CompatSessionOptions } from './options.ts'
export type { CompatMiddleware } from './middleware.ts'

/** The middleware with a store of ours, for Express 4 and 5, and for connect. */
export interface CompatSessionMiddleware extends CompatMiddleware {
  /**
   * The same sessions as `createSessions` returns them: to list and revoke them, for sockets, and for code that no
   * longer uses `req.session`.
   */
  readonly sessions: Sessions
  /**
   * Begins a sign-in: call it before the password is checked. When the option `principal` then says that this principal
   * is signed in, a `revokeAll` in between is noticed, and the request fails with ERR_SESSION_LOGIN_REVOKED. Without it
   * the sign-in begins when it is saved, so that one whose password was changed meanwhile still counts.
   *
   * @example
   * ```ts from: examples/guide/express-session/principal.ts#begin
   * app.post('/login', async (req, res) => {
   *   const { id, password } = req.body as { id: string; password: string }
   *   await middleware.begin(req, id) // before the password is checked
   *   if (!(await check(id, password))) return res.redirect('/login')
   *   req.session.passport = { user: id }
   *   res.redirect('/') // a password change in between is noticed
   * })
   * ```
   * @throws ERR_SESSION_PRINCIPAL, ERR_SESSION_CAPABILITY without the option `principal`
   */
  begin(request: IncomingMessage, principal: string | number): Promise<void>
}

/** The middleware with a store of express-session, or none. */
export interface SharedSessionMiddleware extends CompatMiddleware {
  /** The same sessions for code that no longer uses `req.session`, in the form of express-session. */
  readonly sessions: SharedSessions
}

/** The function that makes the middleware, with the classes of express-session as its properties. */
export interface CompatSessionFactory {
  (options?: CompatSessionOptions & { readonly store?: ExpressStore | undefined }): SharedSessionMiddleware
  (options: CompatSessionOptions & { readonly store: SessionStore | SealedStore }): CompatSessionMiddleware
  (options: CompatSessionOptions): CompatSessionMiddleware | SharedSessionMiddleware
  /** What stores extend. */
  readonly Store: typeof expressSession.Store
  readonly MemoryStore: typeof expressSession.MemoryStore
  readonly Session: typeof expressSession.Session
  readonly Cookie: new (settings?: expressSession.CookieOptions) => expressSession.Cookie
}

/**
 * Does what `session` of express-session does, with the promises of Sojourn: change the import, and the application
 * stays as it is.
 *
 * With a store of express-session, or none, cookies and records keep its form, so that visitors stay signed in, and
 * whoever opens the store by id finds what they expect. With a store of ours both are ours, and all promises hold.
 *
 * If the request has a genuine token, the record is read before the handlers run. Before the first byte of the response
 * the changes in `req.session` are found, become one operation for each changed key, and are saved. Options that are
 * not followed are named once in a process warning.
 *
 * @throws ERR_SESSION_OPTIONS or ERR_SESSION_DURATION for what express-session itself cannot serve, saying what to
 *   write
 * @example
 * ```ts from: examples/reference/frameworks/express-session.ts#session
 * import express from 'express'
 * import session from 'sojourn/express-session'
 *
 * const app = express()
 * app.use(session({ secret: process.env.SESSION_SECRET, resave: false, saveUninitialized: false }))
 * ```
 */
const session: CompatSessionFactory = Object.assign(middlewareOf, {
  Store: StoreClass as unknown as typeof expressSession.Store,
  MemoryStore: MemoryStoreClass as unknown as typeof expressSession.MemoryStore,
  Session: CompatSession as unknown as typeof expressSession.Session,
  Cookie: CookieClass as unknown as CompatSessionFactory['Cookie'],
}) as CompatSessionFactory

// The types that express-session has as its properties, such as `session.SessionOptions`.
declare namespace session {
  type SessionOptions = expressSession.SessionOptions
  type CookieOptions = expressSession.CookieOptions
  type SessionData = expressSession.SessionData
  type Session = expressSession.Session
  type Cookie = expressSession.Cookie
  type Store = expressSession.Store
  type MemoryStore = expressSession.MemoryStore
}

function middlewareOf(given?: CompatSessionOptions | null): CompatSessionMiddleware | SharedSessionMiddleware {
  const options = given || {}
  const store = options.store || newMemoryStore()
  if (isOwn(store)) {
    const { sessions, settings } = ownSessions(options, store)
    return Object.assign(ownMiddleware(sessions, settings), { sessions, begin: beginner(sessions, settings) })
  }
  if (typeof store?.get !== 'function' || typeof store.set !== 'function' || typeof store.destroy !== 'function') {
    throw optionError('store: write a store of express-session, such as new RedisStore({ client }), or one of Sojourn.')
  }
  if (process.env['NODE_ENV'] === 'production' && store instanceof MemoryStoreClass) warnOfMemory()
  const { sessions, settings } = oldSessions(options, store)
  return Object.assign(oldMiddleware(sessions, settings, store), { sessions })
}

function beginner(sessions: Sessions, { principal: principalOf, attempts }: OwnSettings): CompatSessionMiddleware['begin'] {
  return async (request, principal) => {
    if (!principalOf) throw new SojournError('ERR_SESSION_CAPABILITY', 'begin: say who is signed in, with the option `principal`.')
    const text = typeof principal === 'number' ? String(principal) : principal
    attempts.set(request, await sessions.of(text).begin())
  }
}

function isOwn(store: ExpressStore | SessionStore | SealedStore): store is SessionStore | SealedStore {
  return 'sealed' in store || ('create' in store && typeof store.create === 'function')
}

function newMemoryStore(): ExpressStore {
  return new MemoryStoreClass()
}

function warnOfMemory(): void {
  warnOnce(
    'sojourn/express-session: sessions are kept in the memory of this process, which grows with every visitor; a restart signs everybody out. ' +
      'Use a store that lasts.',
  )
}

export default session
const Store: CompatSessionFactory['Store'] = session.Store
const MemoryStore: CompatSessionFactory['MemoryStore'] = session.MemoryStore
const Session: CompatSessionFactory['Session'] = session.Session
const Cookie: CompatSessionFactory['Cookie'] = session.Cookie
// As stores import them, and what `require` returns: the function, as for express-session.
export { Store, MemoryStore, Session, Cookie, session as 'module.exports' }
