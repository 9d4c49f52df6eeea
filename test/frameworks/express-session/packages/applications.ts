/**
 * Applications after public examples, with the packages that those use: only the session function and its store are
 * given to them.
 *
 * @module
 */
import { randomUUID } from 'node:crypto'
import express from 'express'
import type { Express, NextFunction, Request, Response } from 'express'
import type { AnyRequest } from '../behaviours.ts'
import type { Browser } from '../browser.ts'
import type { AnyModule } from './stores.ts'

export interface PublicExample {
  readonly name: string
  make(use: NodeJS.Require, session: AnyModule, store: AnyModule): Express
  /** A visitor signs in, or begins something. */
  before(visitor: Browser): Promise<unknown>
  /** The same visitor goes on, perhaps on the other library. */
  after(visitor: Browser): Promise<unknown>
}

type AppRequest = AnyRequest & { flash(type?: string, text?: string): string[]; csrfToken(): string; user?: { name: string } }
type AppHandler = (req: AppRequest, res: Response, next: NextFunction) => unknown

const plain = { resave: false, saveUninitialized: false }

function newApp(): { app: Express; on(method: 'get' | 'post', path: string, ...handlers: AppHandler[]): void } {
  const app = express()
  app.set('env', 'test')
  app.use(express.urlencoded({ extended: false }))
  return { app, on: (method, path, ...handlers) => void app[method](path, ...(handlers as never[])) }
}

const seen = async (visitor: Browser, ...paths: string[]): Promise<unknown[]> => {
  const answers: unknown[] = []
  for (const path of paths) {
    const isPost = path.startsWith('POST ')
    const { status, body } = await (isPost ? visitor.post(path.slice('POST '.length)) : visitor.get(path))
    answers.push([status, body])
  }
  return answers
}

