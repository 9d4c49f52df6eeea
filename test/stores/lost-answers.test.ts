/**
 * The engine does what it is asked, and its answer is lost: once at each call of a deed, one after the other. On the
 * wire, or in the binding or function that brings the statement to the engine. A client may send again by itself.
 */
import { createClient } from '@libsql/client'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSessions, isSojournError } from '../../src/index.ts'
import type { Sessions, SessionStore } from '../../src/index.ts'
import { d1Store, durableObjectStore } from '../../src/stores/cloudflare/index.ts'
import type { D1Binding, ObjectNamespace } from '../../src/stores/cloudflare/index.ts'
import { libsqlStore } from '../../src/stores/libsql.ts'
import { sqliteStore } from '../../src/stores/sqlite/index.ts'
import { at, NOW } from '../../src/testing/store-contract/rule.ts'
import { SECRET } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import type { Client } from '../_support/client.ts'
import { leftOut } from '../_support/left-out.ts'
import { withBatch } from '../_support/libsql.ts'
import { PATIENCE } from '../_support/patience.ts'
import { startProxy } from '../_support/proxy.ts'
import { detour, openStore, sharedStores } from '../_support/stores.ts'
import type { StoreKind } from '../_support/stores.ts'
import { missingWorkerd, startWorker } from '../_support/workerd.ts'
import { databasePaths } from './sqlite-files.ts'

const newPath = databasePaths()

/** A store whose nth answer from now on is lost. */
interface Faulty {
  readonly store: SessionStore
  /** Begins to count. */
  loseAnswer(nth: number): void
  isLost(): boolean
  close(): Promise<unknown>
}

interface Place {
  /** The same records, by a way that loses nothing. */
  readonly direct: SessionStore
  open(): Promise<Faulty>
  stop(): Promise<unknown>
}

interface PlaceKind {
  readonly name: string
  readonly missing: string | undefined
  start(): Promise<Place>
}

/** Runs statements, and loses an answer when told to. */
class Losing {
  #left = 0
  isLost = false

  lose(nth: number): void {
    this.#left = nth
  }

  async run<T>(ask: () => PromiseLike<T>): Promise<T> {
    const isNext = --this.#left === 0
    const answer = await ask()
    if (!isNext) return answer
    this.isLost = true
    throw new Error('Network connection lost.')
  }
}

function inFront(open: (losing: Losing) => SessionStore): () => Promise<Faulty> {
  return async () => {
    const losing = new Losing()
    const store = open(losing)
    return { store, loseAnswer: (nth) => losing.lose(nth), isLost: () => losing.isLost, close: () => store.close() }
  }
}

const byWrapping: readonly PlaceKind[] = [
  {
    name: 'the binding of D1',
    missing: missingWorkerd,
    async start() {
      const worker = await startWorker()
      const { DB } = await worker.bindings()
      const losing = (way: Losing): D1Binding => ({
        prepare: (sql) => ({
          bind: (...values) => ({
            raw: () =>
              way.run(() =>
                DB.prepare(sql)
                  .bind(...values)
                  .raw(),
              ),
          }),
        }),
      })
      return { direct: d1Store(DB), open: inFront((way) => d1Store(losing(way))), stop: worker.stop }
    },
  },
  {
    name: 'the binding of a Durable Object',
    missing: missingWorkerd,
    async start() {
      const worker = await startWorker()
      const { SESSIONS } = await worker.bindings()
      const losing = (way: Losing): ObjectNamespace => ({
        idFromName: (name) => SESSIONS.idFromName(name),
        get: (id) => ({ fetch: (url, init) => way.run(() => SESSIONS.get(id).fetch(url, init)) }),
      })
      return { direct: durableObjectStore(SESSIONS), open: inFront((way) => durableObjectStore(losing(way))), stop: worker.stop }
    },
  },
  {
    name: 'a client of libSQL on a file',
    missing: undefined,
    async start() {
      const file = createClient({ url: `file:${newPath()}` })
      const losing = (way: Losing): SessionStore =>
        libsqlStore(withBatch(file, (statements, mode) => way.run(() => file.batch(statements, mode))))
      return { direct: libsqlStore(file), open: inFront(losing), stop: async () => file.close() }
    },
  },
  {
    name: 'a function on SQLite',
    missing: undefined,
    async start() {
      const database = new DatabaseSync(newPath())
      const ask = async (sql: string, values: (string | number | null)[]): Promise<object[]> => database.prepare(sql).all(...values)
      const losing = (way: Losing): SessionStore => sqliteStore((sql, values) => way.run(() => ask(sql, values)))
      return { direct: sqliteStore(ask), open: inFront(losing), stop: async () => database.close() }
    },
  },
]

/** The same engine through a proxy that cuts the connection in the place of an answer. */
function onTheWire({ name, missing, start }: StoreKind): PlaceKind {
  return {
    name: `the wire of ${name}`,
    missing,
    async start() {
      const engine = await start()
      const direct = await openStore(engine.location)
      async function open(): Promise<Faulty> {
        let proxy!: Awaited<ReturnType<typeof startProxy>>
        const location = await detour(engine.location, async (port) => (proxy = await startProxy(port)).port)
        const store = await openStore(location!)
        let isLost = false
        return {
          store,
          loseAnswer(nth) {
            for (let i = 1; i < nth; i++) void proxy.next({ type: 'delay', milliseconds: 0 })
            void proxy.next({ type: 'cut' }).then(() => (isLost = true))
          },
          isLost: () => isLost,
          close: () => store.close().then(proxy.close),
        }
      }
      return { direct, open, stop: () => direct.close().then(engine.stop) }
    },
  }
}

