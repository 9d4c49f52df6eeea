/** What runs beside a response, or after it: on a server, on a platform that can wait, and on one that freezes. */
import { Hono } from 'hono'
import { H3 } from 'h3'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createSessions } from '../../src/index.ts'
import type { Sessions, SessionsOptions } from '../../src/index.ts'
import { Marks } from '../../src/core/basics/marks.ts'
import { session as sessionFetch } from '../../src/frameworks/fetch.ts'
import { session as sessionH3 } from '../../src/frameworks/h3/index.ts'
import { session as sessionHono } from '../../src/frameworks/hono.ts'
import type { StoreOperation } from '../../src/testing/index.ts'
import { application, SECRET, settled, stopFirst } from '../_support/application.ts'
import type { Application } from '../_support/application.ts'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
})

/** A platform that gives nothing any time after the response, as AWS Lambda. */
function freezing(): void {
  vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'shop')
}

interface Visitor {
  readonly app: Application
  readonly cookie: string
}

/** Signed in, and a touch is due. */
async function due(options: SessionsOptions & { readonly schema?: never } = {}): Promise<Visitor> {
  const app = application(options)
  const response = await app.sessions.handle(new Request('https://shop.test/'), async (session) => {
    await session.login('alice')
    return new Response('in')
  })
  const cookie = response.headers.getSetCookie()[0]!.split(';')[0]!
  app.clock.advance('10m')
  return { app, cookie }
}

type Serve = (sessions: Sessions, request: Request, waitUntil?: (work: Promise<unknown>) => void) => Promise<Response>

const adapters: Record<string, Serve> = {
  'sessions.handle': (sessions, request, waitUntil) =>
    sessions.handle(request, async (session) => Response.json((await session.load()).principal), waitUntil && { waitUntil }),
  Fetch: (sessions, request, waitUntil) => {
    const handler = sessionFetch<object, unknown[]>(sessions, async (_request, session) => Response.json((await session.load()).principal))
    // As `fetch(request, env, ctx)` of a worker.
    return waitUntil ? handler(request, {}, { waitUntil }) : handler(request)
  },
  Hono: async (sessions, request, waitUntil) => {
    const app = new Hono().use(sessionHono(sessions)).get('/', async (c) => c.json((await c.var.session.load()).principal))
    const context = { waitUntil, passThroughOnException: () => undefined, props: {} }
    return app.fetch(request, {}, waitUntil && (context as never))
  },
  h3: async (sessions, request, waitUntil) => {
    const app = new H3().use(sessionH3(sessions)).get('/', async (event) => (await sessions.open(event.req).load()).principal)
    return app.fetch(Object.assign(request, waitUntil && { waitUntil }))
  },
}

describe.each(Object.entries(adapters))('%s', (_name, serve) => {
  const visit = (cookie: string): Request => new Request('https://shop.test/', { headers: { cookie } })

  test('hands a touch to the platform that can wait, and does not wait itself', async () => {
    freezing()
    const { app, cookie } = await due()
    const stop = stopFirst()
    app.store.before('touch', stop.hook)
    const works: Promise<unknown>[] = []
    const response = await serve(app.sessions, visit(cookie), (work) => works.push(work))
    expect([response.status, works.length]).toEqual([200, 1])
    stop.release()
    await Promise.all(works)
    expect(app.store.count('touch')).toBe(1)
  })

  test('waits for it where the platform freezes (counterexample `frozen-touch`)', async () => {
    freezing()
    const { app, cookie } = await due()
    const stop = stopFirst()
    app.store.before('touch', stop.hook)
    let answered = false
    const serving = serve(app.sessions, visit(cookie)).then(() => (answered = true))
    await stop.reached
    for (let i = 0; i < 20; i++) await settled()
    expect(answered).toBe(false)
    stop.release()
    await serving
    expect(answered).toBe(true)
  })

  test('does not wait on a server', async () => {
    const { app, cookie } = await due()
    const stop = stopFirst()
    app.store.before('touch', stop.hook)
    expect((await serve(app.sessions, visit(cookie))).status).toBe(200)
    stop.release()
  })
})

