import { createSessions } from 'sojourn'
import type { SessionStore } from 'sojourn'
import { adoptExpressSession } from 'sojourn/interop/express-session'
import type { ExpressStore } from 'sojourn/interop/express-session'

// #region adopt
export function fromFastifySession(secrets: string[], store: SessionStore, old: { secret: string; store: ExpressStore }) {
  return createSessions<{ cart: string[] }>({
    secrets,
    store,
    adopt: [
      adoptExpressSession({
        secrets: old.secret, // of @fastify/session
        store: old.store,
        name: 'sessionId', // its `cookieName`
        cookiePrefix: '', // 's:' only if the site has set it
        principal: ({ userId }) => (typeof userId === 'number' ? String(userId) : null),
        data: ({ cart }) => ({ cart }),
      }),
    ],
  })
}
// #endregion
