/**
 * P2: once a session has ended, no late write, touch or Set-Cookie brings it back, whoever ended it, wherever, and
 * whatever a request was doing that had begun before (CVE-2025-46336, CVE-2013-10075).
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSessions, memoryStore } from '../../src/index.ts'
import type { Session, Sessions, SessionStore } from '../../src/index.ts'
import { sqliteStore } from '../../src/stores/sqlite/index.ts'
import { scriptedStore, testClock } from '../../src/testing/index.ts'
import type { ScriptedStore, TestClock } from '../../src/testing/index.ts'
import { settled, signal, stopAt } from '../_support/application.ts'
import { PATIENCE } from '../_support/patience.ts'
import { openStore, sharedStores } from '../_support/stores.ts'
import type { StoreKind } from '../_support/stores.ts'
import { handlerOf, SECRET } from './servers/handler.ts'
import { Browser } from './support/browser.ts'
import type { Reply } from './support/browser.ts'
import { databasePaths } from './support/files.ts'
import { listeners } from './support/listeners.ts'
import type { Framework } from './support/listeners.ts'
import { startProcess } from './support/processes.ts'
import { serve } from './support/server.ts'

const newPath = databasePaths()

/** Stands in the way of the slow request. */
let arrive: () => void
let released: Promise<void>
const gate = (): Promise<void> => (arrive(), released)

interface Deed {
  readonly name: string
  run(session: Session): Promise<void>
  /** It has not looked at its session before it ended. */
  readonly isBlind?: boolean
  /** What it asked for cannot be done, so the client must hear of it. */
  readonly fails?: boolean
}

const deeds: readonly Deed[] = [
  { name: 'writes after a read', run: (session) => late(session, () => session.set('late', 1)) },
  { name: 'writes blind', run: (session) => blind(() => session.set('late', 1)), isBlind: true },
  { name: 'wrote before, blind', run: (session) => (session.set('late', 1), gate()), isBlind: true },
  { name: 'increments after a read', run: (session) => late(session, () => session.increment('late')) },
  { name: 'increments blind', run: (session) => blind(() => session.increment('late')), isBlind: true },
  { name: 'updates after a read', run: (session) => late(session, () => session.update('late', (value) => value ?? 1)) },
  { name: 'deletes after a read', run: (session) => late(session, () => session.delete('key')) },
  { name: 'flashes after a read', run: (session) => late(session, () => session.flash('late', 'message')) },
  { name: 'flashes blind', run: (session) => blind(() => session.flash('late', 'message')), isBlind: true },
  { name: 'takes a flash message', run: (session) => late(session, () => session.takeFlash('note')) },
  { name: 'rotates after a read', run: (session) => late(session, () => session.rotate()), fails: true },
  { name: 'rotates blind', run: (session) => blind(() => session.rotate()) },
  { name: 'logs out after a read', run: (session) => late(session, () => session.logout()) },
  { name: 'only reads', run: (session) => late(session, () => session.get('key')) },
  { name: 'first reads when it is over', run: (session) => blind(() => session.get('key')) },
]

async function late(session: Session, act: () => unknown): Promise<void> {
  expect(await session.get('key')).toBe('set')
  await gate()
  await act()
}

async function blind(act: () => unknown): Promise<void> {
  await gate()
  await act()
}

/** How the session ends: a path, asked for with the session's cookies or as an administrator. */
const endings = [
  { name: 'logout', path: () => '/logout' },
  { name: 'destroy', path: () => '/destroy' },
  { name: 'login as somebody else', path: () => '/login?principal=somebody' },
  { name: 'revocation of the session', path: ({ id }: Stay) => `/revoke?id=${id}`, isForeign: true },
  {
    name: "revocation among the principal's",
    path: ({ id, principal }: Stay) => `/revoke-of?principal=${principal}&id=${id}`,
    isForeign: true,
  },
  { name: "revocation of all the principal's", path: ({ principal }: Stay) => `/revoke-all?principal=${principal}`, isForeign: true },
  { name: 'expiry', path: () => '/expire', isForeign: true },
  { name: 'expiry and a sweep', path: () => '/expire-and-sweep', isForeign: true },
] as const

