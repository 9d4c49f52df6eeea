import { describe, expect, test } from 'vitest'
import { createSessions } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { scriptedStore } from '../../src/testing/index.ts'
import { SECRET, application, code } from '../_support/application.ts'
import { client } from '../_support/client.ts'

describe('the handle', () => {
  test('sees its own changes before they are saved', async () => {
    const { sessions } = application()
    const browser = client(sessions)
    await browser.run((session) => session.set('cart', ['tea']))
    await browser.run(async (session) => {
      session.update('cart', (cart) => [...(cart as string[]), 'milk'])
      session.increment('visits')
      session.increment('visits', 2)
      expect([await session.get('cart'), await session.get('visits'), await session.has('visits')]).toEqual([['tea', 'milk'], 3, true])
      session.delete('cart')
      expect([await session.get('cart'), await session.has('cart')]).toEqual([undefined, false])
      expect(session.data).toEqual({ visits: 3 })
    })
  })

  test('knows nothing before it is loaded', () => {
    const { sessions } = application()
    const session = sessions.open({ headers: {} })
    for (const read of [() => session.data, () => session.id, () => session.principal, () => session.isNew, () => session.expiresAt]) {
      expect(read).toThrow(code('ERR_SESSION_NOT_LOADED'))
    }
  })

  test('of a new visitor is new until it is saved', async () => {
    const { sessions, clock } = application()
    const session = sessions.open({ headers: {} })
    await session.load()
    expect([session.isNew, session.id, session.principal, session.data]).toEqual([true, undefined, null, {}])
    session.set('cart', 'full')
    expect([session.isNew, session.id, session.data]).toEqual([true, undefined, { cart: 'full' }])
    await session.commit()
    expect([session.isNew, session.id, session.expiresAt]).toEqual([false, expect.stringMatching(/^[\w-]{22}$/), clock.now() + 1_800_000])
    expect(session.takeHeaders()).toEqual([['Set-Cookie', expect.stringContaining('__Host-session-anon=')]])
    expect(session.takeHeaders(), 'once').toEqual([])
  })

  test('data is a read-only snapshot', async () => {
    const { sessions } = application()
    const session = sessions.open({ headers: {} })
    session.set('cart', { items: [1] })
    await session.load()
    const { data } = session
    expect(() => (data['cart'] as { items: number[] }).items.push(2)).toThrow(TypeError)
    session.set('theme', 'dark')
    expect([data, session.data]).toEqual([{ cart: { items: [1] } }, { cart: { items: [1] }, theme: 'dark' }])
  })

  test('can be committed as often as needed, in a socket or a job', async () => {
    const { sessions } = application()
    const browser = client(sessions)
    await browser.run((session) => session.set('visits', 0))
    const socket = browser.open()
    for (let i = 0; i < 3; i++) {
      socket.increment('visits')
      await Promise.all([socket.commit(), socket.commit()])
      await browser.run((session) => session.increment('visits'))
    }
    expect((await browser.run((session) => session.get('visits'))).result).toBe(6)
  })
})

