import express from 'express'
import session from 'express-session'
import type { Store } from 'express-session'

declare module 'express-session' {
  interface SessionData {
    userId: number
    cart: string[]
  }
}

// #region before
export function before(secret: string, store: Store) {
  const app = express()
  app.use(session({ secret, store, resave: false, saveUninitialized: false }))
  app.get('/cart', (req, res) => res.json({ user: req.session.userId ?? null, cart: req.session.cart ?? [] }))
  app.post('/cart/:item', (req, res) => {
    req.session.cart = [...(req.session.cart ?? []), req.params.item]
    res.json(req.session.cart)
  })
  app.post('/login/:user', (req, res, next) => {
    const { cart } = req.session
    req.session.regenerate((error) => {
      if (error) return next(error)
      Object.assign(req.session, { userId: Number(req.params.user), cart })
      res.json('in')
    })
  })
  app.post('/logout', (req, res, next) => req.session.destroy((error) => (error ? next(error) : res.json('out'))))
  return app
}
// #endregion