interface Stay {
  readonly id: string
  readonly principal: string
}

interface Place {
  readonly sessions: Sessions
  readonly store: ScriptedStore
  readonly clock: TestClock
  /** Where the slow request runs. */
  readonly port: number
  /** Where the session is ended. */
  readonly otherPort: number
  close(): Promise<unknown>
}

interface PlaceKind {
  readonly name: string
  /** The slow request and what ends its session are in different processes, or managers. */
  readonly apart: boolean
  /** What has expired is deleted when told to. */
  readonly sweeps: boolean
  open(): Promise<Place>
}

const places: readonly PlaceKind[] = [
  { name: 'memory, Express 5', apart: false, sweeps: true, open: () => open('Express 5', memoryStore()) },
  { name: 'SQLite, node', apart: false, sweeps: true, open: () => open('node', sqliteStore(newPath())) },
  { name: 'SQLite, fetch', apart: false, sweeps: true, open: () => open('fetch', sqliteStore(newPath())) },
  { name: 'memory, two managers, node', apart: true, sweeps: true, open: () => open('node', memoryStore(), besides) },
  ...sharedStores
    .filter(({ missing }) => !missing)
    .map((kind) => ({ name: `${kind.name}, two processes, Express 5`, apart: true, sweeps: kind.sweeps, open: () => twoProcesses(kind) })),
]

type Other = { readonly port: number; close(): Promise<unknown> }

async function open(framework: Framework, inner: SessionStore, beside?: (store: SessionStore) => Promise<Other>): Promise<Place> {
  const clock = testClock()
  const store = scriptedStore(inner, inner.replies && { replies: inner.replies })
  const sessions = createSessions({ ...PATIENCE, secrets: [SECRET], store, clock })
  const ordinary = handlerOf(sessions, clock)
  const server = await serve(
    listeners[framework](sessions, (session, url) => {
      const deed = deeds.find(({ name }) => name === url.searchParams.get('deed'))
      return deed ? deed.run(session) : ordinary(session, url)
    }),
  )
  const other = await beside?.(store)
  return {
    sessions,
    store,
    clock,
    port: server.port,
    otherPort: other?.port ?? server.port,
    close: async () => {
      await Promise.all([server.close(), other?.close()])
      await sessions.close()
    },
  }
}

/** A second manager, with a clock of its own and no memory of what the first has ended. */
async function besides(store: SessionStore): Promise<Other> {
  const clock = testClock()
  const sessions = createSessions({ ...PATIENCE, secrets: [SECRET], store, clock })
  return serve(listeners['node'](sessions, handlerOf(sessions, clock)))
}

async function twoProcesses(kind: StoreKind): Promise<Place> {
  const { location, stop } = await kind.start()
  const place = await open('Express 5', await openStore(location), () => startProcess({ framework: 'Express 5', location }))
  return { ...place, close: () => place.close().then(stop) }
}

// Each test has a principal of its own, for they share the places.
let principals = 0

