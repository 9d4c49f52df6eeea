import express from 'express'
import { createSessions } from 'sojourn'
import type { SessionSource, SessionStore } from 'sojourn'
import { session } from 'sojourn/express'
import { adoptFlask, readSession, shareFlask, writeSession } from 'sojourn/interop/flask'
import type { FlaskSessionRedis } from 'sojourn/interop/flask'

interface Data {
  cart: string[]
}

// #region after
export function shop(sessions: SessionSource<Partial<Data>>) {
  const app = express()
  app.use(session(sessions))
  app.get('/cart', async (req, res) => {
    const session = await sessions.open(req).load()
    res.json({ user: session.principal, cart: session.data.cart ?? [], said: await session.takeFlash('ok') })
  })
  app.post('/cart/:item', async (req, res) => {
    const session = sessions.open(req)
    session.update('cart', (cart = []) => [...cart, req.params.item]) // two at once are two items
    session.flash('ok', `${req.params.item} added`)
    res.json(await session.get('cart'))
  })
  app.post('/login/:user', async (req, res) => {
    await sessions.open(req).login(req.params.user)
    res.json('in')
  })
  app.post('/logout', async (req, res) => {
    await sessions.open(req).logout()
    res.json('out')
  })
  return app
}
// #endregion

// #region share
export function sharing(secretKey: string) {
  return shareFlask<Data>({
    secrets: secretKey, // Flask's SECRET_KEY; with SECRET_KEY_FALLBACKS a list, the new one first
    principal: {
      keys: ['user'],
      of: ({ user }) => (typeof user === 'string' ? user : null),
      signIn: (principal) => ({ user: principal }),
    },
  })
}
// #endregion

// #region redis
export function sharingRedis(client: FlaskSessionRedis['client']) {
  return shareFlask<Data>({
    redis: { client, format: 'pickle' }, // what Flask-Session before 0.7 writes; newer: 'msgpack' or 'json'
    principal: {
      keys: ['user'],
      of: ({ user }) => (typeof user === 'string' ? user : null),
      signIn: (principal) => ({ user: principal }),
    },
  })
}
// #endregion

// #region adopt
export function adopting(secrets: string[], store: SessionStore, secretKey: string) {
  return createSessions<Data>({
    secrets,
    store,
    adopt: [
      adoptFlask({
        secrets: secretKey,
        principal: ({ user }) => (typeof user === 'string' ? user : null),
        data: ({ cart }) => ({ cart }),
      }),
    ],
  })
}
// #endregion

// #region codecs
export function renamed(cookie: string, secretKey: string): string | undefined {
  const data = readSession(cookie, { secrets: secretKey })
  return data && writeSession({ ...data, basket: data['cart'] ?? [] }, { secrets: secretKey })
}
// #endregion
