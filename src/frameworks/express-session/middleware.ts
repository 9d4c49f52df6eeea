import type { IncomingMessage, ServerResponse } from 'node:http'
import { isLater } from '../../core/basics/answer.ts'
import type { Answer } from '../../core/basics/answer.ts'
import { translateRefusals } from '../../core/basics/refusal.ts'
import type { Sessions } from '../../core/sessions.ts'
import type { SharedSessions, ExpressStore } from '../../interop/express-session/index.ts'
import { asHttpError } from '../_shared/http-error.ts'
import { OldRequest } from './old-request.ts'
import type { OldSettings } from './old.ts'
import { OwnRequest } from './own-request.ts'
import type { OwnSettings } from './own.ts'
import type { CompatSettings } from './options.ts'
import type { CompatIncoming } from './request.ts'
import { RequestStore } from './request-store.ts'
import { CompatSession, OWNER, callBack } from './session.ts'
import type { Callback, SessionCarrier } from './session.ts'

/** Middleware as Express 4 and 5 and connect take it. At an upgrade the response may be any object. */
export type CompatMiddleware = (request: IncomingMessage, response: ServerResponse, next: Callback) => void

/** The middleware with sessions of ours. */
export function ownMiddleware(sessions: Sessions, settings: OwnSettings): CompatMiddleware {
  translateRefusals(asHttpError)
  const store = new RequestStore(sessions)
  return (request: CompatIncoming, response, next) => {
    if (hasNone(request, settings)) return next()
    request.sessionStore = store
    proceed(() => new OwnRequest(sessions, settings, request, response, next).load(), next)
  }
}

/** A store of express-session that has events, as almost all have. */
type EventfulStore = ExpressStore & {
  generate?: (request: SessionCarrier) => void
  on?(event: 'connect' | 'disconnect', listener: () => void): unknown
}

/** The middleware with sessions in the form of express-session. */
export function oldMiddleware(sessions: SharedSessions, settings: OldSettings, store: EventfulStore): CompatMiddleware {
  translateRefusals(asHttpError)
  let isConnected = true
  store.on?.('disconnect', () => {
    isConnected = false
  })
  store.on?.('connect', () => {
    isConnected = true
  })
  store.generate = (request) => {
    if (request[OWNER]) return request[OWNER].generate()
    const sid = settings.newSid(request as IncomingMessage)
    request.sessionID = sid
    request.session = new CompatSession(request, { cookie: settings.newCookie(request as IncomingMessage) }, sid)
  }
  return (request: CompatIncoming, response, next) => {
    // As there: while the store is away, requests have no session.
    if (!isConnected || hasNone(request, settings)) return next()
    if (!settings.prepare(request)) return next(new Error('secret option required for sessions'))
    request.sessionStore = store as never
    proceed(() => new OldRequest(sessions, settings, request, response, next).load(), next)
  }
}

function hasNone(request: CompatIncoming, settings: CompatSettings): boolean {
  if (Object.hasOwn(request, 'session') && request.session) return true
  const url = (request as { originalUrl?: string }).originalUrl ?? request.url ?? '/'
  // A client that takes this server for a proxy writes the whole address (RFC 9112 3.2.2).
  const path = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').split('?', 1)[0] || '/'
  return !path.startsWith(settings.path(request))
}

function proceed(load: () => Answer<void>, next: Callback): void {
  let loading: Answer<void>
  try {
    loading = load()
  } catch (error) {
    return next(error)
  }
  if (isLater(loading)) callBack(loading, next)
  else next()
}