describe.each(places)('$name', ({ apart, sweeps, open }) => {
  let place: Place
  let created = 0
  let principal = ''
  beforeAll(async () => {
    place = await open()
    place.sessions.on('created', () => created++)
  })
  afterAll(() => place.close())

  /** A signed-in session with data and a message, seen in both processes. */
  async function signIn(): Promise<{ browser: Browser; id: string }> {
    const browser = new Browser()
    principal = `user${++principals}`
    await browser.get(place.port, '/set?key=key')
    await browser.get(place.port, '/flash?key=message')
    await browser.get(place.port, `/login?principal=${principal}`)
    const { json } = await browser.get(place.otherPort, '/state')
    expect(json).toMatchObject({ principal, data: { key: 'set' } })
    return { browser, id: (json as { id: string }).id }
  }

  /** In both processes the old cookies read nothing and get nothing, and the store holds nothing. */
  async function expectDead(old: Browser, id: string, isKept: boolean): Promise<void> {
    for (const port of [place.port, place.otherPort]) {
      const { json, setCookies } = await old.copy().get(port, '/state')
      expect(json).toEqual({ principal: null, data: {} })
      expect(setCookies).toEqual([])
    }
    // At the beginning of time nothing has expired: what is stored then, is stored.
    const now = isKept ? place.clock.now() : 0
    expect(await place.store.load(id, { now, signal: AbortSignal.timeout(60_000) }), 'the record').toBeUndefined()
    expect(await place.sessions.of(principal).list()).toEqual([])
  }

  /**
   * Two processes have a clock each. Where the other has swept the session, this one's is behind until the request is
   * over.
   */
  function keepPace(): void {
    if (apart) place.clock.advance('31m')
  }

  describe.each(endings.filter(({ name }) => sweeps || name !== 'expiry and a sweep'))('after $name', (ending) => {
    const isSwept = ending.name === 'expiry and a sweep'

    async function endIt(browser: Browser, id: string): Promise<void> {
      const ender = 'isForeign' in ending ? new Browser() : browser.copy()
      expect((await ender.get(place.otherPort, ending.path({ id, principal }))).status).toBe(200)
      // A login as somebody else has created their session.
      created = 0
      if (ending.name === 'expiry') keepPace()
    }

    test.each(deeds)('a slow request that $name', async ({ name, isBlind = false, fails = false }) => {
      const { browser, id } = await signIn()
      const [reached, reach] = signal()
      const [open, release] = signal()
      arrive = reach
      released = open
      const client = browser.copy()
      const slow = client.get(place.port, `/slow?deed=${encodeURIComponent(name)}`)
      await reached
      await endIt(browser, id)
      release()
      const reply = await slow
      if (isSwept) keepPace()

      expect(reply.status).toBe(fails ? 500 : 200)
      // A blind write whose process does not know of the ending is that of any visitor with an old cookie: see decision
      // 0005.
      if (isBlind && (apart || ending.name.startsWith('expiry'))) await expectNewAnonymous(reply, client, id)
      else {
        expect(reply.tokens).toEqual([])
        expect(created).toBe(0)
      }
      await expectDead(browser, id, ending.name === 'expiry')
    })

    test('a touch that was under way', async () => {
      const { browser, id } = await signIn()
      const touch = stopAt()
      place.store.reset()
      place.store.before('touch', touch.hook)
      place.clock.advance('5m')
      if (apart) await new Browser().get(place.otherPort, '/later')
      const { json, setCookies } = await browser.copy().get(place.port, '/state')
      expect(json).toMatchObject({ id })
      expect(setCookies).toEqual([])
      await touch.reached
      await endIt(browser, id)
      touch.release()
      await settled()
      if (isSwept) keepPace()
      await expectDead(browser, id, ending.name === 'expiry')
      place.store.before('touch')
    })

    test('a write that was under way', async () => {
      const { browser, id } = await signIn()
      const update = stopAt()
      place.store.reset()
      place.store.before('update', update.hook)
      const slow = browser.copy().get(place.port, '/set?key=late')
      await update.reached
      await endIt(browser, id)
      update.release()
      const { status, setCookies } = await slow
      if (isSwept) keepPace()
      expect({ status, setCookies }).toEqual({ status: 200, setCookies: [] })
      expect(created).toBe(0)
      await expectDead(browser, id, ending.name === 'expiry')
      place.store.before('update')
    })
  })

  /** Nothing of the dead session is in it: no id, no data, nobody signed in. */
  async function expectNewAnonymous(reply: Reply, client: Browser, dead: string): Promise<void> {
    expect(reply.tokens.map((line) => line.slice(0, line.indexOf('=')))).toEqual(['__Host-session-anon'])
    const { json } = await new Browser(new Map([...client.jar].filter(([name]) => name.endsWith('-anon')))).get(place.port, '/state')
    const { id, principal, data } = json as { id: string; principal: string | null; data: object }
    expect(principal).toBeNull()
    expect(id).not.toBe(dead)
    expect(Object.keys(data).filter((key) => key !== 'late')).toEqual([])
    client.jar.delete('__Host-session-anon')
  }
})