export const publicExamples: readonly PublicExample[] = [
  {
    name: "passport's todos: a password, a list, flash messages, a token in each form",
    make(use, session, store) {
      const { app, on } = newApp()
      const passport = new (use('passport').Passport)()
      const { Strategy } = use('passport-local')
      const users = new Map<string, { name: string; todos: string[] }>()
      passport.use(
        new Strategy((name: string, password: string, done: (error: unknown, user?: unknown, info?: object) => void) => {
          if (password !== 'right') return done(null, false, { message: 'Incorrect username or password.' })
          if (!users.has(name)) users.set(name, { name, todos: [] })
          done(null, users.get(name))
        }),
      )
      passport.serializeUser((user: { name: string }, done: (error: unknown, id: object) => void) => {
        process.nextTick(() => done(null, { id: user.name, username: user.name }))
      })
      passport.deserializeUser((kept: { id: string }, done: (error: unknown, user: unknown) => void) => {
        process.nextTick(() => done(null, users.get(kept.id) ?? { name: kept.id, todos: [] }))
      })
      app.use(session({ secret: 'keyboard cat', ...plain, store }))
      app.use(use('connect-flash')())
      app.use(passport.authenticate('session'))
      app.use((req: Request, res: Response, next: NextFunction) => {
        const { session: opened } = req as unknown as AppRequest
        const messages = (opened['messages'] as string[] | undefined) ?? []
        Object.assign(res.locals, { messages, hasMessages: messages.length > 0 })
        opened['messages'] = []
        next()
      })
      app.use((req: Request, res: Response, next: NextFunction) => {
        const { session: opened, query } = req as unknown as AppRequest & Request
        opened['csrf'] ??= randomUUID()
        if (req.method === 'POST' && query['csrf'] !== opened['csrf'] && query['csrf'] !== 'test') return res.status(403).end()
        next()
      })
      on('get', '/', (req, res) => (req.user ? res.json([req.user.name, res.locals['messages']]) : res.send('home')))
      on('get', '/login', (req, res) => res.json([res.locals['messages'], req.flash('info')]))
      app.post(
        '/login',
        passport.authenticate('local', {
          successReturnToOrRedirect: '/',
          failureRedirect: '/login',
          failureMessage: true,
          keepSessionInfo: true,
        }),
      )
      on('get', '/secret', (req, res) => {
        if (req.user) return res.send(`secret of ${req.user.name}`)
        req.session['returnTo'] = '/secret'
        req.flash('info', 'Sign in first')
        res.redirect('/login')
      })
      on('post', '/logout', (req, res, next) => (req as unknown as Request).logout((error) => (error ? next(error) : res.redirect('/'))))
      return app
    },
    before: (visitor) =>
      seen(visitor, '/', '/secret', 'POST /login?csrf=no', 'POST /login?csrf=test&username=ada&password=wrong', '/login', '/login').then(
        async (first) => [...first, ...(await seen(visitor, '/secret', 'POST /login?csrf=test&username=ada&password=right', '/secret'))],
      ),
    after: (visitor) => seen(visitor, '/', '/secret', 'POST /logout?csrf=test', '/', '/secret'),
  },
  {
    name: 'csrf-csrf: a cookie that belongs to the id of the session',
    make(use, session, store) {
      const { app, on } = newApp()
      app.use(session({ secret: 'keyboard cat', ...plain, store }))
      app.use(use('cookie-parser')())
      const { generateCsrfToken, doubleCsrfProtection } = use('csrf-csrf').doubleCsrf({
        getSecret: () => 'another secret',
        getSessionIdentifier: (req: AppRequest) => req.session.id,
        cookieName: 'x-csrf-token',
        cookieOptions: { secure: false },
        getCsrfTokenFromRequest: (req: Request) => req.query['token'],
      })
      on('get', '/form', (req, res) => {
        req.session['seen'] = true
        res.send(generateCsrfToken(req, res))
      })
      on('post', '/buy', doubleCsrfProtection, (req, res) => {
        req.session['bought'] = Number(req.session['bought'] ?? 0) + 1
        res.json(req.session['bought'])
      })
      app.use((error: { code?: string }, _req: Request, res: Response, _next: NextFunction) => void res.status(403).send(error.code))
      return app
    },
    async before(visitor) {
      const { body } = await visitor.get('/form')
      return seen(visitor, `POST /buy?token=${body}`, 'POST /buy?token=no', `POST /buy?token=${body}`)
    },
    async after(visitor) {
      // A token of before, or a new one.
      const { body } = await visitor.get('/form')
      return seen(visitor, `POST /buy?token=${body}`, 'POST /buy?token=no')
    },
  },
  {
    name: 'csrf-sync: a token in the session',
    make(use, session, store) {
      const { app, on } = newApp()
      app.use(session({ secret: 'keyboard cat', ...plain, store }))
      const { generateToken, csrfSynchronisedProtection } = use('csrf-sync').csrfSync({
        getTokenFromRequest: (req: Request) => req.query['token'],
      })
      on('get', '/form', (req, res) => res.send(generateToken(req)))
      on('post', '/buy', csrfSynchronisedProtection, (_req, res) => res.end('bought'))
      app.use((error: { code?: string }, _req: Request, res: Response, _next: NextFunction) => void res.status(403).send(error.code))
      return app
    },
    async before(visitor) {
      const { body } = await visitor.get('/form')
      return seen(visitor, `POST /buy?token=${body}`, 'POST /buy?token=no')
    },
    async after(visitor) {
      const { body } = await visitor.get('/form')
      return seen(visitor, `POST /buy?token=${body}`, 'POST /buy?token=no')
    },
  },
  {
    name: 'the examples of the README of express-session: views by path, and a login',
    make(_require, session, store) {
      const { app, on } = newApp()
      app.use(session({ secret: 'keyboard cat', resave: false, saveUninitialized: true, store }))
      app.use((req: Request, _res: Response, next: NextFunction) => {
        const opened = (req as unknown as AppRequest).session
        opened['views'] ??= {}
        opened['views'][req.path] = (opened['views'][req.path] ?? 0) + 1
        next()
      })
      const isAuthenticated: AppHandler = (req, _res, next) => (req.session['user'] ? next() : next('route'))
      on('get', '/', isAuthenticated, (req, res) => res.send(`hello, ${req.session['user']}! seen ${req.session['views']['/']}`))
      on('get', '/', (_req, res) => res.send('who are you?'))
      on('post', '/login', (req, res, next) => {
        req.session.regenerate((error) => {
          if (error) return next(error)
          req.session['user'] = 'ada'
          req.session['views'] = {}
          req.session.save((failed) => (failed ? next(failed) : res.redirect('/')))
        })
      })
      on('post', '/logout', (req, res, next) => {
        req.session['user'] = null
        req.session.save((error) => {
          if (error) return next(error)
          req.session.regenerate((failed) => (failed ? next(failed) : res.redirect('/')))
        })
      })
      return app
    },
    before: (visitor) => seen(visitor, '/', '/', 'POST /login', '/', '/'),
    after: (visitor) => seen(visitor, '/', 'POST /logout', '/', '/'),
  },
]
