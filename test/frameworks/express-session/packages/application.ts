/**
 * One application, as it is written for express-session.
 *
 * @module
 */
import express from 'express'
import type { Express, RequestHandler } from 'express'
import type { AnyRequest } from '../behaviours.ts'
import type { AnyModule } from './stores.ts'
import { PATIENCE } from '../../../_support/patience.ts'

const OPTIONS: object = { ...PATIENCE, secret: 'keyboard cat', resave: false, saveUninitialized: false, cookie: { maxAge: 3_600_000 } }

/** Text that stores may stumble over. */
const ODD: string = `${'🍵 "quoted" \\ \' % \u2028 ; '.repeat(400)}.`

/**
 * @param session the function of either library
 * @param options more of its options
 */
export function application(session: AnyModule, store: AnyModule, options: object = {}): Express {
  const app = express()
  app.set('env', 'test')
  app.use(session({ ...OPTIONS, ...options, store }) as RequestHandler)
  const on = (path: string, handler: (req: AnyRequest, res: express.Response, next: express.NextFunction) => void): void =>
    void app.get(path, handler as never)
  on('/login/:user', (req, res, next) => {
    const { cart } = req.session as { cart?: string[] }
    req.session.regenerate((error) => {
      if (error) return next(error)
      Object.assign(req.session, { user: req.params['user'], cart: cart ?? [] })
      res.send(req.session.id)
    })
  })
  on('/cart/:thing', (req, res) => {
    req.session['cart'] = [...((req.session['cart'] as string[] | undefined) ?? []), req.params['thing']]
    res.json(req.session['cart'])
  })
  on('/me', (req, res) => res.json([req.session['user'] ?? null, req.session['cart'] ?? null]))
  on('/odd', (req, res) => {
    req.session['odd'] = ODD
    res.end()
  })
  on('/is-odd', (req, res) => res.send(String(req.session['odd'] === ODD)))
  on('/set/:key', (req, res) => {
    req.session[req.params['key'] as string] = true
    setTimeout(() => res.end(), 20)
  })
  on('/keys', (req, res) => res.json(Object.keys(req.session).filter((key) => key.startsWith('key-')).length))
  on('/slow', (req, res) => {
    req.session['late'] = true
    setTimeout(() => res.end(), 60)
  })
  on('/reload', (req, res, next) => {
    req.session['cart'] = 'not saved'
    req.session.reload((error) => (error ? next(error) : void res.json(req.session['cart'])))
  })
  on('/remember', (req, res) => {
    req.session.cookie.maxAge = 30 * 86_400_000
    res.end()
  })
  on('/lasts', (req, res) => res.json(Math.round((req.session.cookie.originalMaxAge ?? 0) / 86_400_000)))
  on('/record/:id', (req, res, next) =>
    req.sessionStore.get(String(req.params['id']), (error, found) =>
      // Some stores report a missing session as ENOENT.
      error && (error as { code?: unknown }).code !== 'ENOENT'
        ? next(error)
        : void res.json(found ? { user: found['user'], cart: found['cart'], hasCookie: typeof found.cookie } : null),
    ),
  )
  on('/end/:id', (req, res, next) => req.sessionStore.destroy(String(req.params['id']), (error) => (error ? next(error) : res.end())))
  on('/logout', (req, res, next) => void req.session.destroy((error) => (error ? next(error) : res.end())))
  return app
}
