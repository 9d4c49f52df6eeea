import { describe, expect, test } from 'vitest'
import { application, code, settled, signal, stopAt } from '../_support/application.ts'
import { client } from '../_support/client.ts'

describe('counterexample `fixed-write`: what was opened with a planted token before the login writes nothing into the signed-in session', () => {
  test.each([
    ['in another process', true],
    ['in the same process', false],
  ])('%s, when it is saved after the login', async (_where, elsewhere) => {
    const { sessions, another } = application()
    const attacker = client(sessions)
    await attacker.run((session) => session.set('cart', 'planted'))
    const alice = attacker.copy()
    const [loaded, isLoaded] = signal()
    const [signedIn, isSignedIn] = signal()
    const late = attacker.run(
      async (session) => {
        await session.load()
        isLoaded()
        await signedIn
        session.set('address', 'of the attacker')
      },
      { at: elsewhere ? another() : sessions },
    )
    await loaded
    await alice.run((session) => session.login('alice'))
    isSignedIn()

    await expect(late).rejects.toThrow(code('ERR_SESSION_SUPERSEDED'))
    expect((await alice.run((session) => session.load())).result.data).toEqual({ cart: 'planted' })
  })

  test('when the login comes between its read and its write, so that it is merged again', async () => {
    const { sessions, store, another } = application()
    const attacker = client(sessions)
    await attacker.run((session) => session.set('cart', 'planted'))
    const alice = attacker.copy()
    const write = stopAt(1)
    store.before('update', write.hook)
    const late = attacker.run((session) => session.set('address', 'of the attacker'))
    await write.reached
    await alice.run((session) => session.login('alice'), { at: another() })
    write.release()

    await expect(late).rejects.toThrow(code('ERR_SESSION_SUPERSEDED'))
    expect((await alice.run((session) => session.get('address'))).result).toBe(undefined)
  })

  test('when it waits in the queue behind the login', async () => {
    const { sessions, store } = application()
    const attacker = client(sessions)
    await attacker.run((session) => session.set('cart', 'planted'))
    const alice = attacker.copy()
    const handle = attacker.open()
    await handle.load()
    handle.set('address', 'of the attacker')
    const write = stopAt(1)
    store.before('update', write.hook)
    const login = alice.run((session) => session.login('alice'))
    await write.reached
    const late = handle.commit()
    late.catch(() => undefined)
    await settled()
    write.release()
    await login

    await expect(late).rejects.toThrow(code('ERR_SESSION_SUPERSEDED'))
    await expect(handle.commit(), 'nothing is left to be saved').resolves.toBe(undefined)
    expect((await alice.run((session) => session.get('address'))).result).toBe(undefined)
  })

  test('when it writes blindly: it is authenticated at commit, and gets a session of its own', async () => {
    const { sessions } = application()
    const attacker = client(sessions)
    await attacker.run((session) => session.set('cart', 'planted'))
    const alice = attacker.copy()
    const blind = attacker.open()
    blind.set('address', 'of the attacker')
    await alice.run((session) => session.login('alice'))
    await blind.commit()

    const { result } = await alice.run((session) => session.load())
    expect(result.data).toEqual({ cart: 'planted' })
    expect(blind.id).not.toBe(result.id)
    expect(blind.principal).toBe(null)
  })

  test('and the old token reads nothing afterwards, without an alarm', async () => {
    const { sessions } = application()
    const alarms: unknown[] = []
    sessions.on('reuse', (event) => void alarms.push(event))
    const attacker = client(sessions)
    await attacker.run((session) => session.set('cart', 'planted'))
    const alice = attacker.copy()
    await alice.run((session) => session.login('alice'))
    const { result } = await attacker.run(async (session) => [await session.get('cart'), session.principal, session.id])

    expect(result).toEqual([undefined, null, undefined])
    expect(alarms).toEqual([])
    expect((await alice.run(async (session) => (await session.load()).principal)).result).toBe('alice')
  })

  test('and the same holds from one privilege to the next: rotate() refuses what was opened before', async () => {
    const { sessions, another } = application()
    const alice = client(sessions)
    await alice.run((session) => session.login('alice'))
    const thief = alice.open(another())
    await thief.load()
    await alice.run((session) => session.rotate())
    thief.set('address', 'of the thief')

    await expect(thief.commit()).rejects.toThrow(code('ERR_SESSION_SUPERSEDED'))
  })
})

