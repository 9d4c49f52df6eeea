import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { describe, expect, test, vi } from 'vitest'
import { createSessions, memoryStore, SojournError } from '../../src/index.ts'
import type { StoredRecord } from '../../src/contracts.ts'
import type { EventName, SessionStore } from '../../src/index.ts'
import { hashDjangoPassword } from '../../src/passwords/django.ts'
import { sqliteStore } from '../../src/stores/sqlite/index.ts'
import { signIn as signInForTests } from '../../src/testing/index.ts'
import { code, SECRET, stopAt, stopFirst } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import type { Client } from '../_support/client.ts'
import { identity, WEAK } from '../_support/users.ts'
import type { Identity, Person } from '../_support/users.ts'

type Browser = Client<Record<string, unknown>>

async function signIn(app: Identity, browser: Browser, name = 'alice', password = 'right'): Promise<Person | undefined> {
  const { result } = await browser.run(async (session) => {
    const proof = await app.auth.authenticate(name, password)
    if (proof) await app.auth.login(session, proof)
    return proof?.user
  })
  return result
}

const whoIs = async (app: Identity, browser: Browser): Promise<string | undefined> =>
  (await browser.run((session) => app.auth.user(session))).result?.email

async function withAlice(...args: Parameters<typeof identity>): Promise<Identity & { alice: Person; browser: Browser }> {
  const app = identity(...args)
  return { ...app, alice: await app.add('alice', 'right'), browser: client(app.sessions) }
}

describe('authenticate', () => {
  test('gives the user of a name and password, and nobody else', async () => {
    const app = await withAlice()
    await app.add('bob', 'other')
    expect((await app.auth.authenticate('alice', 'right'))?.user).toEqual(app.alice)
    for (const [name, password] of [
      ['alice', 'other'],
      ['alice', ''],
      ['alice', 'x'.repeat(2_000)],
      ['nobody', 'right'],
      ['', ''],
    ] as const) {
      expect(await app.auth.authenticate(name, password)).toBeUndefined()
    }
  })

  test('not a disabled user, nor one without a password', async () => {
    const app = await withAlice()
    app.people.get('alice')!.locked = true
    expect(await app.auth.authenticate('alice', 'right')).toBeUndefined()
    app.people.get('alice')!.locked = false
    app.people.get('alice')!.hash = null
    for (const password of ['right', '', 'null']) expect(await app.auth.authenticate('alice', password)).toBeUndefined()
  })

  test('not whoever has the name by the time the password is checked', async () => {
    const app = await withAlice()
    const bob = await app.add('bob', 'right')
    app.store.before('principals.epoch', () => void app.people.set('alice', bob))
    expect(await app.auth.authenticate('alice', 'right')).toBeUndefined()
  })

  test('asks the store and the users the same for a wrong name, a wrong password and a disabled user', async () => {
    const calls: string[][] = []
    for (const name of ['alice', 'nobody', 'locked']) {
      const app = await withAlice()
      await app.add('locked', 'right')
      app.people.get('locked')!.locked = true
      for (const operation of ['load', 'create', 'update', 'delete', 'principals.epoch'] as const) {
        app.store.before(operation, () => void app.asked.push(operation))
      }
      await app.auth.authenticate(name, name === 'locked' ? 'right' : 'wrong', { address: '192.0.2.1' })
      calls.push(app.asked)
    }
    expect(calls[1]).toEqual(calls[0])
    expect(calls[2]).toEqual(calls[0])
    expect(calls[0]!.filter((call) => call === 'findByName')).toHaveLength(2)
  })

  // Node 22 has no Argon2; the package that stands in for it cannot be spied on.
  test.skipIf(!('argon2' in crypto))('computes as many hashes for a wrong name as for a wrong password', async () => {
    const app = await withAlice()
    const argon2 = vi.spyOn(crypto, 'argon2')
    syncBuiltinESMExports()
    const count = async (name: string, password: string): Promise<number> => {
      argon2.mockClear()
      await app.auth.authenticate(name, password)
      return argon2.mock.calls.length
    }
    const counts = [
      await count('alice', 'wrong'),
      await count('nobody', 'wrong'),
      await count('alice', 'e\u0301'),
      await count('nobody', 'e\u0301'),
    ]
    argon2.mockRestore()
    syncBuiltinESMExports()
    expect(counts).toEqual([1, 1, 2, 2])
  })

  test('hashes a password anew that is stored in an older way, and its sign-in holds', async () => {
    const app = await withAlice()
    for (const old of [
      await hashDjangoPassword('right', { iterations: 10 }),
      await identity({ passwords: { ...WEAK, passes: 2 } }).auth.hashPassword('right'),
      await identity({ passwords: { algorithm: 'scrypt', cost: 16 } }).auth.hashPassword('right'),
    ]) {
      app.people.get('alice')!.hash = old
      app.asked.length = 0
      await signIn(app, app.browser, 'alice', 'wrong')
      expect(app.asked).not.toContain('savePassword')
      await signIn(app, app.browser)
      expect(app.people.get('alice')!.hash).toMatch(/^\$argon2id\$v=19\$m=64,t=1,p=1\$/)
      expect(await whoIs(app, app.browser)).toBe('alice')
    }
    app.asked.length = 0
    await signIn(app, app.browser)
    expect(app.asked).not.toContain('savePassword')
  })

  test("leaves Django's own formats alone in a table that Django uses as well", async () => {
    const app = await withAlice({ passwords: { algorithm: 'django', iterations: 10 } })
    for (const text of [await hashDjangoPassword('right', { iterations: 7 }), app.alice.hash]) {
      app.people.get('alice')!.hash = text
      expect(await app.auth.authenticate('alice', 'right')).toBeDefined()
      expect(app.people.get('alice')!.hash).toBe(text)
    }
  })

  test('a text that was replaced meanwhile is not brought back by the hashing anew', async () => {
    const app = await withAlice()
    const stale = await hashDjangoPassword('right', { iterations: 10 })
    app.people.get('alice')!.hash = stale
    const proof = (await app.auth.authenticate('alice', 'right'))!
    // As if another request had changed the password before the new hash was saved: the stamp of the sign-in is of a
    // text that is no longer stored.
    app.people.get('alice')!.hash = await app.auth.hashPassword('new')
    await app.browser.run((session) => app.auth.login(session, proof))
    expect(await whoIs(app, app.browser)).toBeUndefined()
  })
})