const hasNoWire = /SQLite|files|Sentinel|Cluster|libSQL$/

type Browser = Client<Record<string, unknown>>

interface Deed {
  /** Who does it; `app` loses nothing. */
  begin(app: Sessions, principal: string): Promise<Browser>
  /** By a store that loses an answer. */
  run(browser: Browser, app: Sessions, principal: string): Promise<unknown>
  /** What holds afterwards. @param error `undefined` if it was told that it is done */
  check(browser: Browser, app: Sessions, principal: string, error: string | undefined): Promise<void>
}

async function signedIn(app: Sessions, principal: string): Promise<Browser> {
  const browser = client(app)
  await browser.run((session) => session.login(principal))
  return browser
}

async function whoIs(browser: Browser): Promise<string | null> {
  return (await browser.open().load()).principal
}

/** The record whose creation was not answered is deleted beside the response. */
async function expectOne(app: Sessions, principal: string): Promise<void> {
  await expect.poll(async () => (await app.of(principal).list()).length).toBe(1)
}

const deeds: Readonly<Record<string, Deed>> = {
  'an increment counts once': {
    async begin(app) {
      const browser = client(app)
      await browser.run((session) => session.set('visits', 1))
      return browser
    },
    run: (browser, at) => browser.run((session) => session.increment('visits'), { at }),
    async check(browser, _app, _principal, error) {
      const visits = await browser.open().get('visits')
      if (error === undefined) expect(visits).toBe(2)
      else if (error === 'ERR_SESSION_OUTCOME_UNKNOWN') expect([1, 2]).toContain(visits)
      else expect(visits).toBe(1)
    },
  },
  'a first visit that signs in has one session': {
    begin: async (app) => client(app),
    run: (browser, at, principal) => browser.run((session) => session.login(principal), { at }),
    async check(browser, app, principal, error) {
      if (error !== undefined) return expect(browser.jar.size).toBe(0)
      expect(await whoIs(browser)).toBe(principal)
      await expectOne(app, principal)
    },
  },
  'a login in a session is done once, and the old token is worth nothing': {
    async begin(app) {
      const browser = client(app)
      await browser.run((session) => session.set('cart', 'full'))
      return browser
    },
    async run(browser, at, principal) {
      const old = browser.copy()
      await browser.run((session) => session.login(principal), { at })
      expect(await whoIs(old)).toBe(null)
    },
    async check(browser, app, principal, error) {
      if (error !== undefined) return expect(await whoIs(browser)).toBe(null)
      expect(await browser.open().get('cart')).toBe('full')
      expect(await whoIs(browser)).toBe(principal)
      await expectOne(app, principal)
    },
  },
  'a logout that was told is one': {
    begin: signedIn,
    async run(browser, at) {
      const thief = browser.copy()
      await browser.run((session) => session.logout(), { at })
      browser.jar.clear()
      for (const [name, value] of thief.jar) browser.jar.set(name, value)
    },
    async check(browser, app, principal, error) {
      if (error !== undefined) return
      expect(await whoIs(browser)).toBe(null)
      expect(await app.of(principal).list()).toEqual([])
    },
  },
  'a revocation that was told is one, and another can be repeated': {
    begin: signedIn,
    run: (_browser, app, principal) => app.of(principal).revokeAll(),
    async check(browser, app, principal, error) {
      if (error !== undefined) await app.of(principal).revokeAll()
      expect(await whoIs(browser)).toBe(null)
      expect(await app.of(principal).list()).toEqual([])
    },
  },
}

let principals = 0

describe.each([...byWrapping, ...sharedStores.filter(({ name }) => !hasNoWire.test(name)).map(onTheWire)])(
  '$name',
  ({ missing, start }) => {
    let place: Place
    beforeAll(async () => {
      if (!missing) place = await start()
    })
    afterAll(() => place?.stop())

    for (const [name, deed] of Object.entries(deeds))
      test(name, leftOut(missing), async () => {
        const app = createSessions({ ...PATIENCE, secrets: [SECRET], store: place.direct })
        let lost = 0
        for (;;) {
          const faulty = await place.open()
          // Its connection is there, and its tables are.
          await faulty.store.load('x'.repeat(22), at(NOW))
          const principal = `user-${++principals}`
          const browser = await deed.begin(app, principal)
          const cut = createSessions({ ...PATIENCE, secrets: [SECRET], store: faulty.store })
          faulty.loseAnswer(lost + 1)
          const error = await deed.run(browser, cut, principal).then(
            () => undefined,
            (thrown: unknown) => {
              if (isSojournError(thrown)) return thrown.code
              throw thrown
            },
          )
          await deed.check(browser, app, principal, error)
          await faulty.close()
          if (!faulty.isLost()) break
          lost++
        }
        expect(lost, 'answers that were lost').toBeGreaterThan(0)
      })
  },
)
