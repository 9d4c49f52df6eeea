import connectPgSimple from 'connect-pg-simple'
import { RedisStore } from 'connect-redis'
import session from 'express-session'
import { Pool } from 'pg'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findEngine } from '../../../scripts/engines.ts'
import { startPostgres } from '../../../scripts/engines/postgres.ts'
import { startRedis } from '../../../scripts/engines/redis.ts'
import { createSessions, memoryStore } from '../../../src/index.ts'
import { adoptExpressSession, shareExpressSession } from '../../../src/interop/express-session/index.ts'
import type { ExpressSessionOptions } from '../../../src/interop/express-session/index.ts'
import { SECRET } from '../../_support/application.ts'
import { client } from '../../_support/client.ts'
import { PATIENCE } from '../../_support/patience.ts'
import { OLD_SECRET, startOldApplication } from './application.ts'
import type { OldApplication } from './application.ts'

interface Place {
  readonly store: session.Store
  /** Where Node finds the sessions of the application. */
  readonly at: ExpressSessionOptions['store']
  stop(): Promise<void>
}

async function inRedis(compared: boolean): Promise<Place> {
  const engine = await startRedis(findEngine('redis')!)
  const redis = createClient({ url: `redis://127.0.0.1:${engine.ports[0]}` })
  await redis.connect()
  const store = new RedisStore({ client: redis })
  return {
    store,
    at: compared ? { redis } : store,
    async stop() {
      await redis.close()
      await engine.stop()
    },
  }
}

async function inPostgres(compared: boolean): Promise<Place> {
  const engine = await startPostgres(findEngine('postgres')!)
  // The time zone makes no difference, as long as the server and its clients have the same.
  const pool = new Pool({ connectionString: engine.url, options: '-c TimeZone=Asia/Tokyo' })
  const store = new (connectPgSimple(session))({ pool, createTableIfMissing: true, pruneSessionInterval: false })
  return {
    store,
    at: compared ? { postgres: pool } : store,
    async stop() {
      await pool.end()
      await engine.stop()
    },
  }
}

const places: Readonly<Record<string, { readonly engine: 'redis' | 'postgres' | undefined; start(): Promise<Place> }>> = {
  MemoryStore: {
    engine: undefined,
    async start() {
      const store = new session.MemoryStore()
      return { store, at: store, stop: async () => {} }
    },
  },
  'connect-redis': { engine: 'redis', start: () => inRedis(false) },
  'the Redis of connect-redis': { engine: 'redis', start: () => inRedis(true) },
  'connect-pg-simple': { engine: 'postgres', start: () => inPostgres(false) },
  'the table of connect-pg-simple': { engine: 'postgres', start: () => inPostgres(true) },
}

