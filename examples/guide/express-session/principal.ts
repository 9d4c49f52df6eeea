// #region principal
import type { Router } from 'express'
import { memoryStore } from 'sojourn'
import { csrf } from 'sojourn/auth'
import { guard } from 'sojourn/express'
import session from 'sojourn/express-session'

export const middleware = session({
  secret: process.env['SESSION_SECRET']!,
  store: memoryStore(), // one of ours: PostgreSQL, Redis, SQLite …
  saveUninitialized: false,
  cookie: { secure: process.env['NODE_ENV'] === 'production' },
  principal: ({ passport }) => (passport as { user?: string } | undefined)?.user,
})

export function addAccount(app: Router): void {
  app.use(middleware)
  app.use(guard(middleware.sessions, csrf(middleware.sessions))) // refuses what other sites make a browser send
  app.post('/account/sign-out-everywhere', async (req, res) => {
    await middleware.sessions.of(req.session.passport!.user!).revokeAll()
    res.redirect('/')
  })
}
// #endregion

export function addLogin(app: Router, check: (id: string, password: string) => Promise<boolean>): void {
  // #region begin
  app.post('/login', async (req, res) => {
    const { id, password } = req.body as { id: string; password: string }
    await middleware.begin(req, id) // before the password is checked
    if (!(await check(id, password))) return res.redirect('/login')
    req.session.passport = { user: id }
    res.redirect('/') // a password change in between is noticed
  })
  // #endregion
}
