/** The promises with sessions in the form of express-session, and what lies beside them. */
import express from 'express'
import type { NextFunction, Request, Response } from 'express'
import { describe, expect, test, vi } from 'vitest'
import session from '../../../src/frameworks/express-session/index.ts'
import type { CompatSessionOptions, SharedSessionMiddleware } from '../../../src/frameworks/express-session/index.ts'
import { memoryStore } from '../../../src/index.ts'
import { adoptExpressSession } from '../../../src/interop/express-session/index.ts'
import { serve } from '../node/server.ts'
import type { AnyRequest } from './behaviours.ts'
import { browser } from './browser.ts'
import type { Browser } from './browser.ts'

vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)

type Done = (error?: unknown, found?: { cookie: object } | null) => void

interface AnyMemory {
  sessions: Record<string, string>
  get(sid: string, done: Done): void
  set(sid: string, kept: { cookie: object }, done?: Done): void
  touch(sid: string, kept: { cookie: object }, done?: Done): void
  destroy(sid: string, done?: Done): void
}

/** A store as packages write them, that counts its calls and fails when it is told to. */
class CountingStore extends (session.MemoryStore as unknown as new () => AnyMemory) {
  readonly calls: string[] = []
  fails: string | undefined
  hangs: string | undefined

  override get(sid: string, done: Done): void {
    this.#count('get', done, () => super.get(sid, done))
  }
  override set(sid: string, kept: { cookie: object }, done?: Done): void {
    this.#count('set', done, () => super.set(sid, kept, done))
  }
  override touch(sid: string, kept: { cookie: object }, done?: Done): void {
    this.#count('touch', done, () => super.touch(sid, kept, done))
  }
  override destroy(sid: string, done?: Done): void {
    this.#count('destroy', done, () => super.destroy(sid, done))
  }

  #count(call: string, done: Done | undefined, go: () => void): void {
    this.calls.push(call)
    if (call === this.hangs) return
    if (call === this.fails) done?.(new Error('The disk is full.'))
    else go()
  }
}

type Routes = Record<string, (req: AnyRequest, res: Response, next: NextFunction) => void>

const routes: Routes = {
  '/start': (req, res) => {
    req.session['cart'] = ['tea']
    res.send(req.session.id)
  },
  '/more': (req, res) => void res.json((req.session['cart'] as string[]).push('cake')),
  '/show': (req, res) => void res.json(req.session['cart'] ?? null),
  '/untouched': (_req, res) => void res.send('public'),
  '/logout': (req, res, next) => void req.session.destroy((error) => (error ? next(error) : res.end())),
}

interface Shop extends AsyncDisposable {
  readonly store: CountingStore
  readonly middleware: SharedSessionMiddleware
  readonly port: number
  open(): Browser
}

