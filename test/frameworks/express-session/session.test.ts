import express from 'express'
import type { NextFunction, Request, Response } from 'express'
import { describe, expect, test } from 'vitest'
import session from '../../../src/frameworks/express-session/index.ts'
import type { CompatSession, CompatSessionMiddleware, CompatSessionOptions } from '../../../src/frameworks/express-session/index.ts'
import { memoryStore } from '../../../src/index.ts'
import { scriptedStore, testClock } from '../../../src/testing/index.ts'
import type { ScriptedStore, TestClock } from '../../../src/testing/index.ts'
import { serve } from '../node/server.ts'
import type { AnyRequest } from './behaviours.ts'
import { browser } from './browser.ts'
import type { Browser } from './browser.ts'

interface Shop extends AsyncDisposable {
  readonly store: ScriptedStore
  readonly clock: TestClock
  readonly middleware: CompatSessionMiddleware
  readonly port: number
  open(): Browser
}

type Routes = Record<string, (req: AnyRequest, res: Response, next: NextFunction) => void>

type Failing = (error: { code?: string; message: string }, res: Response) => void

async function shop(
  routes: Routes,
  options: CompatSessionOptions = {},
  failed: Failing = (error, res) => void res.status(500).send(`failed: ${error.code ?? error.message}`),
): Promise<Shop> {
  const [store, clock] = [scriptedStore(memoryStore(), { replies: 'certain' }), testClock()]
  const middleware = session({
    secret: 'the secret of these tests, 32 or more',
    saveUninitialized: false,
    clock,
    cookie: { secure: false },
    ...options,
    store,
  })
  const app = express()
  app.set('env', 'test')
  app.use(middleware)
  for (const [path, handler] of Object.entries(routes)) app.all(path, handler as never)
  app.use((error: Parameters<Failing>[0], _req: Request, res: Response, _next: NextFunction) => failed(error, res))
  const server = await serve(app)
  return {
    store,
    clock,
    middleware,
    port: server.port,
    open: () => browser(server.port),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

const start: Routes = {
  '/start': (req, res) => {
    req.session['cart'] = ['tea']
    res.send(req.session.id)
  },
  '/show': (req, res) => res.json(req.session['cart'] ?? null),
  '/untouched': (_req, res) => res.send('public'),
}

describe('you pay for what you touch (P4)', () => {
  test('a visitor without a token costs no store call, whatever is read; one with a forged token, too', async () => {
    await using app = await shop(start)
    const visitor = app.open()
    await visitor.get('/show')
    await visitor.get('/untouched')
    expect(app.store.count()).toBe(0)
    await visitor.get('/start')
    app.store.reset()
    await visitor.forged().get('/show')
    expect(app.store.count()).toBe(0)
  })

  test('a visitor with a genuine token costs one read, and a read writes nothing', async () => {
    await using app = await shop(start)
    const visitor = app.open()
    await visitor.get('/start')
    app.store.reset()
    expect((await visitor.get('/show')).body).toBe('["tea"]')
    await visitor.get('/untouched')
    expect([app.store.count('load'), app.store.count()]).toEqual([2, 2])
  })

  test('only a response that looked at the session is private', async () => {
    await using app = await shop(start)
    const headers = async (path: string): Promise<unknown> => {
      const response = await fetch(`http://127.0.0.1:${app.port}${path}`)
      return [response.headers.get('vary'), response.headers.get('cache-control')]
    }
    expect(await headers('/untouched')).toEqual([null, null])
    expect(await headers('/show')).toEqual(['Cookie', 'private'])
  })
})

describe('saved before the first byte (P3)', () => {
  test.each(['create', 'update'] as const)('a failed %s goes to the error handler, and no cookie with it', async (operation) => {
    await using app = await shop({ ...start, '/more': (req, res) => res.redirect(`/show?${req.session['cart'].push('cake')}`) })
    const visitor = app.open()
    if (operation === 'update') await visitor.get('/start')
    app.store.before(operation, () => {
      throw new Error('The disk is full.')
    })
    const answer = await visitor.get(operation === 'update' ? '/more' : '/start')
    expect(answer).toEqual({ status: 500, body: 'failed: ERR_SESSION_STORE', setCookies: [] })
  })

  test('save() tells of it too, by callback and by promise', async () => {
    await using app = await shop({
      '/callback': (req, res) => {
        req.session['a'] = 1
        req.session.save((error) => res.status(503).send(String((error as { code?: string } | undefined)?.code)))
      },
      '/deaf': (req, res) => {
        req.session['a'] = 1
        req.session.save(() => res.send('fine'))
      },
      '/promise': (req, res, next) => {
        req.session['a'] = 1
        void Promise.resolve(req.session.save()).then(() => res.end(), next)
      },
    })
    app.store.before('create', () => {
      throw new Error('The disk is full.')
    })
    const visitor = app.open()
    expect(await visitor.get('/callback')).toEqual({ status: 503, body: 'ERR_SESSION_STORE', setCookies: [] })
    expect((await visitor.get('/deaf')).status).toBe(500)
    expect((await visitor.get('/promise')).body).toBe('failed: ERR_SESSION_STORE')
  })

  test('a response that has begun is broken off if what changed in it cannot be saved', async () => {
    await using app = await shop({
      ...start,
      '/stream': (req, res) => {
        res.write('begun')
        setImmediate(() => {
          req.session['cart'].push('cake')
          res.end('all')
        })
      },
    })
    const visitor = app.open()
    await visitor.get('/start')
    app.store.before('update', () => {
      throw new Error('The disk is full.')
    })
    await expect(visitor.get('/stream')).rejects.toThrow('terminated')
  })

  test('what tells of a failure is not held up by trying again', async () => {
    await using app = await shop({ ...start, '/more': (req, res) => void res.json(req.session['cart'].push('cake')) }, {}, (error, res) => {
      res.status(500).write('failed: ')
      setImmediate(() => res.end(error.code))
    })
    const visitor = app.open()
    await visitor.get('/start')
    app.store.before('update', () => {
      throw new Error('The disk is full.')
    })
    expect(await visitor.get('/more')).toMatchObject({ status: 500, body: 'failed: ERR_SESSION_STORE' })
  })

  test('a store that is down when the request comes goes to the error handler', async () => {
    await using app = await shop(start)
    const visitor = app.open()
    await visitor.get('/start')
    app.store.before('load', () => {
      throw new Error('Nobody is there.')
    })
    expect(await visitor.get('/show')).toMatchObject({ status: 500, body: 'failed: ERR_SESSION_STORE' })
  })

  test('what JSON cannot write goes to the error handler', async () => {
    await using app = await shop({
      '/cycle': (req, res) => {
        req.session['cycle'] = { again: req.session['cycle'] }
        req.session['cycle'].again = req.session['cycle']
        res.end()
      },
      '/plain': (req, res) => {
        req.session = { cart: [] } as never
        res.end()
      },
    })
    expect(await app.open().get('/cycle')).toMatchObject({ status: 500 })
    expect(await app.open().get('/plain')).toMatchObject({ status: 500, body: 'failed: ERR_SESSION_VALUE_TYPE' })
  })
})

test('fifty requests at once, each with a key of its own, all survive (P1)', async () => {
  await using app = await shop({
    ...start,
    '/set/:key': (req, res) => {
      req.session[req.params['key'] as string] = true
      setImmediate(() => res.end())
    },
    '/count': (req, res) => res.json(Object.keys(req.session).length),
  })
  const visitor = app.open()
  await visitor.get('/start')
  await Promise.all(Array.from({ length: 50 }, (_, i) => visitor.get(`/set/key-${i}`)))
  expect((await visitor.get('/count')).body).toBe('52')
})

describe('how long it lasts', () => {
  const remember: Routes = {
    ...start,
    '/remember': (req, res) => {
      req.session.cookie.maxAge = 90 * 86_400_000
      res.end()
    },
  }

  test('without maxAge the browser forgets the cookie, and the store the session after a day without a visit', async () => {
    await using app = await shop(start)
    const visitor = app.open()
    expect((await visitor.get('/start')).setCookies[0]).not.toContain('Max-Age')
    app.clock.advance('23h')
    expect((await visitor.get('/show')).body).toBe('["tea"]')
    app.clock.advance('25h')
    expect((await visitor.get('/show')).body).toBe('null')
  })

  test('each visit extends a maxAge', async () => {
    await using app = await shop(start, { cookie: { secure: false, maxAge: 3_600_000 } })
    const visitor = app.open()
    await visitor.get('/start')
    for (let visit = 0; visit < 3; visit++) {
      app.clock.advance('50m')
      expect((await visitor.get('/show')).body).toBe('["tea"]')
    }
    app.clock.advance('61m')
    expect((await visitor.get('/show')).body).toBe('null')
  })

  test('a session of its own length outlives the others, with a new token that says so', async () => {
    await using app = await shop(remember)
    const visitor = app.open()
    await visitor.get('/start')
    const before = visitor.copy()
    expect((await visitor.get('/remember')).setCookies[0]).toContain('Max-Age=7776000')
    app.clock.advance('80d')
    expect((await visitor.get('/show')).body).toBe('["tea"]')
    expect((await before.get('/show')).body).toBe('null')
  })

  test('the length of a visitor without data is worth no record', async () => {
    await using app = await shop(remember, { saveUninitialized: false })
    await app.open().get('/remember')
    expect(app.store.count()).toBe(0)
  })
})

describe('who is signed in', () => {
  const routes: Routes = {
    ...start,
    '/login/:name': (req, res) => {
      req.session['user'] = req.params['name']
      res.end()
    },
    '/logout': (req, res) => {
      delete req.session['user']
      res.end()
    },
    '/me': (req, res) => res.json([req.session['user'] ?? null, req.session['cart'] ?? null]),
  }
  const options: CompatSessionOptions = { principal: (opened: CompatSession) => opened['user'] as string | undefined }

  test('is found, and can be signed out everywhere', async () => {
    await using app = await shop(routes, options)
    const [phone, laptop] = [app.open(), app.open()]
    await phone.get('/login/ada')
    await laptop.get('/login/ada')
    expect(await app.middleware.sessions.of('ada').list()).toHaveLength(2)
    await app.middleware.sessions.of('ada').revokeAll()
    expect((await phone.get('/me')).body).toBe('[null,null]')
  })

  test('gets a token that no earlier one can follow', async () => {
    await using app = await shop(routes, options)
    const visitor = app.open()
    await visitor.get('/start')
    const thief = visitor.copy()
    await visitor.get('/login/ada')
    expect((await visitor.get('/me')).body).toBe('["ada",["tea"]]')
    expect((await thief.get('/me')).body).toBe('[null,null]')
  })

  test('and who no longer is, or is somebody else, goes on in another session with what is left', async () => {
    await using app = await shop(routes, options)
    const visitor = app.open()
    await visitor.get('/start')
    await visitor.get('/login/ada')
    const thief = visitor.copy()
    await visitor.get('/login/bob')
    expect((await visitor.get('/me')).body).toBe('["bob",["tea"]]')
    expect((await thief.get('/me')).body).toBe('[null,null]')
    await visitor.get('/logout')
    expect((await visitor.get('/me')).body).toBe('[null,["tea"]]')
    expect(await app.middleware.sessions.of('bob').list()).toEqual([])
  })
})

test('the handle is there beside `req.session`, and neither undoes what the other did', async () => {
  await using app = await shop({
    ...start,
    '/both': (req, res) => {
      app.middleware.sessions.open(req as never).set('by', 'handle')
      req.session['cart'].push('cake')
      res.end()
    },
    '/all': (req, res) => res.json({ ...req.session, cookie: undefined }),
  })
  const visitor = app.open()
  await visitor.get('/start')
  await visitor.get('/both')
  expect(JSON.parse((await visitor.get('/all')).body)).toEqual({ cart: ['tea', 'cake'], by: 'handle' })
})

test('an error page that tells of a failed change may be the first to look at `req.session`', async () => {
  const routes: Routes = {
    ...start,
    '/handle': (req, res) => {
      app.middleware.sessions.open(req as never).set('by', 'handle')
      res.end()
    },
  }
  await using app = await shop(routes, {}, (error, res) => void res.status(500).send(`${error.code}: ${res.req.session['cart']?.join()}`))
  const visitor = app.open()
  await visitor.get('/start')
  app.store.before('update', () => {
    throw new Error('The disk is full.')
  })
  expect(await visitor.get('/handle')).toMatchObject({ status: 500, body: 'ERR_SESSION_STORE: tea' })
})

test('a session cannot be read by its id', async () => {
  await using app = await shop({
    '/': (req, res) => {
      const store = req.sessionStore as unknown as { get(id: string, done: (error: { code: string }) => void): void }
      store.get(req.session.id, (error) => res.send(error.code))
    },
  })
  expect((await app.open().get('/')).body).toBe('ERR_SESSION_CAPABILITY')
})