describe('counterexample `vanished-login`: a login on a record that has vanished starts a new session', () => {
  test.each(['before', 'during'])('when the record ends %s the write', async (when) => {
    const { sessions, store, another } = application()
    const visitor = client(sessions)
    const { result: id } = await visitor.run(async (session) => {
      session.set('cart', 'full')
      await session.commit()
      return session.id!
    })
    const write = stopAt(1)
    if (when === 'during') store.before('update', write.hook)
    const visit = visitor.run(async (session) => {
      await session.login('alice')
      session.set('welcome', true)
      if (when === 'before') await another().revoke(id)
    })
    if (when === 'during') {
      await write.reached
      await another().revoke(id)
      write.release()
    }
    await visit

    const { result } = await visitor.run((session) => session.load())
    expect(result.principal).toBe('alice')
    expect(result.id).not.toBe(id)
    expect(result.data).toEqual({ welcome: true })
    expect((await sessions.of('alice').list()).map((info) => info.id)).toEqual([result.id])
  })

  test('data ends quietly: nothing is written, no cookie is sent, an event says so', async () => {
    const { sessions, store, another } = application()
    const dropped: unknown[] = []
    sessions.on('dropped', (event) => void dropped.push(event))
    const visitor = client(sessions)
    await visitor.run((session) => session.set('cart', 'full'))
    store.reset()
    const { result: id, setCookies } = await visitor.run(async (session) => {
      const { id } = await session.load()
      await another().revoke(id!)
      session.set('cart', 'fuller')
      return id
    })

    expect(dropped).toEqual([{ id, operations: 1 }])
    expect(setCookies).toEqual([])
    expect(store.count('create')).toBe(0)
    expect((await visitor.run((session) => session.get('cart'))).result).toBe(undefined)
  })

  test('a change of privilege cannot be done without the session: ERR_SESSION_GONE', async () => {
    const { sessions, another } = application()
    const alice = client(sessions)
    await alice.run((session) => session.login('alice'))
    const visit = alice.run(async (session) => {
      await session.rotate()
      await another().revoke(session.id!)
    })

    await expect(visit).rejects.toThrow(code('ERR_SESSION_GONE'))
  })
})

describe('counterexample `two-principals`: whose session it is never changes', () => {
  test('signing in as somebody else ends the old session and begins a new one', async () => {
    const { sessions, store } = application()
    const browser = client(sessions)
    await browser.run(async (session) => {
      await session.login('alice')
      session.set('cart', 'of alice')
    })
    const { result: aliceId } = await browser.run(async (session) => (await session.load()).id!)
    await browser.run((session) => session.login('bob'))

    const { result } = await browser.run((session) => session.load())
    expect([result.principal, result.data]).toEqual(['bob', {}])
    expect(result.id).not.toBe(aliceId)
    expect(await sessions.of('alice').revokeAll()).toBe(0)
    expect((await browser.run(async (session) => (await session.load()).principal)).result).toBe('bob')
    expect(store.count('delete')).toBe(1)
  })

  test.each([
    ['one process', false],
    ['two processes', true],
  ])('two sign-ins at once from one anonymous session end in two sessions, in %s', async (_where, elsewhere) => {
    const { sessions, store, another } = application()
    const browser = client(sessions)
    await browser.run((session) => session.set('cart', 'full'))
    const other = browser.copy()
    const write = stopAt(1)
    store.before('update', write.hook)
    const alice = browser.run((session) => session.login('alice'))
    await write.reached
    const bob = other.run((session) => session.login('bob'), elsewhere ? { at: another() } : {})
    if (elsewhere) await bob
    else await settled()
    write.release()
    await Promise.all([alice, bob])

    const principals = [browser, other].map(async (each) => (await each.run((session) => session.load())).result)
    const [ofAlice, ofBob] = await Promise.all(principals)
    expect([ofAlice!.principal, ofBob!.principal]).toEqual(['alice', 'bob'])
    expect(ofAlice!.id).not.toBe(ofBob!.id)
    expect(await sessions.of('alice').revokeAll()).toBe(1)
    expect((await other.run(async (session) => (await session.load()).principal)).result).toBe('bob')
  })
})

describe('counterexample `late-anonymous`: a slow first response does not sign anybody out', () => {
  test('when it arrives after the login', async () => {
    const { sessions } = application()
    const browser = client(sessions)
    const [signedIn, isSignedIn] = signal()
    const slow = browser.run(async (session) => {
      session.set('banner', 'seen')
      await signedIn
    })
    await browser.run(async (session) => {
      await session.login('alice')
      session.set('cart', 'full')
    })
    isSignedIn()
    expect((await slow).setCookies).toHaveLength(1)

    const { result } = await browser.run((session) => session.load())
    expect([result.principal, result.data]).toEqual(['alice', { cart: 'full' }])
  })

  test('and the cookie of the anonymous session goes when that session is signed in', async () => {
    const { sessions } = application()
    const browser = client(sessions)
    await browser.run((session) => session.set('cart', 'full'))
    expect([...browser.jar.keys()]).toEqual(['__Host-session-anon'])
    await browser.run((session) => session.login('alice'))
    expect([...browser.jar.keys()]).toEqual(['__Host-session'])
  })
})