describe('where the platform freezes', () => {
  /** What is sent while a call of the store stands still. */
  async function overtakes(
    operation: StoreOperation,
    options: SessionsOptions & { readonly schema?: never },
    act: Handler,
  ): Promise<boolean> {
    freezing()
    const { app, cookie } = await due(options)
    const stop = stopFirst()
    app.store.before(operation, stop.hook)
    let answered = false
    const request = new Request('https://shop.test/', { headers: { cookie: operation === 'sweeper.sweep' ? '' : cookie } })
    const serving = app.sessions.handle(request, async (session) => (await act(session), new Response('ok'))).then(() => (answered = true))
    await stop.reached
    for (let i = 0; i < 20; i++) await settled()
    const overtook = answered
    stop.release()
    await serving
    return overtook
  }
  type Handler = (session: ReturnType<Sessions['open']>) => unknown

  test.each<[what: string, operation: StoreOperation, act: Handler]>([
    ['a touch', 'touch', (session) => session.load()],
    ['a touch of what was not changed after all', 'touch', (session) => session.delete('nothing')],
    ['a sweep', 'sweeper.sweep', (session) => session.set('cart', 'full')],
    ['a notice of a new login', 'notices.publish', (session) => session.login('alice')],
    ['a notice of a logout', 'notices.publish', (session) => session.logout()],
  ])('no response overtakes %s', async (_what, operation, act) => {
    expect(await overtakes(operation, {}, act)).toBe(false)
  })

  test('an adapter without a promise of its response has it done before the session is read', async () => {
    freezing()
    const { app, cookie } = await due()
    const stop = stopFirst()
    app.store.before('touch', stop.hook)
    let isRead = false
    const exchange = { accessed: () => undefined, changed: () => undefined }
    const reading = app.sessions
      .open({ headers: { cookie } }, exchange)
      .load()
      .then(() => (isRead = true))
    await stop.reached
    for (let i = 0; i < 20; i++) await settled()
    expect(isRead).toBe(false)
    stop.release()
    await reading
  })

  test('a sweep is a slice at a time, and goes on at the next session', async () => {
    freezing()
    const { app } = await due()
    const visitors = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) {
        const session = app.sessions.open({ headers: {} })
        session.set('cart', i)
        await session.commit()
      }
    }
    await visitors(1_200)
    app.clock.advance('31m')
    const before = app.store.count('sweeper.sweep')
    await visitors(1)
    expect(app.store.count('sweeper.sweep') - before).toBe(1)
    await visitors(4)
    expect(app.store.count('sweeper.sweep') - before).toBe(3)
  })
})

describe('where the platform cancels work with its request, as Cloudflare Workers does', () => {
  test('a commit that was cancelled holds up no other commit of its session', async () => {
    vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
    // Its deadline is cancelled, too.
    const { app, cookie } = await due({ storeTimeout: '1h' })
    const open = (): ReturnType<Sessions['open']> => app.sessions.open({ headers: { cookie } })
    let cancelled = false
    app.store.before('update', () => (cancelled ? undefined : ((cancelled = true), new Promise(() => undefined))))
    const first = open()
    first.increment('visits')
    void first.commit().catch(() => undefined)
    await settled()
    const handles = Array.from({ length: 20 }, open)
    for (const handle of handles) handle.increment('visits')
    await Promise.all(handles.map((handle) => handle.commit()))
    expect(await open().get('visits')).toBe(20)
  })
})

describe('a mark in memory', () => {
  test('of a touch that never ends does not stop those that follow: readers stay signed in', async () => {
    const { app, cookie } = await due()
    app.store.before('touch', () => new Promise(() => undefined))
    const sessions = createSessions({ secrets: [SECRET], store: app.store, clock: app.clock, storeTimeout: '1h' })
    const visit = (): Promise<unknown> => sessions.open({ headers: { cookie } }).load()
    await visit()
    await expect.poll(() => app.store.count('touch')).toBe(1)
    app.clock.advance('1s')
    await visit()
    await settled()
    expect(app.store.count('touch')).toBe(1)
    const longer = createSessions({ secrets: [SECRET], store: app.store, clock: app.clock, storeTimeout: '1m', idleTimeout: '30m' })
    const again = (): Promise<unknown> => longer.open({ headers: { cookie } }).load()
    await again()
    await expect.poll(() => app.store.count('touch')).toBe(2)
    app.clock.advance('1s')
    await again()
    await settled()
    expect(app.store.count('touch')).toBe(2)
    app.clock.advance('2m')
    await again()
    await expect.poll(() => app.store.count('touch')).toBe(3)
  })

  test('ends by itself, is set once, and does not pile up', () => {
    const marks = new Marks(1_000)
    expect([marks.set('a', 0), marks.set('a', 999), marks.set('a', 1_000)]).toEqual([true, false, true])
    marks.remove('a')
    expect(marks.set('a', 1_000)).toBe(true)
    for (let i = 0; i < 10_000; i++) marks.set(`key ${i}`, 1_000 + i)
    expect(marks.size).toBeLessThan(2_100)
  })
})
