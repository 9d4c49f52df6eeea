import type { IncomingMessage, ServerResponse } from 'node:http'
import { translateRefusals } from '../../core/basics/refusal.ts'
import type { Sessions } from '../../core/sessions.ts'
import { asHttpError } from '../_shared/http-error.ts'
import { callBack } from './compat-session.ts'
import type { CompatSettings } from './options.ts'
import { CompatRequest } from './request.ts'
import { RequestStore } from './request-store.ts'

/** The middleware of the compatibility layer, over existing sessions. */
export function compatMiddleware(
  sessions: Sessions,
  settings: CompatSettings,
): (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void {
  translateRefusals(asHttpError)
  const requestStore = new RequestStore(sessions)
  return (request, response, next) => {
    const carrier = request as IncomingMessage & { sessionStore?: RequestStore; originalUrl?: string }
    const path = (carrier.originalUrl ?? request.url ?? '/').split('?', 1)[0] || '/'
    if (Object.hasOwn(request, 'session') || !path.startsWith(settings.path)) return next()
    carrier.sessionStore = requestStore
    callBack(new CompatRequest(sessions, settings, request, response, next).load(), next)
  }
}
