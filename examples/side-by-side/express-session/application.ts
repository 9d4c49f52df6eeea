/**
 * The half that has not moved yet: an ordinary application of express-session in a process of its own. It reads
 * REDIS_URL and SESSION_SECRET from the environment, and tells its port to the process that started it.
 *
 * @module
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import { createClient } from 'redis'
import { page } from '../page.ts'

declare module 'express-session' {
  interface SessionData {
    user: string
    cart: string[]
  }
}

const redis = createClient({ url: process.env['REDIS_URL']! })
redis.on('error', console.error)
await redis.connect()

const app = express()
app.use(
  session({
    secret: process.env['SESSION_SECRET']!,
    store: new RedisStore({ client: redis }),
    resave: false,
    saveUninitialized: false,
    cookie: { sameSite: 'lax' },
  }),
)
app.use(express.urlencoded({ extended: false }))
app.get('/', (req, res) => {
  const { user = null, cart = [] } = req.session
  const form =
    user === null
      ? '<form method="post" action="/login"><input name="user" aria-label="Name"> <button>Sign in</button></form>'
      : '<form method="post" action="/logout"><button>Sign out</button></form>'
  res.send(page('express-session', user, cart, form))
})
app.post('/login', (req, res, next) => {
  const { user } = req.body as { user?: string }
  const { cart } = req.session
  req.session.regenerate((error) => {
    if (error) return next(error)
    Object.assign(req.session, { user: user || 'somebody', cart })
    req.session.save((failure) => (failure ? next(failure) : res.redirect(303, '/')))
  })
})
app.post('/logout', (req, res, next) => {
  req.session.destroy((error) => (error ? next(error) : res.redirect(303, '/')))
})

const server = createServer(app)
await once(server.listen(0, '127.0.0.1'), 'listening')
process.send!((server.address() as AddressInfo).port)
