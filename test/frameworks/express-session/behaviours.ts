/**
 * What code written for express-session relies on, as small applications that run on either library. Each is visited by browsers, and what
 * those see is compared.
 *
 * @module
 */
import { randomUUID } from 'node:crypto'
import flash from 'connect-flash'
import type { Express, Request, Response, Router } from 'express'
import { Passport } from 'passport'
import { Strategy } from 'passport-local'
import type { CompatSessionOptions } from '../../../src/frameworks/express-session/index.ts'
import type { Browser } from './browser.ts'

type Done = (error?: Error) => void

/** `req.session` as a handler sees it, of either library. */
export interface AnySession {
  // oxlint-disable-next-line typescript/no-explicit-any -- as JavaScript that nobody rewrote sees it
  [key: string]: any
  id: string
  cookie: { maxAge: number | null; originalMaxAge: number | null; expires: Date | null | false }
  save(done?: Done): AnySession
  regenerate(done: Done): AnySession
  destroy(done?: Done): AnySession
  reload(done: Done): AnySession
  touch(): AnySession
  resetMaxAge(): AnySession
}

/** `req.sessionStore` in the same way. */
export interface AnyStore {
  get(id: string, done: (error: Error | null, session?: AnySession | null) => void): void
  set(id: string, session: object, done?: Done): void
  destroy(id: string, done?: Done): void
  touch(id: string, session: object, done?: Done): void
  all(done: (error: Error | null, sessions: Record<string, AnySession>) => void): void
  length(done: (error: Error | null, length: number) => void): void
  clear(done?: Done): void
  load(id: string, done: (error?: Error, session?: AnySession) => void): void
  createSession(req: object, session: object): AnySession
  regenerate(req: object, done: Done): void
  generate(req: object): void
  emit(event: string): void
}

export type AnyRequest = Omit<Request, 'session' | 'sessionID' | 'sessionStore'> & {
  session: AnySession
  sessionID: string
  sessionStore: AnyStore
}

export type Handler = (req: AnyRequest, res: Response, next: Done) => void

export interface Behaviour {
  readonly does: string
  readonly options?: CompatSessionOptions | (() => CompatSessionOptions)
  /** Middleware before that of the session. */
  readonly before?: (app: Express) => void
  readonly routes: (app: Express) => void
  /** What browsers do; the answer is what they saw. */
  readonly visit: (one: Browser, another: Browser) => Promise<unknown>
  /** Left out: it is the same with a store of ours. Otherwise why there is nothing to compare there. */
  readonly notWithOurStore?: string
  /** Where the two differ: what express-session answers, what we do, and why that is better. */
  readonly differs?: {
    readonly theirs: unknown
    readonly ours: unknown
    readonly because: string
    /** Only with a store of ours. */
    readonly withOurStore?: true
  }
}

export const on = (router: Router, path: string, handler: Handler): void => void router.all(path, handler as never)
export const show = (router: Router): void => on(router, '/show', (req, res) => res.json({ ...req.session, cookie: undefined }))
const isSet = ({ setCookies }: { setCookies: readonly string[] }): boolean => setCookies.some((line) => !line.includes('Max-Age=0'))

export async function bodies(browser: Browser, ...paths: string[]): Promise<string[]> {
  const found: string[] = []
  for (const path of paths) found.push((await browser.get(path)).body)
  return found
}

/** `/slow/quick` changes the session, and ends after another request of the same visitor, to `/quick`. */
function slow(router: Router, change: (session: AnySession) => void): void {
  on(router, '/slow/:meanwhile', (req, res, next) => {
    change(req.session)
    const { host, cookie = '' } = req.headers
    fetch(`http://${host}/${String(req.params['meanwhile'])}`, { headers: { cookie } }).then(() => res.end(), next)
  })
}

type FlashRequest = AnyRequest & { flash(type: string, message?: string): string[] }

function signIn(router: Router, options: { keepSessionInfo?: boolean }): void {
  const passport = new Passport()
  passport.use(new Strategy((name, password, done) => done(null, password === 'right' ? { name } : false)))
  passport.serializeUser((user, done) => done(null, (user as { name: string }).name))
  passport.deserializeUser((name: string, done) => done(null, { name }))
  router.use(passport.session())
  on(router, '/cart', (req, res) => {
    req.session['cart'] = ['tea']
    res.send(req.session.id)
  })
  on(router, '/id', (req, res) => res.send(req.session.id))
  on(router, '/me', (req, res) => res.json(req.user ?? null))
  // The strategy reads the body or the query.
  router.post('/login', passport.authenticate('local', options), (_req, res) => res.redirect('/me'))
  router.post('/logout', (req, res, next) =>
    req.logout({ keepSessionInfo: false, ...options }, (error) => (error ? next(error) : res.redirect('/me'))),
  )
}

