// #region principal
import type { Router } from 'express'
import { memoryStore } from 'sojourn'
import session from 'sojourn/express-session'

const middleware = session({
  secret: process.env['SESSION_SECRET']!,
  store: memoryStore(), // one of ours: PostgreSQL, Redis, SQLite …
  saveUninitialized: false,
  cookie: { secure: process.env['NODE_ENV'] === 'production' },
  principal: ({ passport }) => (passport as { user?: string } | undefined)?.user,
})

export function addAccount(app: Router): void {
  app.use(middleware)
  app.post('/account/sign-out-everywhere', async (req, res) => {
    await middleware.sessions.of(req.session.passport!.user!).revokeAll()
    res.redirect('/')
  })
}
// #endregion
