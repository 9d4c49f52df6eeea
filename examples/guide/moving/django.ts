import express from 'express'
import type { Pool } from 'pg'
import { createSessions } from 'sojourn'
import type { SessionSource, SessionStore } from 'sojourn'
import { session } from 'sojourn/express'
import { adoptDjango, shareDjango, verifyPassword } from 'sojourn/interop/django'
import type { DjangoOptions } from 'sojourn/interop/django'

interface Data {
  cart: { sku: string; qty: number }[]
}

// #region site
export function postgresSite(pool: Pool, secretKey: string): DjangoOptions {
  return {
    secrets: secretKey, // SECRET_KEY; a list with SECRET_KEY_FALLBACKS behind it
    engine: 'db', // the last word of SESSION_ENGINE
    database: pool,
    async passwordOf(userId) {
      const { rows } = await pool.query('SELECT password FROM auth_user WHERE id = $1 AND is_active', [userId])
      return rows[0]?.password
    },
  }
}
// #endregion

// #region share
export function sharing(site: DjangoOptions) {
  return shareDjango<Data>(site)
}
// #endregion

// #region cart
export function cart(sessions: SessionSource<Partial<Data>>) {
  const app = express()
  app.use(session(sessions))
  app.get('/cart', async (req, res) => {
    const session = await sessions.open(req).load()
    res.json({ user: session.principal, cart: session.data.cart ?? [] }) // user: the primary key as text, '1'
  })
  app.post('/cart/:sku', (req, res) => {
    const { sku } = req.params
    sessions.open(req).update('cart', (cart = []) => [...cart, { sku, qty: 1 }])
    res.json('added')
  })
  return app
}
// #endregion

// #region login
export function account(sessions: SessionSource<Partial<Data>>, findUser: (name: string) => Promise<{ id: string; password: string }>) {
  const app = express()
  app.use(session(sessions), express.urlencoded({ extended: false }))
  app.post('/login', async (req, res) => {
    const { username, password } = req.body
    const user = await findUser(username)
    if (!(await verifyPassword(password, user.password))) return res.status(403).json('wrong name or password')
    await sessions.open(req).login(user.id)
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
export function adopting(secrets: string[], store: SessionStore, site: DjangoOptions) {
  return createSessions<Data>({ secrets, store, adopt: [adoptDjango(site)] })
}
// #endregion