async function shop(more: Routes = {}, options: CompatSessionOptions = {}): Promise<Shop> {
  const store = new CountingStore()
  const middleware = session({ secret: 'keyboard cat', resave: false, saveUninitialized: false, ...options, store })
  const app = express()
  app.set('env', 'test')
  app.use(middleware)
  for (const [path, handler] of Object.entries({ ...routes, ...more })) app.all(path, handler as never)
  app.use((error: { code?: string; message: string }, _req: Request, res: Response, _next: NextFunction) => {
    res.status(500).send(`failed: ${error.code ?? error.message}`)
  })
  const server = await serve(app)
  return {
    store,
    middleware,
    port: server.port,
    open: () => browser(server.port),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

describe('you pay for what you touch (P4)', () => {
  test('a visitor without a cookie costs nothing, nor does one with a forged one', async () => {
    await using app = await shop()
    const visitor = app.open()
    await visitor.get('/show')
    await visitor.get('/untouched')
    expect(app.store.calls).toEqual([])
    await visitor.get('/start')
    app.store.calls.length = 0
    await visitor.forged().get('/show')
    expect(app.store.calls).toEqual([])
  })

  test('a new session is one call, a read is one, and a change reads what it changes', async () => {
    await using app = await shop()
    const visitor = app.open()
    await visitor.get('/start')
    expect(app.store.calls.splice(0)).toEqual(['set'])
    await visitor.get('/show')
    await visitor.get('/untouched')
    expect(app.store.calls.splice(0)).toEqual(['get', 'get'])
    await visitor.get('/more')
    expect(app.store.calls.splice(0)).toEqual(['get', 'get', 'set'])
  })

  test('a session that another process wrote is touched once', async () => {
    await using app = await shop()
    const visitor = app.open()
    const [, sid] = /s%3A([^.]+)/.exec((await visitor.get('/start')).setCookies[0]!)!
    // As if another process had begun it.
    await using other = await shop()
    other.store.sessions[sid!] = app.store.sessions[sid!]!
    const moved = browser(other.port, new Map([visitor.cookies().split('=') as [string, string]]))
    for (let visit = 0; visit < 3; visit++) expect((await moved.get('/show')).body).toBe('["tea"]')
    await vi.waitFor(() => expect(other.store.calls.filter((call) => call === 'touch')).toHaveLength(1))
  })

  test('only a response that looked at the session is private', async () => {
    await using app = await shop()
    const headers = async (path: string): Promise<unknown> => {
      const response = await fetch(`http://127.0.0.1:${app.port}${path}`)
      return [response.headers.get('vary'), response.headers.get('cache-control')]
    }
    expect(await headers('/untouched')).toEqual([null, null])
    expect(await headers('/show')).toEqual(['Cookie', 'private'])
    expect(await headers('/start')).toEqual(['Cookie', 'no-store'])
  })
})

describe('saved before the first byte (P3)', () => {
  test('a failed save goes to the error handler, and no cookie with it', async () => {
    await using app = await shop()
    const visitor = app.open()
    app.store.fails = 'set'
    expect(await visitor.get('/start')).toEqual({ status: 500, body: 'failed: ERR_SESSION_STORE', setCookies: [] })
  })

  test('a failed read does, too', async () => {
    await using app = await shop()
    const visitor = app.open()
    await visitor.get('/start')
    app.store.fails = 'get'
    expect(await visitor.get('/show')).toMatchObject({ status: 500, body: 'failed: ERR_SESSION_STORE' })
  })

  test('a store that never calls back holds up one request, and no other of that session', async () => {
    await using app = await shop({}, { storeTimeout: 50 })
    const visitor = app.open()
    await visitor.get('/start')
    app.store.hangs = 'set'
    expect(await visitor.get('/more')).toMatchObject({ status: 500, body: expect.stringContaining('ERR_SESSION_') as string })
    app.store.hangs = undefined
    expect((await visitor.get('/more')).body).toBe('2')
  })

  test('what a cookie cannot hold fails before it is sent', async () => {
    await using app = await shop({
      '/bad': (req, res) => {
        Object.assign(req.session.cookie, { domain: 'example.org; Secure' })
        req.session['a'] = 1
        res.end()
      },
    })
    expect(await app.open().get('/bad')).toEqual({ status: 500, body: 'failed: option domain is invalid', setCookies: [] })
  })

  test('what JSON cannot write goes to the error handler', async () => {
    await using app = await shop({
      '/big': (req, res) => {
        req.session['big'] = 1n
        res.end()
      },
      '/plain': (req, res) => {
        req.session = { cart: [] } as never
        res.end()
      },
    })
    expect(await app.open().get('/big')).toMatchObject({ status: 500 })
    expect(await app.open().get('/plain')).toMatchObject({ status: 500, body: 'failed: ERR_SESSION_VALUE_TYPE' })
  })
})

test('fifty requests at once, each with a key of its own, all survive (P1)', async () => {
  await using app = await shop({
    '/set/:key': (req, res) => {
      req.session[req.params['key'] as string] = true
      setImmediate(() => res.end())
    },
    '/count': (req, res) => res.json(Object.keys(req.session).filter((key) => key.startsWith('key-')).length),
  })
  const visitor = app.open()
  await visitor.get('/start')
  await Promise.all(Array.from({ length: 50 }, (_, i) => visitor.get(`/set/key-${i}`)))
  expect((await visitor.get('/count')).body).toBe('50')
})

test('a write that is under way when the user signs out does not bring the session back (P2)', async () => {
  await using app = await shop()
  const visitor = app.open()
  await visitor.get('/start')
  const thief = visitor.copy()
  // The write has looked whether the session is there, and is about to write.
  const { store } = app
  const set = store.set.bind(store)
  const signedOut: Promise<unknown>[] = []
  store.set = (sid: string, kept: { cookie: object }, done?: Done) => {
    store.set = set
    signedOut.push(visitor.get('/logout'))
    setTimeout(() => set(sid, kept, done), 30)
  }
  await thief.get('/more')
  await Promise.all(signedOut)
  expect((await thief.get('/show')).body).toBe('null')
  expect(store.sessions).toEqual({})
})

test('the handle is there beside `req.session`, on the same session, and neither undoes what the other did', async () => {
  await using app = await shop({
    '/both': (req, res) => {
      const handle = app.middleware.sessions.open(req as never)
      handle.set('by', 'handle')
      handle.flash('info', 'of the handle')
      req.session['cart'] = [...((req.session['cart'] as string[] | undefined) ?? []), 'cake']
      res.end()
    },
    '/all': (req, res) => void res.json({ ...req.session, cookie: undefined }),
  })
  const [visitor, newcomer] = [app.open(), app.open()]
  await visitor.get('/start')
  await visitor.get('/both')
  const all = { by: 'handle', flash: { info: ['of the handle'] } }
  expect(JSON.parse((await visitor.get('/all')).body)).toEqual({ cart: ['tea', 'cake'], ...all })
  expect((await newcomer.get('/both')).setCookies).toHaveLength(1)
  expect(JSON.parse((await newcomer.get('/all')).body)).toEqual({ cart: ['cake'], ...all })
})

test('the handle alone, without the middleware, sends the same cookie and signs nobody in', async () => {
  const store = new CountingStore()
  const { sessions } = session({ secret: 'keyboard cat', saveUninitialized: false, store, cookie: { maxAge: 60_000 } })
  const opened = sessions.open({ headers: {} })
  opened.set('cart', ['tea'])
  await opened.commit()
  expect(opened.takeHeaders()).toEqual([
    ['Set-Cookie', expect.stringMatching(/^connect\.sid=s%3A[\w-]{32}\.[^;]+; Path=\/; Expires=[^;]+; HttpOnly$/)],
  ])
  expect(JSON.parse(Object.values(store.sessions)[0]!)).toMatchObject({ cookie: { originalMaxAge: 60_000 }, cart: ['tea'] })
  await expect(opened.login('ada')).rejects.toThrow(expect.objectContaining({ code: 'ERR_SESSION_CAPABILITY' }))
  await opened.destroy()
  await opened.commit()
  expect(opened.takeHeaders()).toEqual([['Set-Cookie', 'connect.sid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Max-Age=0']])
  expect(store.sessions).toEqual({})
})

test('who moves on to a store of ours stays signed in', async () => {
  await using app = await shop()
  const visitor = app.open()
  await visitor.get('/start')
  const own = express()
  own.use(
    session({
      secret: 'the secret of these tests, 32 or more',
      store: memoryStore(),
      saveUninitialized: false,
      cookie: { secure: false },
      adopt: [adoptExpressSession({ secrets: 'keyboard cat', store: app.store, data: (data) => data })],
    }),
  )
  own.get('/show', routes['/show'] as never)
  await using server = await serve(own)
  const moved = browser(server.port, new Map([visitor.cookies().split('=') as [string, string]]))
  expect((await moved.get('/show')).body).toBe('["tea"]')
  await moved.get('/show')
  expect(moved.cookies()).toMatch(/^connect-sid-anon=[\w-]{64}$/)
  expect(app.store.sessions).toEqual({})
})
