// #region object
import { createSessions } from 'sojourn'
import { durableObjectStore } from 'sojourn/stores/cloudflare'
import type { ObjectNamespace } from 'sojourn/stores/cloudflare'

export { SojournObject } from 'sojourn/stores/cloudflare'

export function objectSessions(env: { readonly SESSIONS: ObjectNamespace; readonly SESSION_SECRET: string }) {
  return createSessions<{ visits?: number }>({ secrets: [env.SESSION_SECRET], store: durableObjectStore(env.SESSIONS) })
}
// #endregion
