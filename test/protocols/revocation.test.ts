import { describe, expect, test } from 'vitest'
import type { Sessions } from '../../src/index.ts'
import type { StoreOperation } from '../../src/testing/index.ts'
import { application, code, settled, stopAt } from '../_support/application.ts'
import type { Application } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import type { Client } from '../_support/client.ts'
import { storeWithIds } from '../_support/with-ids.ts'

async function principalOf(browser: Client<Record<string, unknown>>): Promise<string | null> {
  return (await browser.run(async (session) => (await session.load()).principal)).result
}

/** Signs in with credentials that were checked before whatever happens now. */
async function signIn(sessions: Sessions): Promise<() => Promise<Client<Record<string, unknown>>>> {
  const attempt = await sessions.of('alice').begin()
  return async () => {
    const browser = client(sessions)
    await browser.run((session) => session.login('alice', { attempt }))
    return browser
  }
}

describe('counterexample `old-password`: a sign-in that was checked before the password changed is refused', () => {
  test('although it is written afterwards', async () => {
    const { sessions, store, another } = application()
    const complete = await signIn(sessions)
    await another().of('alice').revokeAll()

    await expect(complete()).rejects.toThrow(code('ERR_SESSION_LOGIN_REVOKED'))
    expect(await sessions.of('alice').list()).toEqual([])
    expect(store.count('create'), 'it was written, and deleted again').toBe(1)
  })

  test('also when the sign-in begins with login()', async () => {
    const { sessions, another } = application()
    const visit = client(sessions).run(async (session) => {
      await session.login('alice')
      await another().of('alice').revokeAll()
    })

    await expect(visit).rejects.toThrow(code('ERR_SESSION_LOGIN_REVOKED'))
    expect(await sessions.of('alice').list()).toEqual([])
  })

  test('and the browser that had an anonymous session is signed in to nothing', async () => {
    const { sessions, another } = application()
    const browser = client(sessions)
    await browser.run((session) => session.set('cart', 'full'))
    const attempt = await sessions.of('alice').begin()
    await another().of('alice').revokeAll()

    await expect(browser.run((session) => session.login('alice', { attempt }))).rejects.toThrow(code('ERR_SESSION_LOGIN_REVOKED'))
    expect(await principalOf(browser)).toBe(null)
    expect(await sessions.of('alice').list()).toEqual([])
  })

  test('a sign-in that cannot be confirmed is none', async () => {
    const { sessions, store } = application()
    const complete = await signIn(sessions)
    store.before('principals.epoch', () => {
      throw new Error('connection reset')
    })

    await expect(complete()).rejects.toThrow(code('ERR_SESSION_STORE'))
    expect(await sessions.of('alice').list()).toEqual([])
  })

  test.each(['a new visitor', 'the visitor of an anonymous session'])('%s is owed no token for a sign-in that is refused', async (who) => {
    const { sessions, another } = application()
    const browser = client(sessions)
    if (who !== 'a new visitor') await browser.run((session) => session.set('cart', 'full'))
    const session = browser.open()
    await session.login('alice')
    await another().of('alice').revokeAll()

    await expect(session.commit()).rejects.toThrow(code('ERR_SESSION_LOGIN_REVOKED'))
    expect(session.takeHeaders()).toEqual([])
  })

  test('an attempt is good for its own principal alone', async () => {
    const { sessions } = application()
    const attempt = await sessions.of('mallory').begin()
    await expect(client(sessions).run((session) => session.login('alice', { attempt }))).rejects.toThrow(code('ERR_SESSION_PRINCIPAL'))
  })
})

describe('counterexample `epoch-aba`: an epoch never comes back', () => {
  test('each revocation has a value of its own', async () => {
    const { sessions } = application()
    await sessions.of('alice').revokeAll()
    const complete = await signIn(sessions)
    await sessions.of('alice').revokeAll()

    await expect(complete()).rejects.toThrow(code('ERR_SESSION_LOGIN_REVOKED'))
  })

  test('missing against present counts as raised, both ways', async () => {
    const { sessions, clock } = application()
    const before = await signIn(sessions)
    await sessions.of('alice').revokeAll()
    await expect(before()).rejects.toThrow(code('ERR_SESSION_LOGIN_REVOKED'))

    clock.advance(30 * 24 * 60 * 60_000 - 30 * 60_000)
    const after = await signIn(sessions)
    clock.advance('50m')
    await expect(after(), 'the epoch it began under is forgotten by now').rejects.toThrow(code('ERR_SESSION_LOGIN_REVOKED'))
  })

  test('an epoch is kept longer than the longest sign-in: one that began before it and ends after it is refused', async () => {
    const { sessions, clock } = application()
    const complete = await signIn(sessions)
    await sessions.of('alice').revokeAll()
    clock.advance('30d')

    await expect(complete()).rejects.toThrow(code('ERR_SESSION_LOGIN_REVOKED'))
    expect(await sessions.of('alice').list()).toEqual([])
  })
})

/** A whole login while revokeAll stands still at a call of the store. */
async function revokeBeside(
  { sessions, store, another }: Application,
  when: 'before' | 'after',
  operation: StoreOperation,
  nth: number,
  before: number,
): Promise<void> {
  if (before > 0) await (await signIn(sessions))()
  const complete = await signIn(sessions)
  const step = stopAt(nth)
  store[when](operation, step.hook)
  const revoking = another().of('alice').revokeAll()
  await step.reached
  await complete().catch(() => undefined)
  step.release()
  await revoking
  store[when](operation)
  expect(await sessions.of('alice').list()).toEqual([])
}

