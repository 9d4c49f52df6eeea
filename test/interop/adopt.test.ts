import { createAuth } from '../../src/auth/index.ts'
import type { Auth, Users } from '../../src/auth/index.ts'
import { WEAK } from '../_support/users.ts'
import { beforeEach, describe, expect, test } from 'vitest'
import { createSessions, memoryStore } from '../../src/index.ts'
import { copySessions } from '../../src/stores/copy.ts'
import type { Sessions, SessionsOptions } from '../../src/index.ts'
import { adoptable } from '../../src/interop/_shared/adopt.ts'
import type { AdoptOptions } from '../../src/interop/_shared/adopt.ts'
import { sealedStore } from '../../src/stores/sealed.ts'
import { scriptedStore, testClock } from '../../src/testing/index.ts'
import type { TestClock } from '../../src/testing/index.ts'
import { SECRET, code, stopAt } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import type { Client } from '../_support/client.ts'
import { HOUR, ToyStore, cookieBackedStorage, storeBackedStorage, toyFormat, valuesOf } from './support/formats.ts'

interface Ada {
  readonly id: string
  readonly password: string
  readonly disabled: boolean
}

const nobody: Users<Ada> = {
  findByName: () => undefined,
  findById: () => undefined,
  savePassword: () => undefined,
  describe: (user) => user,
}

let clock: TestClock
let foreign: ToyStore
let events: string[]

beforeEach(() => {
  clock = testClock()
  foreign = new ToyStore()
  foreign.entries.set('key-7', { raw: '{"user":"ada","cart":[1,2]}', expiresAt: clock.now() + HOUR })
})

function adopting(options: AdoptOptions = {}, more: Partial<SessionsOptions & { readonly schema?: never }> = {}): Sessions {
  const adopt = [adoptable(toyFormat(storeBackedStorage(foreign)), options)]
  const sessions = createSessions({ secrets: [SECRET], store: memoryStore(), clock, adopt, ...more })
  events = []
  for (const name of ['created', 'adopted', 'login', 'logout', 'unreadable'] as const) sessions.on(name, () => events.push(name))
  return sessions
}

function arriving(sessions: Sessions, cookie = 'key-7'): Client<Record<string, unknown>> {
  return client(sessions, new Map([['toy', cookie]]))
}

const look = async (browser: Client<Record<string, unknown>>): Promise<unknown[]> =>
  (await browser.run(async (session) => [(await session.load()).principal, session.data])).result

