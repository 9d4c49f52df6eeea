import { describe, expect, test } from 'vitest'
import { createSessions } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { scriptedStore } from '../../src/testing/index.ts'
import { SECRET, application, code, settled, stopAt } from '../_support/application.ts'
import type { Application } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import type { Client } from '../_support/client.ts'

const SIGNED_IN = '__Host-session'
const ANONYMOUS = '__Host-session-anon'

type Browser = Client<Record<string, unknown>>

interface Two extends Application {
  readonly alice: Browser
  readonly bob: Browser
  readonly refused: unknown[]
}

async function two(): Promise<Two> {
  const app = application()
  const refused: unknown[] = []
  app.sessions.on('refused', (event) => void refused.push(event))
  const [alice, bob] = [client(app.sessions), client(app.sessions)]
  await alice.run((session) => session.login('alice'))
  await bob.run((session) => session.login('bob'))
  app.store.reset()
  return { ...app, alice, bob, refused }
}

/** Who a request with these cookies is. */
async function principalWith({ sessions }: Application, ...cookies: (readonly [name: string, value: string])[]): Promise<string | null> {
  const session = sessions.open({ headers: { cookie: cookies.map(([name, value]) => `${name}=${value}`).join('; ') } })
  return (await session.load()).principal
}

const garbage = 'A'.repeat(64)

describe('several cookies', () => {
  test('a dead signed-in session does not hide a living anonymous one', async () => {
    const { sessions } = application()
    const browser = client(sessions)
    await browser.run((session) => session.login('alice'))
    const dead = browser.jar.get(SIGNED_IN)!
    await browser.run((session) => session.logout())
    await browser.run((session) => session.set('cart', 'full'))
    browser.jar.set(SIGNED_IN, dead)

    const { result, setCookies } = await browser.run((session) => session.get('cart'))
    expect(result).toBe('full')
    expect(setCookies, 'and is not cleared by the way').toEqual([])
    await browser.run((session) => session.set('cart', 'fuller'))
    expect((await browser.run((session) => session.get('cart'))).result).toBe('fuller')
  })

  test('a living signed-in session wins', async () => {
    const app = await two()
    const anonymous = client(app.sessions)
    await anonymous.run((session) => session.set('cart', 'full'))
    const cookies = [
      [ANONYMOUS, anonymous.jar.get(ANONYMOUS)!],
      [SIGNED_IN, app.alice.jar.get(SIGNED_IN)!],
    ] as const
    expect(await principalWith(app, ...cookies)).toBe('alice')
    expect(await principalWith(app, ...cookies.toReversed())).toBe('alice')
  })

  test('genuine tokens of two sessions are both refused, with an event: somebody planted one', async () => {
    const app = await two()
    const [alice, bob] = [app.alice.jar.get(SIGNED_IN)!, app.bob.jar.get(SIGNED_IN)!]
    for (const tokens of [
      [alice, bob],
      [bob, alice],
      [alice, bob, alice],
      [alice, alice, bob],
    ]) {
      expect(await principalWith(app, ...tokens.map((token) => [SIGNED_IN, token] as const))).toBe(null)
      expect(app.refused.splice(0)).toMatchObject([{ reason: 'ambiguous' }])
    }
    expect(app.store.count()).toBe(app.store.count('load'))
  })

  test('an anonymous one beside them is still good', async () => {
    const app = await two()
    const browser = client(app.sessions)
    await browser.run((session) => session.set('cart', 'full'))
    const cookies = [[SIGNED_IN, app.alice.jar.get(SIGNED_IN)!], [SIGNED_IN, app.bob.jar.get(SIGNED_IN)!], ...browser.jar]
    const session = app.sessions.open({ headers: { cookie: cookies.map((pair) => pair.join('=')).join('; ') } })
    expect([await session.get('cart'), session.principal]).toEqual(['full', null])
  })

  test('the same token twice, or garbage beside it, is no ambiguity', async () => {
    const app = await two()
    const token = app.alice.jar.get(SIGNED_IN)!
    expect(await principalWith(app, [SIGNED_IN, token], [SIGNED_IN, token])).toBe('alice')
    expect(await principalWith(app, [SIGNED_IN, garbage], [SIGNED_IN, token], [SIGNED_IN, ''])).toBe('alice')
    expect(app.refused).toEqual([])
  })

  test('of several tokens of one session the highest generation counts', async () => {
    const app = await two()
    const old = app.alice.jar.get(SIGNED_IN)!
    await app.alice.run((session) => session.rotate())
    const current = app.alice.jar.get(SIGNED_IN)!
    expect(await principalWith(app, [SIGNED_IN, old], [SIGNED_IN, current])).toBe('alice')
    expect(await principalWith(app, [SIGNED_IN, current], [SIGNED_IN, old])).toBe('alice')
  })

  test('a token under the name of the other channel is refused', async () => {
    const app = await two()
    expect(await principalWith(app, [ANONYMOUS, app.alice.jar.get(SIGNED_IN)!])).toBe(null)
    expect(app.store.count()).toBe(0)
  })
})