describe('login', () => {
  test('keeps the data of the visitor, under a new token', async () => {
    const { sessions, clock } = application()
    const browser = client(sessions)
    await browser.run((session) => session.set('cart', 'full'))
    const before = (await browser.open().load()).id
    await browser.run(async (session) => {
      await session.login('alice')
      expect(session.principal).toBe('alice')
    })
    const { result } = await browser.run((session) => session.load())
    expect([result.id, result.principal, result.data, result.authenticatedAt]).toEqual([before, 'alice', { cart: 'full' }, clock.now()])
  })

  test('keep says which of it', async () => {
    const { sessions } = application()
    const browser = client(sessions)
    await browser.run((session) => {
      session.set('cart', 'full')
      session.set('draft', 'private')
    })
    await browser.run(async (session) => {
      session.set('early', 1)
      await session.login('alice', { keep: ['cart'] })
      session.set('late', 1)
      expect(session.data).toEqual({ cart: 'full', late: 1 })
    })
    expect((await browser.run((session) => session.load())).result.data).toEqual({ cart: 'full', late: 1 })
  })

  test('of the same person again is the same session, and drops nothing', async () => {
    const { sessions } = application()
    const browser = client(sessions)
    await browser.run((session) => session.login('alice'))
    await browser.run((session) => session.set('cart', 'full'))
    const [old, before] = [browser.copy(), (await browser.open().load()).id]
    const { setCookies } = await browser.run((session) => session.login('alice', { keep: [] }))
    expect(setCookies).toHaveLength(1)
    expect((await browser.run((session) => session.load())).result).toMatchObject({ id: before, data: { cart: 'full' } })
    expect((await old.open().load()).principal).toBe(null)
  })

  test.each(['', undefined, null, 42, {}, 'a\u0000b', 'bob\uD800', '\uDFFFbob', 'x'.repeat(1_025), '€'.repeat(342)])(
    'needs somebody: %j',
    async (principal) => {
      const { sessions } = application()
      await expect(client(sessions).run((session) => session.login(principal as string))).rejects.toThrow(code('ERR_SESSION_PRINCIPAL'))
      expect(() => sessions.of(principal as string)).toThrow(code('ERR_SESSION_PRINCIPAL'))
    },
  )

  test('works with a store that cannot find sessions by principal; listing says what is missing', async () => {
    const { load, create, update, touch, delete: remove, close } = scriptedStore(memoryStore())
    const sessions = createSessions({ secrets: [SECRET], store: { load, create, update, touch, delete: remove, close } })
    const browser = client(sessions)
    await browser.run((session) => session.login('alice'))
    expect((await browser.open().load()).principal).toBe('alice')
    await expect(sessions.of('alice').list()).rejects.toThrow(code('ERR_SESSION_CAPABILITY'))
    await expect(sessions.of('alice').revokeAll()).rejects.toThrow(code('ERR_SESSION_CAPABILITY'))
  })
})

describe.each(['logout', 'destroy'] as const)('%s', (end) => {
  test('ends the session, and takes the token away', async () => {
    const { sessions } = application()
    const browser = client(sessions)
    await browser.run((session) => session.login('alice'))
    const copy = browser.copy()
    const { result, setCookies } = await browser.run(async (session) => {
      await session[end]()
      return [session.principal, session.id, session.isNew, session.data]
    })
    expect(result).toEqual([null, undefined, true, {}])
    expect(setCookies).toEqual([expect.stringMatching(/^__Host-session=; Max-Age=0/)])
    expect(browser.jar.size).toBe(0)
    expect((await copy.open().load()).principal).toBe(null)
    expect(await sessions.of('alice').list()).toEqual([])
  })

  test('drops what was changed before, and what is set afterwards begins an anonymous session', async () => {
    const { sessions } = application()
    const browser = client(sessions)
    await browser.run((session) => session.login('alice'))
    const before = (await browser.open().load()).id
    await browser.run(async (session) => {
      session.set('draft', 'private')
      await session[end]()
      session.set('theme', 'dark')
    })
    const { result } = await browser.run((session) => session.load())
    expect([result.principal, result.data]).toEqual([null, { theme: 'dark' }])
    expect(result.id).not.toBe(before)
    expect([...browser.jar.keys()]).toEqual(['__Host-session-anon'])
  })

  test('and a login in the same request is a new session', async () => {
    const { sessions } = application()
    const browser = client(sessions)
    await browser.run((session) => session.login('alice'))
    const before = (await browser.open().load()).id
    await browser.run(async (session) => {
      await session[end]()
      await session.login('alice')
    })
    const { result } = await browser.run((session) => session.load())
    expect(result.principal).toBe('alice')
    expect(result.id).not.toBe(before)
    expect(await sessions.of('alice').list()).toHaveLength(1)
  })

  test('takes both tokens away from who has an anonymous one left over', async () => {
    const { sessions } = application()
    const browser = client(sessions)
    await browser.run((session) => session.set('cart', 'full'))
    const leftOver = browser.copy().jar
    await browser.run((session) => session.login('alice'))
    for (const [name, value] of leftOver) browser.jar.set(name, value)
    expect([...browser.jar.keys()].toSorted()).toEqual(['__Host-session', '__Host-session-anon'])
    await browser.run((session) => session[end]())
    expect(browser.jar.size).toBe(0)
  })

  test('of an anonymous session ends it too', async () => {
    const { sessions } = application()
    const browser = client(sessions)
    await browser.run((session) => session.set('cart', 'full'))
    const copy = browser.copy()
    await browser.run((session) => session[end]())
    expect(browser.jar.size).toBe(0)
    expect(await copy.open().get('cart')).toBe(undefined)
  })

  test('that the store did not do is an error, takes no cookie away, and can be tried again', async () => {
    const { sessions, store } = application()
    const browser = client(sessions)
    await browser.run((session) => session.login('alice'))
    const handle = browser.open()
    await handle[end]()
    store.before('delete', ({ nth }) => {
      if (nth === 1) throw new Error('connection reset')
    })
    await expect(handle.commit()).rejects.toThrow(code('ERR_SESSION_STORE'))
    expect(handle.takeHeaders()).toEqual([])
    await handle.commit()
    expect(handle.takeHeaders()).toHaveLength(1)
    expect(await sessions.of('alice').list()).toEqual([])
  })
})