describe('a visitor with only the cookie of another system', () => {
  test('is signed in, with the data, and the other session ends when the token has been seen', async () => {
    const browser = arriving(adopting())
    expect(await look(browser)).toEqual(['ada', { cart: [1, 2] }])
    expect(events).toEqual(['created', 'adopted', 'login'])
    expect(foreign.entries.size).toBe(1)
    expect(await look(browser)).toEqual(['ada', { cart: [1, 2] }])
    expect(foreign.entries.size).toBe(0)
    expect([...browser.jar.keys()]).toEqual(['__Host-session'])
    const { calls } = foreign
    const before = calls.length
    expect(await look(browser)).toEqual(['ada', { cart: [1, 2] }])
    expect(calls.length).toBe(before)
  })

  test('ends there even if the next request only writes', async () => {
    const browser = arriving(adopting())
    const copy = browser.copy()
    await look(browser)
    await browser.run((session) => session.set('seen', true))
    expect([foreign.entries.size, [...browser.jar.keys()]]).toEqual([0, ['__Host-session']])
    expect(await look(copy)).toEqual([null, {}])
  })

  test('costs nothing where no session is asked for', async () => {
    const browser = arriving(adopting())
    await browser.run(() => undefined)
    expect(foreign.calls).toEqual([])
  })

  test('has proved nothing to us', async () => {
    const browser = arriving(adopting())
    await look(browser)
    const { result } = await browser.run(async (session) => (await session.load()).authenticatedAt)
    expect(result).toBeUndefined()
  })

  test('may change the session in the same request', async () => {
    const browser = arriving(adopting())
    await browser.run((session) => {
      session.update('cart', (cart) => [...(cart as number[]), 3])
    })
    expect(await look(browser)).toEqual(['ada', { cart: [1, 2, 3] }])
  })

  test('stays signed in when the response is lost, and when requests come at once', async () => {
    const browser = arriving(adopting())
    await browser.run((session) => session.load(), { lost: true })
    const both = await Promise.all([look(browser), look(browser)])
    expect(both).toEqual([
      ['ada', { cart: [1, 2] }],
      ['ada', { cart: [1, 2] }],
    ])
    expect(await look(browser)).toEqual(['ada', { cart: [1, 2] }])
    expect(foreign.entries.size).toBe(0)
  })

  test('who signs out stays out, with every copy of the old cookie', async () => {
    for (const original of ['end', 'leave'] as const) {
      foreign.entries.set('key-7', { raw: '{"user":"ada"}', expiresAt: clock.now() + HOUR })
      const sessions = adopting({ original })
      const browser = arriving(sessions)
      const copy = browser.copy()
      await look(browser)
      await browser.run((session) => session.logout())
      expect(await look(browser)).toEqual([null, {}])
      expect(await look(copy)).toEqual([null, {}])
    }
  })

  test('who signs out in the very first request stays out', async () => {
    const browser = arriving(adopting())
    const copy = browser.copy()
    await browser.run((session) => session.logout())
    expect(foreign.entries.size).toBe(0)
    expect([...browser.jar]).toEqual([])
    expect(await look(copy)).toEqual([null, {}])
    expect(events).toEqual([])
  })

  test('a logout that cannot be remembered fails instead of half succeeding', async () => {
    const store = scriptedStore(memoryStore())
    const browser = arriving(adopting({}, { store }))
    store.before('create', () => {
      throw new Error('down')
    })
    await expect(browser.run((session) => session.logout())).rejects.toThrow(code('ERR_SESSION_STORE'))
  })

  test('who signs in as somebody else leaves the other session behind', async () => {
    const browser = arriving(adopting())
    await browser.run((session) => session.login('bob'))
    expect(await look(browser)).toEqual(['bob', {}])
    expect(foreign.entries.size).toBe(0)
  })

  test('leaves the other session where it is, if so chosen, and is adopted once', async () => {
    const browser = arriving(adopting({ original: 'leave' }))
    const copy = browser.copy()
    await look(browser)
    expect(await look(browser)).toEqual(['ada', { cart: [1, 2] }])
    expect([...browser.jar.keys()]).toEqual(['toy', '__Host-session'])
    expect(foreign.entries.size).toBe(1)
    expect(await look(copy)).toEqual([null, {}])
  })

  test('who signs out of a session of ours stays out, whatever other cookie comes along', async () => {
    const browser = client(adopting({ original: 'leave' }))
    await browser.run((session) => session.login('ada'))
    browser.jar.set('toy', 'key-7')
    await browser.run((session) => session.logout())
    expect(await look(browser)).toEqual([null, {}])
    foreign.entries.set('key-7', { ...foreign.entries.get('key-7')!, expiresAt: clock.now() + 1000 * HOUR })
    clock.advance('30d')
    expect(await look(browser)).toEqual([null, {}])
  })

  test('stays out when the sessions move to another store', async () => {
    const [from, to] = [memoryStore(), memoryStore()]
    const browser = arriving(adopting({ original: 'leave' }, { store: from }))
    const copy = browser.copy()
    await look(browser)
    await look(browser)
    await copySessions(from, to, { clock })
    const moved = adopting({ original: 'leave' }, { store: to })
    expect(await look(client(moved, browser.jar))).toEqual(['ada', { cart: [1, 2] }])
    expect(await look(client(moved, copy.jar))).toEqual([null, {}])
  })

  test('who signs out with two of its cookies stays out, whichever of them is left', async () => {
    for (const first of [true, false]) {
      for (const key of ['key-7', 'key-8']) foreign.entries.set(key, { raw: '{"user":"ada"}', expiresAt: clock.now() + HOUR })
      const sessions = adopting({ original: 'leave' })
      const browser = first ? client(sessions) : client(sessions, new Map([['toy', 'key-7; toy=key-8']]))
      if (first) await browser.run((session) => session.login('ada'))
      browser.jar.set('toy', 'key-7; toy=key-8')
      await browser.run(async (session) => (await session.load()).logout())
      for (const key of ['key-7', 'key-8']) expect(await look(arriving(sessions, key))).toEqual([null, {}])
    }
  })

  test('who signs out stays out, also where more of its cookies were planted than a browser sends', async () => {
    for (const planted of [4, 40]) {
      const sessions = adopting()
      foreign.entries.set('key-7', { raw: '{"user":"ada"}', expiresAt: clock.now() + HOUR })
      const others = Array.from({ length: planted }, (_, i) => `toy=planted-${i}`).join('; ')
      const browser = client(sessions, new Map([['toy', `${others.slice(4)}; toy=key-7`]]))
      await browser.run((session) => session.logout())
      expect(foreign.entries.has('key-7')).toBe(false)
      foreign.entries.set('key-7', { raw: '{"user":"ada"}', expiresAt: clock.now() + HOUR })
      expect(await look(arriving(sessions))).toEqual([null, {}])
    }
  })

  test.each(['logout', 'destroy', 'elsewhere'] as const)(
    'whose cookie a thief has adopted too ends both sessions by %s (counterexample `adopted-twin`)',
    async (how) => {
      const sessions = adopting()
      const [owner, thief, phone] = [arriving(sessions), arriving(sessions), client(sessions)]
      await phone.run((session) => session.login('ada'))
      expect(await Promise.all([look(thief), look(owner)])).toEqual(Array.from({ length: 2 }, () => ['ada', { cart: [1, 2] }]))
      if (how === 'elsewhere') await owner.run((session) => session.login('bob'))
      else await owner.run((session) => session[how]())
      expect((await look(thief))[0]).toBe(null)
      expect((await look(phone))[0], 'a session of another origin stays').toBe('ada')
    },
  )

  test.each([null, 'ada'])(
    'whose twin (%s) is being made at that moment ends that, too (counterexample `adopted-twin`)',
    async (principal) => {
      const store = scriptedStore(memoryStore())
      const sessions = adopting({ principal: () => principal }, { store })
      const [owner, thief] = [arriving(sessions), arriving(sessions)]
      const stop = stopAt()
      store.before('create', stop.hook)
      const late = thief.run((session) => session.set('late', true))
      await stop.reached
      store.before('create')
      await look(owner)
      await owner.run((session) => session.logout())
      stop.release()
      const { setCookies } = await late
      expect([setCookies.filter((line) => !line.includes('Max-Age=0')), await look(thief)]).toEqual([[], [null, {}]])
      expect(await sessions.of('ada').list()).toEqual([])
    },
  )

  test.each(['logout', 'destroy'] as const)('whose twin is nobody ends it by %s, before its next touch is over', async (how) => {
    const sessions = adopting({ principal: () => null })
    const [owner, thief, other] = [arriving(sessions), arriving(sessions), client(sessions)]
    await other.run((session) => session.set('cart', [9]))
    for (const browser of [thief, owner, owner, thief]) expect(await look(browser)).toEqual([null, { cart: [1, 2] }])
    await owner.run((session) => session[how]())
    clock.advance('5m')
    expect([await look(thief), await look(thief)]).toEqual([
      [null, {}],
      [null, {}],
    ])
    expect(await look(other), 'a session that was not adopted stays').toEqual([null, { cart: [9] }])
  })

  test('whose session of nobody goes on costs one look more at each touch', async () => {
    const store = scriptedStore(memoryStore())
    const browser = arriving(adopting({ principal: () => null }, { store }))
    for (let i = 0; i < 3; i++) await look(browser)
    store.reset()
    for (let i = 0; i < 5; i++) await look(browser)
    expect(store.count('load')).toBe(5)
    clock.advance('5m')
    expect(await look(browser)).toEqual([null, { cart: [1, 2] }])
    expect(store.count('load')).toBe(7)
  })

  test('ends twins also after the original was given up, and only its own', async () => {
    foreign.entries.set('key-8', { raw: '{"user":"ada"}', expiresAt: clock.now() + HOUR })
    const sessions = adopting()
    const [owner, thief, other] = [arriving(sessions), arriving(sessions), arriving(sessions, 'key-8')]
    for (const browser of [thief, owner, owner, thief, other]) await look(browser)
    await owner.run((session) => session.set('later', 1))
    await owner.run((session) => session.logout())
    expect([(await look(thief))[0], (await look(other))[0]]).toEqual([null, 'ada'])
  })

  test.each([undefined, null])('whom the application calls %s is nobody', async (principal) => {
    const browser = arriving(adopting({ principal: () => principal }))
    expect((await look(browser))[0]).toBe(null)
    expect((await look(browser))[0]).toBe(null)
    expect([...browser.jar.keys()]).toContain('__Host-session-anon')
    expect(events).toEqual(['created', 'adopted'])
  })

  test.each([
    ['a number', 7],
    ['an object', {}],
    ['an empty text', ''],
    ['half a letter', 'ada\uD800'],
    ['U+0000', 'a\u0000'],
  ])('who is %s signs nobody in, and the application hears of it', async (_what, principal) => {
    const browser = arriving(adopting({ principal: () => principal as string }))
    await expect(look(browser)).rejects.toThrow(code('ERR_SESSION_PRINCIPAL'))
    expect(events).toEqual([])
  })

  describe('together with sojourn/auth', () => {
    async function withAuth(user: { locked?: boolean } | undefined): Promise<{ auth: Auth<Ada>; sessions: Sessions }> {
      const sessions = adopting()
      const password = await createAuth({ sessions, users: nobody, passwords: WEAK }).hashPassword('right')
      const ada: Ada | undefined = user && { id: 'ada', password, disabled: user.locked ?? false }
      const users = { ...nobody, findById: (id: string) => (id === 'ada' ? ada : undefined), findByName: () => ada }
      return { sessions, auth: createAuth({ sessions, users, passwords: WEAK }) }
    }

    test('is the user, at each request', async () => {
      const { auth, sessions } = await withAuth({})
      const browser = arriving(sessions)
      for (let i = 0; i < 3; i++) expect((await browser.run((session) => auth.user(session))).result?.id).toBe('ada')
      expect((await look(browser))[0]).toBe('ada')
      expect(foreign.entries.size).toBe(0)
    })

    test('is signed out by a new password, as ever', async () => {
      const { auth, sessions } = await withAuth({})
      const browser = arriving(sessions)
      const { result } = await browser.run((session) => auth.user(session))
      await auth.changePassword(result!, 'new')
      expect((await browser.run((session) => auth.user(session))).result).toBeUndefined()
    })

    test.each([
      ['unknown', undefined],
      ['disabled', { locked: true }],
    ])('is nobody if the user is %s, and the original stays', async (_what, user) => {
      const { auth, sessions } = await withAuth(user)
      const browser = arriving(sessions)
      expect((await browser.run((session) => auth.user(session))).result).toBeUndefined()
      expect([events, foreign.entries.size, [...browser.jar.keys()]]).toEqual([[], 1, ['toy']])
    })
  })

  test('with two of its cookies, one of them planted, is nobody until one is left', async () => {
    foreign.entries.set('key-8', { raw: '{"user":"mallory"}', expiresAt: clock.now() + HOUR })
    const refused: unknown[] = []
    const sessions = adopting()
    sessions.on('refused', ({ reason }) => refused.push(reason))
    const browser = arriving(sessions, 'key-7; toy=key-8')
    expect(await look(browser)).toEqual([null, {}])
    expect([refused, foreign.entries.size]).toEqual([['ambiguous'], 2])
    browser.jar.set('toy', 'key-7')
    expect(await look(browser)).toEqual(['ada', { cart: [1, 2] }])
    // A cookie that names no session is not cleared.
    foreign.entries.set('key-7', { raw: '{"user":"ada"}', expiresAt: clock.now() + HOUR })
    expect(await look(arriving(adopting(), 'key-9; toy=key-7; toy=nonsense'))).toEqual(['ada', {}])
  })

  test('of the second of two sites of one system leaves that one', async () => {
    const second = new ToyStore()
    second.entries.set('key-9', { raw: '{"user":"eve"}', expiresAt: clock.now() + HOUR })
    const adopt = [foreign, second].map((store, i) => {
      const format = toyFormat(storeBackedStorage(store))
      return adoptable({ ...format, cookie: { ...format.cookie, name: `toy${i}` } })
    })
    const browser = client(adopting({}, { adopt }), new Map([['toy1', 'key-9']]))
    expect(await look(browser)).toEqual(['eve', {}])
    expect(await look(browser)).toEqual(['eve', {}])
    expect([foreign.entries.size, second.entries.size]).toEqual([1, 0])
    expect([...browser.jar.keys()]).toEqual(['__Host-session'])
  })

  test('stays signed in when the old store goes down after the adoption', async () => {
    const browser = arriving(adopting())
    await look(browser)
    for (const call of ['load', 'delete'] as const) {
      foreign[call] = async () => {
        throw new Error('down')
      }
    }
    for (const _ of [1, 2]) expect(await look(browser)).toEqual(['ada', { cart: [1, 2] }])
  })

  test('whose session cannot be saved keeps the old one', async () => {
    const store = scriptedStore(memoryStore())
    const sessions = adopting({}, { store })
    let isDown = true
    store.before('create', () => {
      if (isDown) throw new Error('down')
    })
    const browser = arriving(sessions)
    await expect(look(browser)).rejects.toThrow(code('ERR_SESSION_STORE'))
    expect([[...browser.jar.keys()], foreign.entries.size]).toEqual([['toy'], 1])
    isDown = false
    expect(await look(browser)).toEqual(['ada', { cart: [1, 2] }])
  })

  test('brings keys that mean something to objects as data and nothing else', async () => {
    const raw =
      '{"__proto__":{"admin":true},"constructor":1,"toString":2,"\\u0000adopted":"{}","\\u0000x":1,"deep":{"__proto__":{"admin":true}}}'
    foreign.entries.set('key-7', { raw, expiresAt: clock.now() + HOUR })
    const { result } = await arriving(adopting()).run(async (session) => (await session.load()).data)
    expect(Object.entries(result)).toEqual([
      ['__proto__', { admin: true }],
      ['constructor', 1],
      ['toString', 2],
      ['deep', JSON.parse('{"__proto__":{"admin":true}}')],
    ])
    expect([Object.getPrototypeOf(result), ({} as { admin?: unknown }).admin]).toEqual([Object.prototype, undefined])
  })

  test('with a session of ours keeps it', async () => {
    const sessions = adopting()
    const browser = client(sessions)
    await browser.run((session) => session.set('mine', 1))
    browser.jar.set('toy', 'key-7')
    expect(await look(browser)).toEqual([null, { mine: 1 }])
    expect(foreign.calls).toEqual([])
  })

  test('without anything to adopt gets nothing', async () => {
    foreign.entries.set('key-8', { raw: '{}', expiresAt: clock.now() + HOUR })
    const sessions = adopting()
    for (const cookie of ['key-8', 'key-9', 'nonsense', '']) {
      const browser = arriving(sessions, cookie)
      expect(await look(browser)).toEqual([null, {}])
      expect([...browser.jar.keys()]).toEqual(['toy'])
    }
    clock.advance('2h')
    expect(await look(arriving(sessions))).toEqual([null, {}])
  })

  test('brings what the application maps', async () => {
    const browser = arriving(
      adopting({ principal: ({ user }) => `user:${String(user)}`, data: ({ cart }) => ({ basket: cart, odd: () => undefined }) }),
    )
    expect(await look(browser)).toEqual(['user:ada', { basket: [1, 2] }])
    expect(events).toContain('unreadable')
  })

  test('whose user the other system no longer knows is not signed in', async () => {
    const format = toyFormat(storeBackedStorage(foreign))
    const adopt = [adoptable({ ...format, principal: { ...format.principal, isStillSignedIn: async () => false } })]
    expect(await look(arriving(adopting({}, { adopt })))).toEqual([null, {}])
  })

  test('is adopted from data in the cookie, too, and that cookie is spent', async () => {
    const cookie = cookieBackedStorage.write(valuesOf('{"user":"ada","n":1}'), clock.now())
    const adopt = [adoptable(toyFormat(cookieBackedStorage))]
    const browser = arriving(adopting({}, { adopt }), cookie)
    const copy = browser.copy()
    expect(await look(browser)).toEqual(['ada', { n: 1 }])
    await look(browser)
    expect([...browser.jar.keys()]).toEqual(['__Host-session'])
    expect(await look(copy)).toEqual([null, {}])
  })

  test('while the other store is down, gets its error and stays as it is', async () => {
    foreign.load = async () => {
      throw new Error('down')
    }
    const sessions = adopting()
    await expect(look(arriving(sessions))).rejects.toThrow(code('ERR_SESSION_STORE'))
  })

  test('keeps its session while the other one cannot be ended, until it can', async () => {
    const browser = arriving(adopting())
    await look(browser)
    const { delete: remove } = foreign
    foreign.delete = async () => {
      throw new Error('down')
    }
    expect(await look(browser)).toEqual(['ada', { cart: [1, 2] }])
    foreign.delete = remove
    expect(foreign.entries.size).toBe(1)
    expect(await look(browser)).toEqual(['ada', { cart: [1, 2] }])
    expect(foreign.entries.size).toBe(0)
  })
})

test('sealed sessions cannot remember what they adopted, and say so at start', () => {
  expect(() => adopting({}, { store: sealedStore() })).toThrow(code('ERR_SESSION_OPTIONS'))
})