describe('the Cookie header', () => {
  test.each<[what: string, header: (token: string) => string, principal: string | null]>([
    ['among others', (token) => `a=b; ${SIGNED_IN}=${token}; c=d`, 'alice'],
    ['with blanks', (token) => `  ${SIGNED_IN} = ${token}  ;x`, 'alice'],
    ['in quotes', (token) => `${SIGNED_IN}="${token}"`, 'alice'],
    ['without a blank after the semicolon', (token) => `a=b;${SIGNED_IN}=${token};`, 'alice'],
    ['after a cookie with this text as value', (token) => `a=${SIGNED_IN}=x; ${SIGNED_IN}=${token}`, 'alice'],
    ['after a nameless one (CVE-2023-23934)', (token) => `=${SIGNED_IN}=${token}`, null],
    ['with a name that only ends so', (token) => `x${SIGNED_IN}=${token}`, null],
    ['with a name that only begins so', (token) => `${SIGNED_IN}x=${token}`, null],
    ['in other case', (token) => `${SIGNED_IN.toUpperCase()}=${token}`, null],
    ['without the prefix', (token) => `session=${token}`, null],
    ['without a value', () => SIGNED_IN, null],
    ['encoded', (token) => `${SIGNED_IN}=%${token.charCodeAt(0).toString(16)}${token.slice(1)}`, null],
  ])('%s', async (_what, header, principal) => {
    const { sessions, alice } = await two()
    const session = sessions.open({ headers: { cookie: header(alice.jar.get(SIGNED_IN)!) } })
    expect((await session.load()).principal).toBe(principal)
  })

  test('in each form that requests have', async () => {
    const { sessions, alice } = await two()
    const cookie = `${SIGNED_IN}=${alice.jar.get(SIGNED_IN)!}`
    for (const headers of [
      { cookie },
      { cookie: ['a=b', cookie] },
      new Headers({ cookie }),
      new Map([['cookie', cookie]]) as unknown as Headers,
    ]) {
      expect((await sessions.open({ headers }).load()).principal).toBe('alice')
    }
    expect((await sessions.open({ headers: {} }).load()).principal).toBe(null)
  })
})

describe('what it costs', () => {
  test('a handler that does not use the session: nothing, and the response stays as it is', async () => {
    const { alice, store } = await two()
    const { response } = await alice.run(() => 'unused')
    expect([store.count(), [...response.headers.keys()]]).toEqual([0, ['content-type']])
  })

  test('a forged token: nothing', async () => {
    const { sessions, store } = await two()
    const browser = client(
      sessions,
      new Map([
        [SIGNED_IN, garbage],
        [ANONYMOUS, garbage],
      ]),
    )
    const { setCookies } = await browser.run((session) => session.load())
    expect([store.count(), setCookies]).toEqual([0, []])
  })

  test('all reads of a request: one call', async () => {
    const { alice, store } = await two()
    await alice.run(async (session) => {
      await Promise.all([session.get('a'), session.has('b'), session.load()])
      await session.takeFlash('ok')
      return [session.data, session.principal]
    })
    expect([store.count('load'), store.count()]).toEqual([1, 1])
  })

  test('an anonymous visit that stores nothing: nothing', async () => {
    const { sessions, store } = application()
    const { result, setCookies } = await client(sessions).run(async (session) => {
      session.delete('a')
      session.set('b', 1)
      session.delete('b')
      await session.rotate()
      await session.logout()
      return [session.isNew, session.id]
    })
    expect([result, setCookies, store.count()]).toEqual([[true, undefined], [], 0])
  })

  test('a load that failed is tried again by the next read', async () => {
    const { alice, store } = await two()
    store.before('load', ({ nth }) => {
      if (nth === 1) throw new Error('connection reset')
    })
    const { result } = await alice.run(async (session) => {
      await expect(session.get('a')).rejects.toThrow(code('ERR_SESSION_STORE'))
      return (await session.load()).principal
    })
    expect(result).toBe('alice')
  })
})

