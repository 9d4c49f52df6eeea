/** P4: a session costs what is used of it. Counted at the store, through each framework, over HTTP. */
import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createSessions, memoryStore } from '../../src/index.ts'
import type { Session } from '../../src/index.ts'
import { scriptedStore, testClock } from '../../src/testing/index.ts'
import type { ScriptedStore, TestClock } from '../../src/testing/index.ts'
import { settled, signal } from '../_support/application.ts'
import { PATIENCE } from '../_support/patience.ts'
import { recordCalls } from '../_support/store-calls.ts'
import { SECRET } from './servers/handler.ts'
import { Browser, fetchWith } from './support/browser.ts'
import { listeners } from './support/listeners.ts'
import type { Framework } from './support/listeners.ts'
import { serve } from './support/server.ts'
import type { RunningServer } from './support/server.ts'

const OPERATIONS = [...recordCalls, 'sweeper.sweep'] as const
const NAME = '__Host-session'

const acts: Record<string, (session: Session) => unknown> = {
  '/untouched': () => null,
  '/read': (session) => session.get('key'),
  '/read-much': async (session) => {
    await Promise.all([session.get('key'), session.has('other'), session.load()])
    await session.takeFlash('none')
    return [session.data, session.id, session.principal, session.isNew]
  },
  '/set': (session) => session.set('key', 'changed'),
  '/increment': (session) => session.increment('count'),
  '/update': (session) => session.update('list', () => [1]),
  '/delete': (session) => session.delete('key'),
  '/flash': (session) => session.flash('note', 'hello'),
  '/rotate': (session) => session.rotate(),
  '/several': (session) => (session.set('a', 1), session.increment('b'), session.delete('c'), session.flash('d', 'e')),
  '/same': (session) => session.set('key', 'set'),
  '/read-and-write': async (session) => session.set('key', [await session.get('key')]),
  '/delete-nothing': (session) => session.delete('nothing'),
  '/set-and-delete': (session) => (session.set('brief', 1), session.delete('brief')),
  '/take': (session) => session.takeFlash('none'),
  '/logout': (session) => session.logout(),
  '/destroy': (session) => session.destroy(),
  '/login': (session) => session.login('alice'),
}

