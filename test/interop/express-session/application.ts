/** A real application of express-session, as sites have them. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import flash from 'connect-flash'
import express from 'express'
import expressSession from 'express-session'

export const OLD_SECRET = 'keyboard cat'

interface Kept extends expressSession.Session {
  passport?: { user: unknown }
  [key: string]: unknown
}

export interface OldApplication {
  /**
   * Sends one request; the jar sends and stores cookies. Resolves when the body has ended, because express-session has
   * saved only then.
   */
  ask(path: string, jar: Map<string, string>): Promise<unknown>
  close(): Promise<void>
}

export async function startOldApplication(store: expressSession.Store, cookie: expressSession.CookieOptions = {}): Promise<OldApplication> {
  const app = express()
  app.use(expressSession({ secret: OLD_SECRET, store, resave: false, saveUninitialized: false, cookie }))
  app.use(flash())
  app.get('/login/:user', (req, res, next) => {
    const { cart } = req.session as Kept
    req.session.regenerate((error) => {
      if (error) return next(error)
      Object.assign(req.session, { passport: { user: Number(req.params.user) }, cart })
      res.json('in')
    })
  })
  app.get('/set/:key/:value', (req, res) => {
    ;(req.session as Kept)[req.params.key] = JSON.parse(req.params.value) as unknown
    res.json('set')
  })
  app.get('/flash/:text', (req, res) => {
    ;(req as unknown as { flash(type: string, text: string): void }).flash('ok', req.params.text)
    res.json('flashed')
  })
  app.get('/flashes', (req, res) => {
    res.json((req as unknown as { flash(type: string): string[] }).flash('ok'))
  })
  app.get('/read', (req, res) => {
    const { cookie: _, ...data } = req.session
    res.json(data)
  })
  app.get('/logout', (req, res, next) => {
    req.session.destroy((error) => (error ? next(error) : res.json('out')))
  })
  const server = createServer(app).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    async ask(path, jar) {
      const cookies = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const response = await fetch(origin + path, { headers: cookies === '' ? {} : { cookie: cookies } })
      for (const line of response.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
        jar.set(name!, value!)
      }
      if (!response.ok) throw new Error(`${path}: ${response.status}`)
      return response.json()
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
