/**
 * The same small things done with express-session, as its documentation shows them, to run beside ours. It has its own
 * cookie, and keeps sessions in the memory of this process.
 *
 * @module
 */
import { Router } from 'express'
import session from 'express-session'
import { lookup, slowly } from './work.ts'

declare module 'express-session' {
  interface SessionData {
    user: string
    mugs: number
  }
}

export function rival(secret: string): Router {
  const router = Router()
  router.use(session({ secret, name: 'rival', resave: false, saveUninitialized: false, cookie: { sameSite: 'lax' } }))

  router.post('/begin', (req, res) => {
    Object.assign(req.session, { user: 'anna', mugs: 0 })
    res.sendStatus(204)
  })

  router.post('/add', async (req, res) => {
    await lookup()
    req.session.mugs = (req.session.mugs ?? 0) + 1
    res.sendStatus(204)
  })

  router.post('/slow', async (req, res) => {
    await slowly()
    req.session.mugs = (req.session.mugs ?? 0) + 1
    res.sendStatus(204)
  })

  router.post('/sign-out', (req, res, next) => {
    req.session.destroy((error) => (error ? next(error) : res.sendStatus(204)))
  })

  router.get('/state', (req, res) => {
    const { user, mugs = 0 } = req.session
    res.json({ mugs, isSignedIn: user !== undefined })
  })

  return router
}