describe('login', () => {
  test('keeps an anonymous cart, gives a new token, and a new CSRF secret', async () => {
    const app = await withAlice()
    const before = await app.browser.run(async (session) => {
      session.set('cart', ['tea'])
      return session.csrf.token()
    })
    const thief = app.browser.copy()
    await signIn(app, app.browser)
    const { result } = await app.browser.run(async (session) => [
      await session.get('cart'),
      await session.csrf.verify(before.result, { sameOrigin: true }),
    ])
    expect(result).toEqual([['tea'], false])
    expect(await whoIs(app, thief)).toBeUndefined()
    expect((await thief.run((session) => session.get('cart'))).result).toBeUndefined()
  })

  test("drops another user's data", async () => {
    const app = await withAlice()
    await app.add('bob', 'right')
    await signIn(app, app.browser)
    await app.browser.run((session) => session.set('secret', 'of alice'))
    await signIn(app, app.browser, 'bob')
    expect(await whoIs(app, app.browser)).toBe('bob')
    expect((await app.browser.run((session) => session.get('secret'))).result).toBeUndefined()
    expect(await app.sessions.of('1').list()).toEqual([])
  })

  test('remember and keep are those of session.login', async () => {
    const app = await withAlice()
    await app.browser.run((session) => {
      session.set('cart', 1)
      session.set('draft', 2)
    })
    await app.browser.run((session) => app.auth.loginWithoutPassword(session, app.alice, { remember: true, keep: ['cart'] }))
    const session = await app.browser.open().load()
    expect([session.remember, session.data]).toEqual([true, { cart: 1 }])
  })

  test('a password that is changed while the old one is checked beats the sign-in (counterexample `old-password`)', async () => {
    const app = await withAlice()
    const stop = stopFirst()
    app.store.before('create', (step) => ((step.args[0] as StoredRecord).principal === null ? undefined : stop.hook(step)))
    const signing = signIn(app, app.browser)
    await stop.reached
    await app.auth.changePassword(app.alice, 'new')
    stop.release()
    await expect(signing).rejects.toThrow(code('ERR_SESSION_LOGIN_REVOKED'))
    expect(await whoIs(app, app.browser)).toBeUndefined()
    expect(await app.sessions.of('1').list()).toEqual([])
  })

  test('a password that is changed between the check and the login beats it too: the proof carries the attempt', async () => {
    const app = await withAlice()
    const proof = (await app.auth.authenticate('alice', 'right'))!
    await app.auth.changePassword(app.alice, 'new')
    await expect(app.browser.run((session) => app.auth.login(session, proof))).rejects.toThrow(code('ERR_SESSION_LOGIN_REVOKED'))
  })

  test('a password that is changed between the look-up and the check beats it too', async () => {
    const app = await withAlice({ throttle: false })
    const stop = stopAt()
    app.store.before('principals.epoch', stop.hook)
    const signing = signIn(app, app.browser)
    await stop.reached
    await app.auth.changePassword(app.alice, 'new')
    stop.release()
    expect(await signing).toBeUndefined()
  })
})