describe('flash messages', () => {
  test.each([undefined, 1n, { text: 'Saved' }])('%s is none', async (message) => {
    const { sessions } = application()
    const flashing = client(sessions).run((session) => session.flash('ok', message as unknown as string))
    await expect(flashing).rejects.toThrow(code('ERR_SESSION_VALUE_TYPE'))
  })

  test.each([
    ['HEAD', {}],
    ['GET', { 'sec-purpose': 'prefetch;prerender' }],
    ['GET', { 'sec-purpose': 'prefetch' }],
    ['GET', { purpose: 'prefetch' }],
    ['GET', { 'x-sec-purpose': 'prefetch' }],
  ])('%s with %o shows them, and leaves them for the page that somebody sees', async (method, headers) => {
    const { sessions, store } = application()
    const browser = client(sessions)
    await browser.run((session) => session.flash('ok', 'Saved'))
    store.reset()
    const ahead = sessions.open({ method, headers: { ...headers, cookie: [...browser.jar].map((pair) => pair.join('=')).join('; ') } })
    expect(await ahead.takeFlash('ok')).toEqual(['Saved'])
    await ahead.commit()
    expect([store.count('load'), store.count()], 'nothing was written').toEqual([1, 1])
    expect((await browser.run((session) => session.takeFlash('ok'))).result).toEqual(['Saved'])
    expect((await browser.run((session) => session.takeFlash('ok'))).result).toEqual([])
  })

  test('wait for a later request, in order, by type, and are taken once', async () => {
    const { sessions } = application()
    const browser = client(sessions)
    await browser.run((session) => {
      session.flash('ok', 'Saved')
      session.flash('ok', 'Sent')
      session.flash('error', 'No')
    })
    expect((await browser.run((session) => session.takeFlash('ok'))).result).toEqual(['Saved', 'Sent'])
    expect((await browser.run((session) => session.takeFlash('ok'))).result).toEqual([])
    expect((await browser.run((session) => session.takeFlash('error'))).result).toEqual(['No'])
  })

  test('can be taken by the request that left them, and then nothing is stored', async () => {
    const { sessions, store } = application()
    const { result, setCookies } = await client(sessions).run(async (session) => {
      session.flash('ok', 'Saved')
      return [await session.takeFlash('ok'), await session.takeFlash('ok')]
    })
    expect([result, setCookies, store.count()]).toEqual([[['Saved'], []], [], 0])
  })

  test('taking none changes nothing', async () => {
    const { sessions, store } = application()
    const browser = client(sessions)
    await browser.run((session) => session.set('cart', 'full'))
    store.reset()
    await browser.run((session) => session.takeFlash('ok'))
    expect([store.count('load'), store.count()]).toEqual([1, 1])
  })

  test('lie beside the data, and survive a login', async () => {
    const { sessions } = application()
    const browser = client(sessions)
    await browser.run((session) => session.flash('ok', 'Welcome'))
    await browser.run((session) => session.login('alice', { keep: [] }))
    const { result } = await browser.run((session) => session.load())
    expect(result.data).toEqual({})
    expect((await browser.run((session) => session.takeFlash('ok'))).result).toEqual(['Welcome'])
  })
})