describe.each(Object.keys(listeners) as Framework[])('%s', (framework) => {
  let clock: TestClock
  let store: ScriptedStore
  let server: RunningServer
  let browser: Browser

  beforeEach(async () => {
    clock = testClock()
    store = scriptedStore(memoryStore(), { replies: 'certain' })
    const sessions = createSessions({ ...PATIENCE, secrets: [SECRET], store, clock })
    server = await serve(listeners[framework](sessions, (session, { pathname }) => (acts[pathname] ?? setUp)(session)))
    browser = new Browser()
    await browser.get(server.port, '/setup')
    expect(browser.jar.size).toBe(1)
    store.reset()
  })
  afterEach(() => server.close())

  const setUp = (session: Session): void => session.set('key', 'set')

  /** The calls since the last reset, by operation. */
  function calls(): Record<string, number> {
    return Object.fromEntries(OPERATIONS.map((name) => [name, store.count(name)]).filter(([, count]) => count !== 0))
  }

  test('a request that does not use its session asks the store nothing', async () => {
    const { status, setCookies } = await browser.get(server.port, '/untouched')
    expect({ status, setCookies }).toEqual({ status: 200, setCookies: [] })
    expect(store.count()).toBe(0)
  })

  test.each(['/read', '/read-much', '/take', '/same', '/delete-nothing', '/set-and-delete'])(
    '%s costs one load and no more',
    async (path) => {
      const { status, setCookies } = await browser.get(server.port, path)
      expect({ status, setCookies }).toEqual({ status: 200, setCookies: [] })
      expect(calls()).toEqual({ load: 1 })
    },
  )

  test.each(['/set', '/increment', '/update', '/delete', '/flash', '/several', '/read-and-write', '/rotate'])(
    '%s costs a load and an update',
    async (path) => {
      expect((await browser.get(server.port, path)).status).toBe(200)
      expect(calls()).toEqual({ load: 1, update: 1 })
    },
  )

  test('a logout costs a load and a delete', async () => {
    await browser.get(server.port, '/logout')
    expect(calls()).toEqual({ load: 1, delete: 1 })
  })

  describe('an anonymous visitor', () => {
    const visitor = (): Browser => new Browser()

    test.each([
      '/untouched',
      '/read',
      '/read-much',
      '/take',
      '/delete',
      '/delete-nothing',
      '/set-and-delete',
      '/rotate',
      '/logout',
      '/destroy',
    ])('%s costs nothing, creates nothing and gets no cookie', async (path) => {
      const { status, setCookies } = await visitor().get(server.port, path)
      expect({ status, setCookies }).toEqual({ status: 200, setCookies: [] })
      expect(store.count()).toBe(0)
    })

    test.each(['/set', '/increment', '/update', '/flash', '/several'])('%s costs one create', async (path) => {
      expect((await visitor().get(server.port, path)).tokens).toHaveLength(1)
      expect(calls()).toEqual({ create: 1 })
    })
  })

  describe('a token that is not ours', () => {
    /** What a stranger makes of a genuine token. */
    const forgeries: Record<string, (token: string) => string> = {
      'with another tag': (token) => token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A'),
      'with another id': (token) => edited(token, 2),
      'with another generation': (token) => edited(token, 21),
      'with another secret': (token) => edited(token, 22),
      'of another kind': (token) => edited(token, 0),
      'signed with another secret': (token) => signedWith('another secret, of more than 32 characters', token),
      'signed with the bare secret': (token) => signedWith(SECRET, token),
      'cut off': (token) => token.slice(0, 63),
      'too long': (token) => `${token}A`,
      twice: (token) => token + token,
      padded: (token) => `${token}=`,
      empty: () => '',
      'of random bytes': () => Buffer.from('0123456789'.repeat(5).slice(0, 48)).toString('base64url'),
      huge: () => 'A'.repeat(8_000),
    }

    test.each(Object.keys(forgeries))('%s costs nothing', async (name) => {
      const [[cookie, genuine]] = [...browser.jar] as [[string, string]]
      const forged = forgeries[name]!(genuine)
      expect(forged).not.toBe(genuine)
      for (const path of ['/read', '/logout', '/rotate', '/delete']) {
        const { status, setCookies } = await fetchWith(server.port, path, 'GET', `${cookie}=${forged}`)
        expect({ status, setCookies }).toEqual({ status: 200, setCookies: [] })
      }
      expect(store.count()).toBe(0)
    })

    test('under a name it was not made for costs nothing', async () => {
      const token = browser.jar.get(`${NAME}-anon`)!
      for (const name of [NAME, NAME.toLowerCase(), `x${NAME}-anon`, 'session-anon', '']) {
        const { setCookies } = await fetchWith(server.port, '/read', 'GET', `${name}=${token}`)
        expect(setCookies).toEqual([])
      }
      expect(store.count()).toBe(0)
    })

    test('beside another, for two sessions of which one may be planted: each is asked for, and no more', async () => {
      const other = new Browser()
      await other.get(server.port, '/setup')
      store.reset()
      const cookie = [...browser.jar, ...other.jar].map((pair) => pair.join('=')).join('; ')
      await fetchWith(server.port, '/read', 'GET', cookie)
      expect([store.count('load'), store.count()]).toEqual([2, 2])
    })
  })

  describe('touches', () => {
    test('none while the deadline has hardly moved', async () => {
      for (let minute = 0; minute < 2; minute++) {
        clock.advance('1m')
        await browser.get(server.port, '/read')
      }
      await settled()
      expect(calls()).toEqual({ load: 2 })
    })

    test('one in a busy minute, whoever reads, and it needs no cookie', async () => {
      clock.advance('10m')
      for (let second = 0; second < 60; second++) {
        clock.advance('1s')
        expect((await browser.get(server.port, '/read')).setCookies).toEqual([])
      }
      await settled()
      expect(calls()).toEqual({ load: 60, touch: 1 })
    })

    test('one for requests that come all at once, while the store is still at it', async () => {
      clock.advance('10m')
      const [released, release] = signal()
      store.before('touch', () => released)
      const replies = await Promise.all(Array.from({ length: 20 }, () => browser.copy().get(server.port, '/read')))
      expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200))
      release()
      await settled()
      expect(calls()).toEqual({ load: 20, touch: 1 })
    })

    test('none with a write, which moves the deadline itself', async () => {
      clock.advance('10m')
      await browser.get(server.port, '/set')
      await settled()
      expect(calls()).toEqual({ load: 1, update: 1 })
    })

    test('one with a write that changed nothing, or sessions in use would end', async () => {
      for (let times = 0; times < 4; times++) {
        clock.advance('10m')
        await browser.get(server.port, '/same')
        await settled()
      }
      expect(calls()).toEqual({ load: 4, touch: 4 })
      expect((await browser.get(server.port, '/read')).json).toBe('set')
    })
  })
})

function edited(token: string, at: number): string {
  const bytes = Buffer.from(token, 'base64url')
  bytes[at]! ^= 1
  return bytes.toString('base64url')
}

function signedWith(secret: string, token: string): string {
  const bytes = Buffer.from(token, 'base64url')
  createHmac('sha256', secret).update(bytes.subarray(0, 38)).digest().copy(bytes, 38, 0, 10)
  return bytes.toString('base64url')
}