describe('counterexample `list-then-raise`: no login slips through', () => {
  test.each([
    ['before', 'principals.raise', 1, 1],
    ['after', 'principals.raise', 1, 1],
    ['before', 'principals.list', 1, 1],
    ['after', 'principals.list', 1, 1],
    ['before', 'principals.deleteMany', 1, 1],
    ['after', 'principals.deleteMany', 1, 1],
    ['before', 'principals.list', 2, 1],
    ['after', 'principals.list', 2, 1],
    ['before', 'principals.list', 1, 0],
    ['after', 'principals.list', 1, 0],
  ] as const)('a whole one, %s %s of revokeAll (call %i, %i sessions before)', async (when, operation, nth, before) => {
    await revokeBeside(application(), when, operation, nth, before)
  })

  test.each([
    ['before', 1, 1],
    ['after', 1, 1],
    ['before', 2, 1],
    ['after', 2, 1],
    ['before', 1, 0],
    ['after', 1, 0],
  ] as const)('a whole one, %s the ids of revokeAll (call %i, %i sessions before)', async (when, nth, before) => {
    await revokeBeside(application({}, storeWithIds()), when, 'principals.ids', nth, before)
  })

  test.each([
    ['before', 'create', 1],
    ['after', 'create', 1],
    ['before', 'principals.epoch', 2],
    ['after', 'principals.epoch', 2],
  ] as const)('a whole revokeAll, %s %s of the login (call %i)', async (when, operation, nth) => {
    const { sessions, store, another } = application()
    const step = stopAt(nth)
    store[when](operation, step.hook)
    const login = (await signIn(sessions))()
    await step.reached
    await another().of('alice').revokeAll()
    step.release()
    await login.catch(() => undefined)

    expect(await sessions.of('alice').list()).toEqual([])
  })

  test('an interrupted one is an error, and calling it again is safe', async () => {
    const { sessions, store } = application()
    for (let i = 0; i < 3; i++) await (await signIn(sessions))()
    store.after('principals.list', () => {
      throw new Error('connection reset')
    })
    await expect(sessions.of('alice').revokeAll()).rejects.toThrow(code('ERR_SESSION_STORE'))
    store.after('principals.list')

    expect(await sessions.of('alice').revokeAll()).toBe(3)
    expect(await sessions.of('alice').revokeAll()).toBe(0)
  })
})

describe('counterexample `except-thief`: the session that is kept gets a new token at once', () => {
  test('so that whoever holds its old one is out too', async () => {
    const { sessions } = application()
    const alice = client(sessions)
    await alice.run((session) => session.login('alice'))
    const [thief, phone] = [alice.copy(), client(sessions)]
    await phone.run((session) => session.login('alice'))
    const { result: ended, setCookies } = await alice.run((session) => sessions.of('alice').revokeAll({ except: session }))

    expect(ended).toBe(1)
    expect(setCookies).toHaveLength(1)
    expect(await principalOf(thief)).toBe(null)
    expect(await principalOf(phone)).toBe(null)
    expect(await principalOf(alice)).toBe('alice')
  })

  test('and what the thief had open cannot write', async () => {
    const { sessions, another } = application()
    const alice = client(sessions)
    await alice.run((session) => session.login('alice'))
    const thief = alice.open(another())
    await thief.load()
    await alice.run((session) => sessions.of('alice').revokeAll({ except: session }))
    thief.set('address', 'of the thief')

    await expect(thief.commit()).rejects.toThrow(code('ERR_SESSION_SUPERSEDED'))
    expect((await alice.run((session) => session.get('address'))).result).toBe(undefined)
  })
})

describe('counterexample `index-idle`: the index holds a session as long as it lives', () => {
  test('however often its idle deadline was moved', async () => {
    const { sessions, clock } = application({ idleTimeout: '30m' })
    const alice = client(sessions)
    await alice.run((session) => session.login('alice'))
    for (let hour = 0; hour < 6; hour++) {
      clock.advance('20m')
      expect(await principalOf(alice)).toBe('alice')
      await settled()
      await sessions.sweep()
    }

    expect(await sessions.of('alice').list()).toHaveLength(1)
    expect(await sessions.of('alice').revokeAll()).toBe(1)
    expect(await principalOf(alice)).toBe(null)
  })
})

describe('a request that finds its session just ended', () => {
  test.each([
    ['logout', 'delete', (alice) => alice.run((session) => session.logout())],
    ['revoke by its id', 'delete', async (alice, sessions) => sessions.revoke((await alice.open().load()).id!)],
    ['revokeAll', 'principals.deleteMany', (_alice, sessions) => sessions.of('alice').revokeAll()],
  ] satisfies [string, StoreOperation, (alice: Client<Record<string, unknown>>, sessions: Sessions) => Promise<unknown>][])(
    'by %s, whose reply is still under way, begins no other with what it writes',
    async (_how, operation, end) => {
      const { sessions, store } = application()
      const alice = client(sessions)
      await alice.run((session) => session.login('alice'))
      const dropped: unknown[] = []
      sessions.on('dropped', (event) => void dropped.push(event))
      const late = alice.open()
      const step = stopAt(1)
      store.after(operation, step.hook)
      const ending = end(alice, sessions)
      await step.reached
      store.reset()
      late.set('cart', 'of alice')
      await late.commit()

      expect([dropped, late.takeHeaders(), store.count('create')]).toEqual([[expect.objectContaining({ operations: 1 })], [], 0])
      step.release()
      await ending
    },
  )
})