describe('user(session)', () => {
  test('is loaded once for each request', async () => {
    const app = await withAlice()
    await signIn(app, app.browser)
    app.asked.length = 0
    await app.browser.run(async (session) => {
      const [one, other] = await Promise.all([app.auth.user(session), app.auth.user(session)])
      expect(one).toEqual(other)
      expect(await app.auth.user(session)).toBe(one)
    })
    expect(app.asked).toEqual(['findById'])
    await whoIs(app, app.browser)
    expect(app.asked).toEqual(['findById', 'findById'])
  })

  test('follows sign-in and sign-out within a request', async () => {
    const app = await withAlice()
    await app.browser.run(async (session) => {
      expect(await app.auth.user(session)).toBeUndefined()
      await app.auth.loginWithoutPassword(session, app.alice)
      expect(await app.auth.user(session)).toBe(app.alice)
      await app.auth.logout(session)
      expect(await app.auth.user(session)).toBeUndefined()
    })
    expect(app.browser.jar.size).toBe(0)
  })

  test('an error of the users is not remembered', async () => {
    const app = await withAlice()
    await signIn(app, app.browser)
    const hidden = app.people.get('alice')!
    app.people.delete('alice')
    app.people.set(
      'alice',
      new Proxy(hidden, {
        ownKeys: () => {
          throw new Error('the database is down')
        },
      }),
    )
    const session = app.browser.open()
    await expect(app.auth.user(session)).rejects.toThrow('the database is down')
    app.people.set('alice', hidden)
    expect(await app.auth.user(session)).toMatchObject({ email: 'alice' })
  })

  test.each<[string, (app: Identity) => unknown]>([
    ['disabled', (app) => (app.people.get('alice')!.locked = true)],
    ['deleted', (app) => app.people.delete('alice')],
    ['given another password by other software', async (app) => (app.people.get('alice')!.hash = await app.auth.hashPassword('new'))],
    ['left without a password', (app) => (app.people.get('alice')!.hash = null)],
  ])('a user who was %s is signed out, on each device, at the next request (ASVS 5.0 7.4.2, 7.4.3)', async (_how, change) => {
    const app = await withAlice()
    const other = client(app.sessions)
    await signIn(app, app.browser)
    await signIn(app, other)
    await change(app)
    for (const browser of [app.browser, other]) {
      const copy = browser.copy()
      expect(await whoIs(app, browser)).toBeUndefined()
      expect(browser.jar.size).toBe(0)
      expect((await copy.open().load()).principal).toBeNull()
    }
  })

  test('after the headers are sent it is nobody all the same, and the next request ends the session', async () => {
    const app = await withAlice()
    await signIn(app, app.browser)
    app.people.delete('alice')
    const cookie = [...app.browser.jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const tooLate = (): never => {
      throw new SojournError('ERR_SESSION_HEADERS_SENT', 'too late')
    }
    const session = app.sessions.open({ headers: { cookie } }, { accessed: () => undefined, changed: tooLate })
    expect(await app.auth.user(session)).toBeUndefined()
    expect((await app.browser.open().load()).principal).toBe('1')
    expect(await whoIs(app, app.browser)).toBeUndefined()
    expect((await app.browser.open().load()).principal).toBeNull()
  })

  test('a session that was signed in without auth is no one’s: nothing tells which password it was', async () => {
    const app = await withAlice()
    await app.browser.run((session) => session.login('1'))
    expect(await whoIs(app, app.browser)).toBeUndefined()
  })

  test('stamps of an older secret hold while it is among the secrets', async () => {
    const app = await withAlice()
    await signIn(app, app.browser)
    const sessions = createSessions({
      secrets: ['the newest secret of the tests, 32 characters', SECRET],
      store: app.store,
      clock: app.clock,
    })
    const auth = app.authOf({ sessions })
    expect((await app.browser.run((session) => auth.user(session), { at: sessions, lost: true })).result).toMatchObject({ email: 'alice' })
  })

  test('the tests of an application sign in without a form', async () => {
    const app = await withAlice()
    const { headers } = await signInForTests(app.sessions, (session) => app.auth.loginWithoutPassword(session, app.alice), {
      cart: ['tea'],
    })
    const session = app.sessions.open({ headers })
    expect([await app.auth.user(session), await session.get('cart')]).toEqual([app.alice, ['tea']])
  })

  test('works for users without a password, who proved it otherwise', async () => {
    const app = await withAlice()
    app.people.get('alice')!.hash = null
    await app.browser.run((session) => app.auth.loginWithoutPassword(session, { ...app.alice, hash: null }))
    expect(await whoIs(app, app.browser)).toBe('alice')
  })
})

describe('changePassword', () => {
  test.each(['memory', 'SQLite'])('ends all other sessions and gives this one a new token (ASVS 5.0 7.4.3): %s', async (name) => {
    const app = await withAlice({}, {}, name === 'SQLite' ? sqliteStore(':memory:') : undefined)
    const [here, there] = [client(app.sessions), client(app.sessions)]
    await here.run(async (session) => app.auth.loginWithoutPassword(session, app.alice, { remember: true }))
    await signIn(app, there)
    const thief = here.copy()
    await here.run(async (session) => {
      const user = (await app.auth.user(session))!
      await app.auth.changePassword(user, 'new', { except: session })
    })
    expect(await whoIs(app, here)).toBe('alice')
    expect((await here.open().load()).remember).toBe(true)
    expect(await whoIs(app, thief)).toBeUndefined()
    expect((await there.open().load()).principal).toBeNull()
    expect(await app.auth.authenticate('alice', 'right')).toBeUndefined()
    expect(await app.auth.authenticate('alice', 'new')).toBeDefined()
  })

  test('without `except` none stays', async () => {
    const app = await withAlice()
    await signIn(app, app.browser)
    await app.auth.changePassword(app.alice, 'new')
    expect((await app.browser.open().load()).principal).toBeNull()
  })

  test('refuses a session of somebody else, and a password that is none, before anything is saved', async () => {
    const app = await withAlice()
    const bob = await app.add('bob', 'right')
    await signIn(app, app.browser)
    app.asked.length = 0
    await expect(app.auth.changePassword(bob, 'new', { except: app.browser.open() })).rejects.toThrow(code('ERR_SESSION_PRINCIPAL'))
    await expect(app.auth.changePassword(bob, '')).rejects.toThrow(code('ERR_SESSION_PASSWORD'))
    expect(app.asked).toEqual([])
    expect(await whoIs(app, app.browser)).toBe('alice')
  })

  test('where sessions cannot be found by principal, the stamps end the others', async () => {
    const app = await withAlice({}, {}, withoutIndex(memoryStore()))
    const other = client(app.sessions)
    await signIn(app, app.browser)
    await signIn(app, other)
    await app.browser.run(async (session) => app.auth.changePassword((await app.auth.user(session))!, 'new', { except: session }))
    expect(await whoIs(app, app.browser)).toBe('alice')
    expect(await whoIs(app, other)).toBeUndefined()
  })
})

describe('reauthenticate', () => {
  test('with the password: a new token and a fresh proof; without, nothing changes', async () => {
    const app = await withAlice()
    await app.browser.run((session) => app.auth.loginWithoutPassword(session, app.alice, { remember: false }))
    app.clock.advance('20m')
    const thief = app.browser.copy()
    expect((await app.browser.run((session) => app.auth.reauthenticate(session, 'wrong'))).result).toBe(false)
    expect((await app.browser.open().load()).authenticatedAt).toBe(app.clock.now() - 1_200_000)
    expect((await app.browser.run((session) => app.auth.reauthenticate(session, 'right'))).result).toBe(true)
    const session = await app.browser.open().load()
    expect([session.authenticatedAt, session.remember]).toEqual([app.clock.now(), false])
    expect(await whoIs(app, app.browser)).toBe('alice')
    expect(await whoIs(app, thief)).toBeUndefined()
  })

  test('nobody is not asked; a disabled user is signed out', async () => {
    const app = await withAlice()
    expect((await app.browser.run((session) => app.auth.reauthenticate(session, 'right'))).result).toBe(false)
    await signIn(app, app.browser)
    app.people.get('alice')!.locked = true
    expect((await app.browser.run((session) => app.auth.reauthenticate(session, 'right'))).result).toBe(false)
    expect(app.browser.jar.size).toBe(0)
  })
})

test('the events of a life tell who, from where and why, and neither names nor passwords', async () => {
  const app = await withAlice({ throttle: { account: { failures: 3, per: '1h' } } })
  const heard: [string, Record<string, unknown>][] = []
  for (const name of ['signInFailed', 'signInThrottled', 'login', 'logout', 'passwordChanged', 'revoked'] satisfies EventName[]) {
    app.sessions.on(name, (event) => void heard.push([name, { ...event }]))
  }
  await app.add('locked@example.org', 'right')
  app.people.get('locked@example.org')!.locked = true
  await app.auth.authenticate('nobody@example.org', 'hunter2', { address: '192.0.2.1' })
  await app.auth.authenticate('nobody@example.org', 'hunter2')
  await app.auth.authenticate('locked@example.org', 'right')
  await app.auth.authenticate('alice', 'hunter2')
  await signIn(app, app.browser)
  await app.browser.run((session) => app.auth.reauthenticate(session, 'right'))
  const { id } = await app.browser.open().load()
  const tokens = [...app.browser.jar.values()]
  await app.browser.run((session) => app.auth.reauthenticate(session, 'hunter2'))
  await app.browser.run((session) => app.auth.changePassword(app.alice, 'hunter3', { except: session }))
  await app.browser.run((session) => app.auth.logout(session))
  for (let i = 0; i < 3; i++) await app.auth.authenticate('alice', 'hunter2')
  await app.auth.authenticate('alice', 'hunter2').catch(() => undefined)

  const name = expect.stringMatching(/^[\w-]{43}$/) as string
  const failed = { principal: '1', name, address: undefined, reason: 'password' }
  const login = { id, principal: '1', address: undefined, userAgent: undefined }
  expect(heard).toEqual([
    ['signInFailed', { principal: null, name, address: '192.0.2.1', reason: 'name' }],
    ['signInFailed', { principal: null, name, address: undefined, reason: 'name' }],
    ['signInFailed', { principal: '2', name, address: undefined, reason: 'disabled' }],
    ['signInFailed', failed],
    ['login', { ...login, again: false }],
    ['login', { ...login, again: true }],
    ['signInFailed', { ...failed, id, name: undefined }],
    ['login', { ...login, again: true }],
    ['passwordChanged', { id, principal: '1' }],
    ['logout', { id, principal: '1' }],
    ['signInFailed', failed],
    ['signInFailed', failed],
    ['signInFailed', failed],
    ['signInThrottled', { principal: '1', name, address: undefined, by: 'account', retryAfter: 3_600 }],
  ])
  expect(heard[0]![1]['name']).toBe(heard[1]![1]['name'])
  expect(JSON.stringify(heard)).not.toMatch(/nobody|locked@|hunter|right|alice/)
  for (const token of tokens) for (const part of [token, token.slice(29, 51)]) expect(JSON.stringify(heard)).not.toContain(part)
})

function withoutIndex(store: SessionStore): SessionStore {
  return {
    load: (id, call) => store.load(id, call),
    create: (record, call) => store.create(record, call),
    update: (record, call) => store.update(record, call),
    touch: (id, expiresAt, call) => store.touch(id, expiresAt, call),
    delete: (id, call) => store.delete(id, call),
    close: () => store.close(),
  }
}