describe.each(Object.entries(places))('express-session with %s', (name, { engine, start }) => {
  const missing = engine !== undefined && findEngine(engine) === undefined
  if (missing && process.env['CI'] === 'true') throw new Error(`${name} is tested on a real server. Install ${engine}.`)
  if (missing) console.warn(`NOT TESTED: express-session with ${name}. There is no ${engine}; install it.`)

  let place: Place
  let old: OldApplication
  beforeAll(async () => {
    if (missing) return
    place = await start()
    old = await startOldApplication(place.store)
  })
  afterAll(async () => {
    await old?.close()
    await place?.stop()
  })

  describe.skipIf(missing)('shared', () => {
    test('one cart, one sign-in, one sign-out, made there', async () => {
      const sessions = shareExpressSession({ ...PATIENCE, secrets: OLD_SECRET, store: place.at })
      const browser = client(sessions)
      await old.ask('/set/cart/[1]', browser.jar)
      await old.ask('/login/42', browser.jar)
      const { result } = await browser.run(async (opened) => [(await opened.load()).principal, opened.data])
      expect(result).toEqual(['42', { cart: [1], passport: { user: 42 } }])
      await browser.run((opened) => opened.update('cart', (cart) => [...(cart as number[]), 2]))
      expect(await old.ask('/read', browser.jar)).toEqual({ cart: [1, 2], passport: { user: 42 } })
      await browser.run((opened) => opened.logout())
      expect(await old.ask('/read', browser.jar)).toEqual({})
    })

    test('one cart, one sign-in, one sign-out, made here', async () => {
      const sessions = shareExpressSession({ ...PATIENCE, secrets: [OLD_SECRET], store: place.at })
      const browser = client(sessions)
      await browser.run((opened) => opened.set('cart', [1]))
      const anonymous = browser.copy()
      await browser.run((opened) => opened.login('42'))
      expect(await old.ask('/read', browser.jar)).toEqual({ cart: [1], passport: { user: '42' } })
      expect(await old.ask('/read', anonymous.jar)).toEqual({})
      await old.ask('/set/cart/[1,2]', browser.jar)
      expect((await browser.run((opened) => opened.get('cart'))).result).toEqual([1, 2])
      const late = browser.open()
      await late.load()
      await old.ask('/logout', browser.jar)
      late.set('late', true)
      await late.commit()
      expect(await old.ask('/read', browser.jar)).toEqual({})
      expect((await browser.run(async (opened) => (await opened.load()).principal)).result).toBeNull()
    })

    test('flash messages go both ways', async () => {
      const sessions = shareExpressSession({ ...PATIENCE, secrets: OLD_SECRET, store: place.at })
      const browser = client(sessions)
      await old.ask('/flash/one', browser.jar)
      await browser.run((opened) => opened.flash('ok', 'two'))
      expect(await old.ask('/flashes', browser.jar)).toEqual(['one', 'two'])
      await old.ask('/flash/three', browser.jar)
      expect((await browser.run((opened) => opened.takeFlash('ok'))).result).toEqual(['three'])
      expect(await old.ask('/flashes', browser.jar)).toEqual([])
    })

    test('what the other side wrote after the read survives', async () => {
      const browser = client(shareExpressSession({ ...PATIENCE, secrets: OLD_SECRET, store: place.at }))
      await old.ask('/set/count/1', browser.jar)
      await browser.run(async (opened) => {
        await opened.load()
        await old.ask('/set/count/5', browser.jar)
        await old.ask('/set/theirs/true', browser.jar)
        opened.increment('count')
        opened.set('ours', true)
      })
      expect(await old.ask('/read', browser.jar)).toEqual({ count: 6, theirs: true, ours: true })
    })

    test('parallel requests of this process lose nothing', async () => {
      const sessions = shareExpressSession({ ...PATIENCE, secrets: OLD_SECRET, store: place.at })
      const browser = client(sessions)
      await old.ask('/set/count/0', browser.jar)
      await Promise.all(Array.from({ length: 20 }, () => browser.run((opened) => opened.increment('count'))))
      expect(await old.ask('/read', browser.jar)).toEqual({ count: 20 })
    })

    test('a cookie with an expiry keeps it on both sides', async () => {
      const maxAge = 3_600_000
      const expiring = await startOldApplication(place.store, { maxAge, sameSite: 'lax' })
      const sessions = shareExpressSession({ ...PATIENCE, secrets: OLD_SECRET, store: place.at, cookie: { maxAge, sameSite: 'lax' } })
      const browser = client(sessions)
      const { setCookies } = await browser.run((opened) => opened.set('n', 1))
      expect(setCookies).toEqual([expect.stringMatching(/^connect\.sid=s%3A.*; Max-Age=3600; Path=\/; HttpOnly; SameSite=Lax$/)])
      expect(await expiring.ask('/read', browser.jar)).toEqual({ n: 1 })
      await expiring.ask('/set/m/2', browser.jar)
      expect((await browser.run(async (opened) => (await opened.load()).data)).result).toEqual({ n: 1, m: 2 })
      await expiring.close()
    })

    test('the keys of express-session and connect-flash are refused', async () => {
      const opened = shareExpressSession({ ...PATIENCE, secrets: OLD_SECRET, store: place.at }).open({ headers: {} })
      for (const key of ['cookie', 'flash']) expect(() => opened.set(key, {})).toThrow(expect.objectContaining({ code: 'ERR_SESSION_KEY' }))
    })
  })

  describe.skipIf(missing)('adopted', () => {
    test('nobody is signed out on the day of the move, and who signs out is out', async () => {
      const adopt = [adoptExpressSession({ ...PATIENCE, secrets: OLD_SECRET, store: place.at })]
      const sessions = createSessions({ secrets: [SECRET], store: memoryStore(), adopt })
      const browser = client(sessions)
      await old.ask('/set/cart/[1]', browser.jar)
      await old.ask('/login/42', browser.jar)
      const copy = browser.copy()
      const read = async (of: typeof browser): Promise<unknown> =>
        (await of.run(async (opened) => [(await opened.load()).principal, opened.data])).result
      expect(await read(browser)).toEqual(['42', { cart: [1] }])
      expect(await read(browser)).toEqual(['42', { cart: [1] }])
      expect([...browser.jar.keys()]).toEqual(['__Host-session'])
      expect(await old.ask('/read', copy.jar)).toEqual({})
      await browser.run((opened) => opened.logout())
      expect(await read(browser)).toEqual([null, {}])
      expect(await read(copy)).toEqual([null, {}])
    })

    test('left where it is, the other side goes on', async () => {
      const adopt = [
        adoptExpressSession({
          secrets: OLD_SECRET,
          store: place.at,
          original: 'leave',
          principal: ({ userId }) => (typeof userId === 'number' ? String(userId) : null),
          data: ({ cart }) => ({ basket: cart }),
        }),
      ]
      const sessions = createSessions({ secrets: [SECRET], store: memoryStore(), adopt })
      const browser = client(sessions)
      await old.ask('/set/cart/[1]', browser.jar)
      await old.ask('/set/userId/7', browser.jar)
      const read = async (): Promise<unknown> =>
        (await browser.run(async (opened) => [(await opened.load()).principal, opened.data])).result
      expect(await read()).toEqual(['7', { basket: [1] }])
      expect(await read()).toEqual(['7', { basket: [1] }])
      expect(await old.ask('/read', browser.jar)).toEqual({ cart: [1], userId: 7 })
      await browser.run((opened) => opened.logout())
      expect(await read()).toEqual([null, {}])
      expect(await old.ask('/read', browser.jar)).toEqual({ cart: [1], userId: 7 })
    })
  })
})
