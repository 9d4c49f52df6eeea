import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createSessions } from '../../src/index.ts'
import type { EventName, Sessions } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { scriptedStore, testClock } from '../../src/testing/index.ts'
import { SECRET, application, settled } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import type { Client } from '../_support/client.ts'

const NAMES: EventName[] = [
  'created',
  'loaded',
  'touched',
  'rotated',
  'login',
  'logout',
  'revoked',
  'expired',
  'reuse',
  'unconfirmed',
  'merged',
  'dropped',
  'refused',
  'unreadable',
  'evicted',
  'storeError',
]

/** All events, by name. */
function listen(sessions: Sessions): [name: EventName, event: unknown][] {
  const heard: [EventName, unknown][] = []
  for (const name of NAMES) sessions.on(name, (event) => void heard.push([name, event]))
  return heard
}

describe('what happens is told', () => {
  test('in the life of a session', async () => {
    const { sessions, clock } = application()
    const heard = listen(sessions)
    const browser = client(sessions)
    const headers = { 'user-agent': 'Netscape' }
    await browser.run((session) => session.set('cart', 'full'))
    await browser.run((session) => session.login('alice'), { headers })
    const { id } = await browser.open().load()
    clock.advance('10m')
    await browser.run((session) => session.get('cart'))
    await settled()
    await browser.run((session) => session.rotate())
    await browser.run((session) => session.logout())

    const alice = { id, principal: 'alice' }
    expect(heard).toEqual([
      ['created', { id, principal: null }],
      ['loaded', { id, principal: null }],
      ['login', { ...alice, again: false, address: undefined, userAgent: 'Netscape' }],
      ['loaded', alice],
      ['loaded', alice],
      ['touched', { ...alice, expiresAt: clock.now() + 1_800_000 }],
      ['loaded', alice],
      ['rotated', { ...alice, routine: false }],
      ['loaded', alice],
      ['logout', alice],
    ])
  })

  test('destroy() and revocation are told apart from logout', async () => {
    const { sessions } = application()
    const heard: unknown[] = []
    sessions.on('revoked', (event) => void heard.push(event))
    sessions.on('logout', () => expect.unreachable())
    for (const end of [
      async (browser: Client<Record<string, unknown>>) => void (await browser.run((session) => session.destroy())),
      async () => void (await sessions.of('alice').revokeAll()),
      async (_browser: unknown, id: string) => void (await sessions.revoke(id)),
      async (_browser: unknown, id: string) => void (await sessions.of('alice').revoke(id)),
    ]) {
      const browser = client(sessions)
      await browser.run((session) => session.login('alice'))
      const id = (await browser.open().load()).id!
      await end(browser, id)
      expect(heard.splice(0)).toEqual([{ id, principal: 'alice' }])
    }
  })

  test('routine rotation is told apart, and a session that is reused', async () => {
    const { sessions, clock } = application({ rotateEvery: '10m', idleTimeout: '1d' })
    const browser = client(sessions)
    await browser.run((session) => session.login('alice'))
    const thief = browser.copy()
    clock.advance('11m')
    const heard = listen(sessions)
    await browser.run((session) => session.load())
    await browser.run((session) => session.load())
    clock.advance('3m')
    await thief.run((session) => session.load(), { headers: { 'user-agent': 'of the thief' } })

    expect(heard.filter(([name]) => name !== 'loaded')).toMatchObject([
      ['rotated', { principal: 'alice', routine: true }],
      ['reuse', { principal: 'alice', userAgent: 'of the thief' }],
      ['revoked', { principal: 'alice' }],
    ])
  })

  test('a merge, with how often it was tried', async () => {
    const { sessions, another } = application()
    const browser = client(sessions)
    await browser.run((session) => session.set('visits', 0))
    const late = browser.open()
    await late.load()
    await browser.run((session) => session.increment('visits'), { at: another() })
    const heard = listen(sessions)
    late.increment('visits')
    await late.commit()
    expect(heard).toEqual([['merged', { id: late.id, attempts: 2 }]])
  })

  test('a store that fails, with the error the request got', async () => {
    const { sessions, store } = application()
    const heard = listen(sessions)
    const cause = new Error('connection reset')
    store.before('load', () => {
      throw cause
    })
    const browser = client(sessions)
    await browser.run((session) => session.set('cart', 'full'))
    heard.length = 0
    const error: unknown = await browser.run((session) => session.get('cart')).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'ERR_SESSION_STORE', cause })
    expect(heard).toEqual([['storeError', { operation: 'load', code: 'ERR_SESSION_STORE', error }]])
  })

  test('an eviction', async () => {
    const sessions = createSessions({ secrets: [SECRET], store: memoryStore({ maxSessions: 1 }) })
    const heard = listen(sessions)
    const [first, second] = [client(sessions), client(sessions)]
    await first.run((session) => session.set('cart', 'full'))
    const { id } = await first.open().load()
    heard.length = 0
    await second.run((session) => session.set('cart', 'full'))
    expect(heard[0]).toEqual(['evicted', { id }])
  })

  test('a listener can be taken away', async () => {
    const { sessions } = application()
    const heard: unknown[] = []
    const stop = sessions.on('created', (event) => void heard.push(event))
    await client(sessions).run((session) => session.set('a', 1))
    stop()
    await client(sessions).run((session) => session.set('a', 1))
    expect(heard).toHaveLength(1)
  })

  test('no event holds a token or data', async () => {
    const { sessions } = application()
    const heard = listen(sessions)
    const browser = client(sessions)
    const tokens: string[] = []
    const remember = (): void => void tokens.push(...browser.jar.values())
    for (const act of [
      (session: { set(key: string, value: unknown): void }) => session.set('note', 'very private'),
      (session: { login(principal: string): Promise<void> }) => session.login('alice'),
      (session: { rotate(): Promise<void> }) => session.rotate(),
    ]) {
      await browser.run(act)
      remember()
    }
    await browser.run((session) => session.logout())
    const said = JSON.stringify(heard)
    expect(said).not.toContain('private')
    for (const token of tokens) {
      expect(said).not.toContain(token)
      expect(said, 'the secret part').not.toContain(token.slice(30, 50))
    }
  })
})