export const behaviours: readonly Behaviour[] = [
  {
    does: 'counts the visits of each visitor',
    routes: (router) =>
      on(router, '/', (req, res) => {
        req.session['views'] = (req.session['views'] ?? 0) + 1
        res.send(String(req.session['views']))
      }),
    visit: async (one, another) => [await bodies(one, '/', '/', '/'), await bodies(another, '/')],
  },
  {
    does: 'notices what changed deep inside',
    routes: (router) => {
      on(router, '/start', (req, res) => {
        req.session['cart'] = { items: [{ name: 'tea', amount: 1 }] }
        res.end()
      })
      on(router, '/more', (req, res) => {
        req.session['cart'].items[0].amount++
        req.session['cart'].items.push({ name: 'cake' })
        res.end()
      })
      show(router)
    },
    visit: (one) => bodies(one, '/start', '/more', '/more', '/show'),
  },
  {
    does: 'forgets a deleted property',
    routes: (router) => {
      on(router, '/start', (req, res) => res.json(Object.assign(req.session, { a: 1, b: 2 })['a']))
      on(router, '/delete', (req, res) => res.json(delete req.session['a']))
      show(router)
    },
    visit: (one) => bodies(one, '/start', '/delete', '/show'),
  },
  {
    does: 'stores what JSON makes of a value',
    routes: (router) => {
      on(router, '/', (req, res) => {
        class ObjectId {
          toJSON(): string {
            return '507f1f77bcf86cd799439011'
          }
        }
        const values = { date: new Date(0), of: new ObjectId(), fn: () => 1, none: undefined, nan: Number.NaN, map: new Map([[1, 2]]) }
        Object.assign(req.session, values)
        res.end()
      })
      show(router)
    },
    visit: (one) => bodies(one, '/', '/show'),
  },
  {
    does: 'gives a visitor without data no cookie',
    options: { saveUninitialized: false },
    routes: (router) => on(router, '/', (req, res) => res.send(String(Object.keys(req.session)))),
    visit: async (one) => isSet(await one.get('/')),
  },
  {
    does: 'gives no cookie for one that was begun and emptied again',
    options: { saveUninitialized: false },
    routes: (router) =>
      on(router, '/', (req, res) => {
        req.session['a'] = 1
        delete req.session['a']
        res.end()
      }),
    visit: async (one) => isSet(await one.get('/')),
  },
  {
    does: 'keeps an id that was read, where visitors without data have a session, too',
    options: { saveUninitialized: true },
    routes: (router) => on(router, '/', (req, res) => res.send(req.sessionID)),
    visit: async (one) => new Set(await bodies(one, '/', '/')).size,
  },
  {
    does: 'has the same id at every place, from the start and in later requests',
    routes: (router) =>
      on(router, '/', (req, res) => {
        req.session['seen'] = true
        res.json([req.sessionID === req.session.id, req.sessionID])
      }),
    visit: async (one) => {
      const [first, second] = (await bodies(one, '/', '/')).map((body) => JSON.parse(body) as [boolean, string])
      return [first![0], second![0], first![1] === second![1]]
    },
  },
  {
    does: 'saves before a callback, and goes on afterwards',
    routes: (router) => {
      on(router, '/', (req, res, next) => {
        req.session['a'] = 1
        req.session.save((error) => {
          if (error) return next(error)
          req.session['b'] = 2
          res.redirect('/show')
        })
      })
      show(router)
    },
    visit: (one) => bodies(one, '/', '/show'),
  },
  {
    does: 'answers the session from its methods',
    routes: (router) =>
      on(router, '/', (req, res) => {
        const { session } = req
        res.json([session.touch() === session, session.resetMaxAge() === session])
      }),
    visit: (one) => bodies(one, '/'),
  },
  {
    does: 'regenerates: another id, no data, and the old cookie is worth nothing',
    routes: (router) => {
      on(router, '/start', (req, res) => {
        req.session['cart'] = ['tea']
        res.send(req.session.id)
      })
      on(router, '/again', (req, res, next) => {
        const before = req.session
        req.session.regenerate((error) => {
          if (error) return next(error)
          const found = [req.session === before, req.session.id === before.id, req.session['cart'] ?? null, before['cart']]
          req.session['user'] = 'ada'
          res.json(found)
        })
      })
      show(router)
    },
    visit: async (one) => {
      await one.get('/start')
      const thief = one.copy()
      return [await bodies(one, '/again', '/show'), await bodies(thief, '/show')]
    },
  },
  {
    does: 'destroys: no session in this request, an empty one in the next',
    routes: (router) => {
      on(router, '/start', (req, res) => res.json(Object.assign(req.session, { a: 1 })['a']))
      on(router, '/end', (req, res, next) => {
        req.session.destroy((error) => (error ? next(error) : res.send(typeof req.session)))
      })
      on(router, '/end-quietly', (req, res) => {
        req.session.destroy()
        res.send(typeof req.session)
      })
      show(router)
    },
    visit: async (one, another) => [await bodies(one, '/start', '/end', '/show'), await bodies(another, '/start', '/end-quietly', '/show')],
  },
  {
    does: 'reloads what is stored, into a new object',
    routes: (router) => {
      on(router, '/start', (req, res) => res.json(Object.assign(req.session, { a: 1 })['a']))
      on(router, '/reload', (req, res, next) => {
        const before = req.session
        req.session['a'] = 2
        req.session['b'] = 3
        req.session.reload((error) =>
          error ? next(error) : res.json([req.session === before, req.session['a'], req.session['b'] ?? null]),
        )
      })
      show(router)
    },
    visit: (one) => bodies(one, '/start', '/reload', '/show'),
  },
  {
    does: 'cannot reload what has ended',
    routes: (router) => {
      on(router, '/start', (req, res) => res.json(Object.assign(req.session, { a: 1 })['a']))
      on(router, '/reload', (req, res, next) => {
        req.sessionStore.destroy(req.session.id, (error) => {
          if (error) return next(error)
          req.session.reload((failed) => res.send(failed?.message ?? 'no error'))
        })
      })
    },
    visit: (one) => bodies(one, '/start', '/reload'),
  },
  {
    does: "req.session = null with unset: 'destroy' ends it",
    options: { unset: 'destroy' },
    routes: (router) => {
      on(router, '/start', (req, res) => res.json(Object.assign(req.session, { a: 1 })['a']))
      on(router, '/end', (req, res) => {
        req.session = null as never
        res.end()
      })
      show(router)
    },
    visit: (one) => bodies(one, '/start', '/end', '/show'),
  },
  {
    does: "req.session = null with unset: 'keep' leaves it as it was",
    options: { unset: 'keep' },
    routes: (router) => {
      on(router, '/start', (req, res) => res.json(Object.assign(req.session, { a: 1 })['a']))
      on(router, '/end', (req, res) => {
        req.session['a'] = 2
        req.session = null as never
        res.json(req.session === null)
      })
      show(router)
    },
    visit: (one) => bodies(one, '/start', '/end', '/show'),
  },
  {
    does: 'takes a cookie that is not one of ours for none',
    routes: (router) => {
      on(router, '/start', (req, res) => res.json(Object.assign(req.session, { a: 1 })['a']))
      show(router)
    },
    visit: async (one) => {
      await one.get('/start')
      return [await bodies(one.forged(), '/show'), await bodies(one, '/show')]
    },
  },
  {
    does: 'saves what a handler changed before it threw',
    routes: (router) => {
      on(router, '/', (req) => {
        req.session['tried'] = true
        throw new Error('expected')
      })
      show(router)
    },
    visit: async (one) => [(await one.get('/')).status, (await one.get('/show')).body],
  },
  {
    does: 'saves what changed after the first byte of a stored session',
    routes: (router) => {
      on(router, '/start', (req, res) => res.json(Object.assign(req.session, { a: 1 })['a']))
      on(router, '/stream', (req, res) => {
        res.write('begin ')
        setImmediate(() => {
          req.session['a'] = 2
          res.end('end')
        })
      })
      show(router)
    },
    visit: (one) => bodies(one, '/start', '/stream', '/show'),
  },
  {
    does: 'is not there outside of its path',
    options: { cookie: { path: '/shop', secure: false } },
    routes: (router) => on(router, '/*path', (req, res) => res.send(typeof req.session)),
    visit: (one) => bodies(one, '/shop/cart', '/elsewhere'),
  },
  {
    does: 'lasts as long as maxAge says, and shows it',
    options: { cookie: { maxAge: 60_000, secure: false } },
    routes: (router) =>
      on(router, '/', (req, res) => {
        req.session['seen'] = true
        const { maxAge, originalMaxAge, expires } = req.session.cookie
        res.json([maxAge, originalMaxAge, expires])
      }),
    visit: (one) => bodies(one, '/', '/'),
  },
  {
    does: 'remembers a maxAge of its own, and then that it has none',
    routes: (router) => {
      on(router, '/remember', (req, res) => {
        req.session['user'] = 'ada'
        req.session.cookie.maxAge = 90 * 86_400_000
        res.end()
      })
      on(router, '/forget', (req, res) => {
        req.session['user'] = 'bob'
        req.session.cookie.expires = false
        res.end()
      })
      on(router, '/', (req, res) => res.json([req.session['user'], req.session.cookie.originalMaxAge || null]))
    },
    visit: async (one) => {
      const lasts = async (path: string): Promise<boolean> =>
        (await one.get(path)).setCookies.some((line) => /Max-Age=[1-9]|Expires=/.test(line))
      return [await lasts('/remember'), await bodies(one, '/'), await lasts('/forget'), await bodies(one, '/')]
    },
  },
  {
    does: 'shows itself as JSON with its cookie',
    routes: (router) =>
      on(router, '/', (req, res) => {
        req.session['a'] = 1
        res.json(Object.keys(JSON.parse(JSON.stringify(req.session)) as object))
      }),
    visit: (one) => bodies(one, '/', '/'),
  },
  {
    does: 'signs in and out with passport',
    routes: (router) => {
      signIn(router, {})
      show(router)
    },
    visit: async (one) => [
      (await bodies(one, '/cart', '/me'))[1],
      (await one.post('/login?username=eve&password=wrong')).status,
      (await one.post('/login?username=ada&password=right')).status,
      await bodies(one, '/me', '/show'),
      (await one.post('/logout')).status,
      await bodies(one, '/me', '/show'),
    ],
  },
  {
    does: 'keeps the data at a sign-in with passport where that is asked for, under another id',
    routes: (router) => {
      signIn(router, { keepSessionInfo: true })
      show(router)
    },
    visit: async (one) => {
      const [before] = await bodies(one, '/cart')
      const thief = one.copy()
      await one.post('/login?username=ada&password=right')
      return [await bodies(one, '/show'), (await bodies(one, '/id'))[0] === before, await bodies(thief, '/show', '/me')]
    },
  },
  {
    does: 'carries messages of connect-flash to the next request',
    routes: (router) => {
      router.use(flash())
      on(router, '/', (req, res) => {
        const { flash: leave } = req as FlashRequest
        leave.call(req, 'info', 'saved')
        leave.call(req, 'info', 'twice')
        res.redirect('/read')
      })
      on(router, '/read', (req, res) => res.json((req as FlashRequest).flash('info')))
    },
    visit: (one) => bodies(one, '/', '/read', '/read'),
  },
  {
    does: 'keeps the secret of a CSRF token',
    routes: (router) => {
      on(router, '/form', (req, res) => res.send((req.session['csrfSecret'] ??= randomUUID())))
      on(router, '/submit/:token', (req, res) => void res.sendStatus(req.params['token'] === req.session['csrfSecret'] ? 200 : 403))
    },
    visit: async (one) => {
      const { body } = await one.get('/form')
      return [(await one.post(`/submit/${body}`)).status, (await one.post('/submit/other')).status]
    },
  },
  // ── Differences ────────────────────────────────────────────────────────────────────────────────────────────────
  {
    does: 'keeps what two requests at once change at different keys',
    routes: (router) => {
      on(router, '/start', (req, res) => res.json(Object.assign(req.session, { a: 0, b: 0 })['a']))
      slow(router, (session) => void (session['a'] = 1))
      on(router, '/quick', (req, res) => {
        req.session['b'] = 1
        res.end()
      })
      show(router)
    },
    visit: async (one) => (await bodies(one, '/start', '/slow/quick', '/show')).at(-1),
    differs: {
      theirs: '{"a":1,"b":0}',
      ours: '{"a":1,"b":1}',
      because: 'the slow request writes the whole session back; here each writes what it changed.',
    },
  },
  {
    does: 'stays signed out',
    routes: (router) => {
      on(router, '/start', (req, res) => res.json(Object.assign(req.session, { user: 'ada' })['user']))
      slow(router, (session) => void (session['seen'] = true))
      on(router, '/logout', (req, res, next) => void req.session.destroy((error) => (error ? next(error) : res.end())))
      show(router)
    },
    visit: async (one) => {
      await one.get('/start')
      const thief = one.copy()
      await one.get('/slow/logout')
      return (await thief.get('/show')).body
    },
    differs: { theirs: '{"user":"ada","seen":true}', ours: '{}', because: 'what a slow request writes does not bring a session back.' },
  },
  {
    does: 'takes the cookie away when the session ends',
    routes: (router) => {
      on(router, '/start', (req, res) => res.json(Object.assign(req.session, { a: 1 })['a']))
      on(router, '/end', (req, res, next) => void req.session.destroy((error) => (error ? next(error) : res.end())))
    },
    visit: async (one) => {
      await bodies(one, '/start', '/end')
      return one.cookies() === ''
    },
    differs: { theirs: false, ours: true, because: 'a dead token is of no use to anybody.' },
  },
  {
    does: 'sends the cookie again at each visit',
    options: { rolling: true, cookie: { maxAge: 60_000, secure: false } },
    routes: (router) =>
      on(router, '/', (req, res) => {
        req.session['a'] = 1
        res.end()
      }),
    visit: async (one) => [isSet(await one.get('/')), isSet(await one.get('/'))],
    differs: {
      theirs: [true, true],
      ours: [true, false],
      withOurStore: true,
      because: 'the cookie lasts until the absolute deadline; a visit extends the session without one.',
    },
  },
]