describe('a request and its response', () => {
  test('one request has one handle', async () => {
    const { sessions } = application()
    const request = new Request('http://shop.test/')
    expect(sessions.open(request)).toBe(sessions.open(request))
    expect(sessions.open(request)).not.toBe(sessions.open(new Request('http://shop.test/')))
  })

  test('whoever used the session makes the response vary, and private', async () => {
    const { alice } = await two()
    const { response } = await alice.run((session) => session.load())
    expect([response.headers.get('vary'), response.headers.get('cache-control')]).toEqual(['Cookie', 'private'])
    const { response: withCookie } = await alice.run((session) => session.rotate())
    expect([withCookie.headers.get('vary'), withCookie.headers.get('cache-control')]).toEqual(['Cookie', 'no-store'])
  })

  test('a handler that throws saves nothing', async () => {
    const { sessions, store } = application()
    const browser = client(sessions)
    const visit = browser.run((session) => {
      session.set('cart', 'full')
      throw new Error('no')
    })
    await expect(visit).rejects.toThrow('no')
    expect([store.count(), browser.jar.size]).toEqual([0, 0])
  })

  test('what changes the session after the response is told', async () => {
    const { sessions } = application()
    const { result: session } = await client(sessions).run((handle) => handle)
    expect(() => session.set('cart', 'full')).toThrow(code('ERR_SESSION_COMMITTED'))
    await expect(session.login('alice')).rejects.toThrow(code('ERR_SESSION_COMMITTED'))
  })

  test.each([
    ['*', 'no-cache', '*', 'private, no-cache'],
    ['Accept', 'public, max-age=60', 'Accept, Cookie', 'private, max-age=60'],
    ['Accept, cookie', 'private, s-maxage=60', 'Accept, cookie', 'private'],
    ['Accept', 'private, max-age=60', 'Accept, Cookie', 'private, max-age=60'],
    ['Accept', 'no-store', 'Accept, Cookie', 'no-store'],
  ])("a handler's own Vary: %s and Cache-Control: %s become what no shared cache keeps", async (vary, cache, varied, kept) => {
    const { headers } = await application().sessions.handle(new Request('http://shop.test/'), async (session) => {
      await session.load()
      return new Response('ok', { headers: { Vary: vary, 'Cache-Control': cache } })
    })
    expect([headers.get('vary'), headers.get('cache-control')]).toEqual([varied, kept])
  })

  test('no response is there before the save', async () => {
    const { sessions, store } = application()
    const write = stopAt(1)
    store.before('create', write.hook)
    let answered = false
    const visit = client(sessions)
      .run((session) => session.set('cart', 'full'))
      .then(() => (answered = true))
    await write.reached
    await settled()
    expect(answered).toBe(false)
    write.release()
    await visit
  })

  test('a redirect keeps its cookies and its place', async () => {
    const { sessions } = application()
    const response = await sessions.handle(new Request('http://shop.test/'), (session) => {
      session.set('cart', 'full')
      return Response.redirect('http://shop.test/cart', 303)
    })
    expect([response.status, response.headers.get('location'), response.headers.getSetCookie().length]).toEqual([
      303,
      'http://shop.test/cart',
      1,
    ])
  })
})

describe('a visitor who comes back with the cookie of a session long gone', () => {
  test('begins a new one with the first write', async () => {
    const { sessions, clock } = application()
    const browser = client(sessions)
    await browser.run((session) => session.set('cart', 'full'))
    const { id } = await browser.open().load()
    clock.advance('31m')
    const { setCookies } = await browser.run((session) => session.set('cart', 'new'))
    expect(setCookies).toHaveLength(1)
    expect((await browser.run((session) => session.load())).result.data).toEqual({ cart: 'new' })
    expect((await browser.open().load()).id).not.toBe(id)
  })

  test('but what was open when the session was ended writes nothing, although it had not read it', async () => {
    const { sessions, store } = application()
    const browser = client(sessions)
    await browser.run((session) => session.login('alice'))
    const late = browser.open()
    await browser.run((session) => session.logout())
    store.reset()
    late.set('cart', 'of alice')
    await late.commit()
    expect(late.takeHeaders()).toEqual([])
    expect(store.count('create')).toBe(0)
  })
})

describe('two applications in one store', () => {
  const store = scriptedStore(memoryStore())
  const shop = createSessions({ secrets: [SECRET], store, name: 'shop' })
  const blog = createSessions({ secrets: [SECRET], store, name: 'blog' })

  test('do not know each other, nor let one end the sessions of the other', async () => {
    const [inShop, inBlog] = [client(shop), client(blog)]
    await inShop.run((session) => session.login('alice'))
    await inBlog.run((session) => session.login('alice'))
    expect([...inShop.jar.keys(), ...inBlog.jar.keys()]).toEqual(['__Host-shop', '__Host-blog'])
    const id = (await inShop.open().load()).id!

    expect((await shop.of('alice').list()).map((info) => info.id)).toEqual([id])
    expect(await blog.revoke(id)).toBe(false)
    expect(await blog.of('alice').revoke(id)).toBe(false)
    expect(await blog.of('alice').revokeAll()).toBe(1)
    expect((await inShop.open().load()).principal).toBe('alice')
    expect(await blog.of('alice').list()).toEqual([])
  })

  test('a token of one under the name of the other costs nothing and finds nothing', async () => {
    const inShop = client(shop)
    await inShop.run((session) => session.login('alice'))
    store.reset()
    const moved = client(blog, new Map([['__Host-blog', inShop.jar.get('__Host-shop')!]]))
    expect((await moved.open().load()).principal).toBe(null)
    expect(store.count()).toBe(0)
  })

  test('a sign-in to one is not refused because the other revoked all', async () => {
    const attempt = await shop.of('alice').begin()
    await blog.of('alice').revokeAll()
    const browser = client(shop)
    await browser.run((session) => session.login('alice', { attempt }))
    expect((await browser.open().load()).principal).toBe('alice')
  })
})