describe('a listener harms nobody', () => {
  const warnings: string[] = []
  const listener = (warning: Error): void => void warnings.push(warning.message)
  beforeEach(() => void process.on('warning', listener))
  afterEach(() => void process.off('warning', listener))

  const fails: Record<string, () => unknown> = {
    throws: () => {
      throw new Error('the log is full')
    },
    rejects: async () => {
      throw new Error('the log is full')
    },
  }

  test.each(Object.keys(fails))('that %s: the request goes on, other listeners hear it, and it is reported once', async (how) => {
    const { sessions } = application()
    const heard: unknown[] = []
    sessions.on('created', fails[how] as () => void)
    sessions.on('created', (event) => void heard.push(event))
    for (let i = 0; i < 2; i++) {
      const browser = client(sessions)
      await browser.run((session) => session.set('cart', 'full'))
      expect((await browser.run((session) => session.get('cart'))).result).toBe('full')
    }
    await settled()
    expect(heard).toHaveLength(2)
    expect(warnings.splice(0).filter((warning) => warning.includes('listener'))).toEqual([
      "A listener of 'created' failed: the log is full",
    ])
  })
})

describe('sweeping', () => {
  test('tells which sessions have ended by time, and how many', async () => {
    const { sessions, clock } = application({ idleTimeout: '30m' })
    const expired: string[] = []
    sessions.on('expired', ({ id }) => void expired.push(id))
    const [old, young] = [client(sessions), client(sessions)]
    await old.run((session) => session.set('cart', 'full'))
    const { id } = await old.open().load()
    clock.advance('20m')
    await young.run((session) => session.set('cart', 'full'))
    expect(await sessions.sweep()).toBe(0)
    clock.advance('10m')
    expect(await sessions.sweep()).toBe(1)
    expect(expired).toEqual([id])
    expect((await young.run((session) => session.get('cart'))).result).toBe('full')
  })

  test('happens by itself when sessions are created, every five minutes at most', async () => {
    const { sessions, clock, store } = application({ idleTimeout: '1m' })
    const visit = (): Promise<unknown> => client(sessions).run((session) => session.set('cart', 'full'))
    await visit()
    clock.advance('4m')
    await visit()
    expect(store.count('sweeper.sweep')).toBe(0)
    clock.advance('1m')
    await visit()
    await visit()
    await settled()
    expect(store.count('sweeper.sweep')).toBe(1)
  })

  test('that fails is an event, and no request fails for it', async () => {
    const clock = testClock()
    const store = scriptedStore(memoryStore())
    const sessions = createSessions({ secrets: [SECRET], store, clock })
    const heard = listen(sessions)
    store.before('sweeper.sweep', () => {
      throw new Error('disk full')
    })
    clock.advance('6m')
    await client(sessions).run((session) => session.set('cart', 'full'))
    await settled()
    expect(heard.map(([name]) => name)).toEqual(expect.arrayContaining(['created', 'storeError']))
    await expect(sessions.sweep()).rejects.toThrow(expect.objectContaining({ code: 'ERR_SESSION_STORE' }))
  })

  test('goes round a large store in slices', async () => {
    const { sessions, clock, store } = application({ idleTimeout: '1m' })
    for (let i = 0; i < 1_200; i++) await client(sessions).run((session) => session.set('cart', 'full'))
    clock.advance('1m')
    expect(await sessions.sweep()).toBe(1_200)
    expect(store.count('sweeper.sweep')).toBeGreaterThan(2)
  })

  test('a store that expires by itself needs none', async () => {
    const { load, create, update, touch, delete: remove, close } = scriptedStore(memoryStore())
    const sessions = createSessions({ secrets: [SECRET], store: { load, create, update, touch, delete: remove, close } })
    expect(await sessions.sweep()).toBe(0)
  })
})
