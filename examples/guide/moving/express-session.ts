import express from 'express'
import type { Store } from 'express-session'
import { createSessions } from 'sojourn'
import type { SessionSource, SessionStore } from 'sojourn'
import { session } from 'sojourn/express'
import compatible from 'sojourn/express-session'
import { adoptExpressSession, shareExpressSession, wrapExpressStore } from 'sojourn/interop/express-session'

interface Data {
  cart: string[]
}

// #region after
export function after(sessions: SessionSource<Partial<Data>>) {
  const app = express()
  app.use(session(sessions))
  app.get('/cart', async (req, res) => {
    const session = await sessions.open(req).load()
    res.json({ user: session.principal, cart: session.data.cart ?? [] })
  })
  app.post('/cart/:item', async (req, res) => {
    const session = sessions.open(req)
    session.update('cart', (cart = []) => [...cart, req.params.item]) // two at once are two items
    res.json(await session.get('cart'))
  })
  app.post('/login/:user', async (req, res) => {
    await sessions.open(req).login(req.params.user) // a new token, the cart stays
    res.json('in')
  })
  app.post('/logout', async (req, res) => {
    await sessions.open(req).logout()
    res.json('out')
  })
  return app
}
// #endregion

// #region adopt
export function adopting(secrets: string[], store: SessionStore, old: { secret: string; store: Store }) {
  return createSessions<Data>({
    secrets,
    store,
    adopt: [
      adoptExpressSession({
        secrets: old.secret, // what express-session was given
        store: old.store,
        principal: ({ userId }) => (typeof userId === 'number' ? String(userId) : null),
        data: ({ cart }) => ({ cart }),
      }),
    ],
  })
}
// #endregion

// #region compatibility
export function compatibleAdopting(secret: string, store: SessionStore, old: { secret: string; store: Store }) {
  return compatible({
    secret,
    store,
    principal: ({ userId }) => userId as number | undefined,
    adopt: [adoptExpressSession({ secrets: old.secret, store: old.store, data: (data) => data })],
  })
}
// #endregion

// #region share
export function sharing(secret: string, store: Store) {
  return shareExpressSession<Data>({
    secrets: secret,
    store,
    principal: {
      keys: ['userId'],
      of: ({ userId }) => (typeof userId === 'number' ? String(userId) : null),
      signIn: (principal) => ({ userId: Number(principal) }),
    },
  })
}
// #endregion

// #region wrap
export function onTheOldStore(secrets: string[], store: Store) {
  return createSessions<Data>({ secrets, store: wrapExpressStore(store) })
}
// #endregion
