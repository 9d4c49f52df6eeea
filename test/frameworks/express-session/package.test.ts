/** What packages find on the function: the classes that they extend, in every style. */
import { EventEmitter } from 'node:events'
import { inherits } from 'node:util'
import type { SessionData, Store as TheirStore } from 'express-session'
import { describe, expect, expectTypeOf, test } from 'vitest'
import session, { Cookie, MemoryStore, Session, Store } from '../../../src/frameworks/express-session/index.ts'
import type { CompatSessionMiddleware } from '../../../src/frameworks/express-session/index.ts'
import { memoryStore } from '../../../src/index.ts'

type AnyStore = session.Store & { generate?(request: object): void }
type OldStore = { new (): AnyStore; (this: AnyStore): void; prototype: object }

test('the classes are there under both names', () => {
  expect([session.Store, session.MemoryStore, session.Session, session.Cookie]).toEqual([Store, MemoryStore, Session, Cookie])
})

describe('a store extends Store', () => {
  const stores: Readonly<Record<string, () => AnyStore>> = {
    'as a class': () => new (class extends (Store as unknown as new () => EventEmitter) {})() as AnyStore,
    'with util.inherits': () => {
      function Kept(this: AnyStore): void {
        ;(session.Store as unknown as OldStore).call(this)
      }
      inherits(Kept, session.Store)
      return new (Kept as unknown as OldStore)()
    },
    'with __proto__, from `session.Store || session.session.Store`': () => {
      function Kept(this: AnyStore): void {
        ;(session.Store as unknown as OldStore).call(this)
      }
      Object.setPrototypeOf(Kept.prototype as object, session.Store.prototype)
      return new (Kept as unknown as OldStore)()
    },
    'by another store': () => {
      function Kept(this: AnyStore): void {
        ;(session.MemoryStore as unknown as OldStore).call(this)
      }
      inherits(Kept, session.MemoryStore)
      return new (Kept as unknown as OldStore)()
    },
  }
  test.each(Object.entries(stores))('%s', (_how, make) => {
    const store = make()
    expect(store).toBeInstanceOf(Store)
    expect(store).toBeInstanceOf(EventEmitter)
    let heard = 0
    store.on('connect', () => heard++)
    store.emit('connect')
    expect([heard, typeof store.createSession, typeof store.load, typeof store.regenerate]).toEqual([1, 'function', 'function', 'function'])
    // No loop over a store shows what it inherits of ours.
    const names: string[] = []
    for (const name in store) if (['createSession', 'load', 'regenerate', 'constructor'].includes(name)) names.push(name)
    expect(names).toEqual([])
  })
})

test('a session of a record, as sockets make it', async () => {
  const store = new MemoryStore() as AnyStore & { sessions: Record<string, string> }
  const kept = { cookie: { originalMaxAge: 60_000, expires: new Date(Date.now() + 60_000).toISOString(), path: '/' }, user: 'ada' }
  store.sessions['an-id'] = JSON.stringify(kept)
  const loaded = await new Promise<session.Session & { user?: string }>((resolve) => {
    store.load('an-id', (_error, found) => resolve(found as never))
  })
  expect([loaded instanceof Session, loaded.id, loaded.user, loaded.cookie.expires instanceof Date]).toEqual([true, 'an-id', 'ada', true])
  expect(loaded.cookie).toBeInstanceOf(Cookie)
  loaded.user = 'bob'
  await new Promise((resolve) => loaded.save(resolve))
  expect(JSON.parse(store.sessions['an-id'])).toMatchObject({ user: 'bob', cookie: { originalMaxAge: 60_000 } })
  await new Promise((resolve) => loaded.destroy(resolve))
  expect(store.sessions).toEqual({})
})

test('the memory forgets what has expired', async () => {
  const store = new MemoryStore()
  const expired = { cookie: { expires: new Date(Date.now() - 1) } } as unknown as SessionData
  store.set('old', expired)
  store.set('new', { cookie: { expires: null } } as unknown as SessionData)
  const ask = <Found>(ask: (done: (error: unknown, found?: Found) => void) => void): Promise<Found | undefined> =>
    new Promise((resolve) => ask((_error, found) => resolve(found)))
  expect(await ask((done) => store.get('old', done))).toBeUndefined()
  expect(await ask((done) => store.length(done))).toBe(1)
  store.clear()
  expect(await ask((done) => store.all(done))).toEqual({})
})

test('types: as @types/express-session has them', () => {
  const options: session.SessionOptions = { secret: 'x', cookie: { maxAge: 1, sameSite: 'lax' } as session.CookieOptions }
  expectTypeOf(session).toBeCallableWith(options)
  expectTypeOf<session.Store>().toEqualTypeOf<TheirStore>()
  expectTypeOf<session.SessionData>().toEqualTypeOf<SessionData>()
  expectTypeOf(session({ secret: 'x', saveUninitialized: false }).sessions.open).toBeFunction()
  expectTypeOf(session({ secret: 'x', saveUninitialized: false, store: memoryStore() })).toEqualTypeOf<CompatSessionMiddleware>()
})
