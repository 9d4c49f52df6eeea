/** What a token that stands in an address or a form is good for, and when it is good for nothing. */
import { describe, expect, test } from 'vitest'
import type { LinkOptions, Session, Sessions } from '../../src/index.ts'
import { formTransport } from '../../src/transports/form.ts'
import { urlTransport } from '../../src/transports/url.ts'
import { secretOf } from '../../src/core/crypto/keys.ts'
import { LinkCodec } from '../../src/core/token/link-token.ts'
import { SECRET, application, code, stopAt } from '../_support/application.ts'
import { foreignAddresses, ownAddresses } from '../_support/addresses.ts'
import { ask, cartSeen, requestOf, tokenIn, withSession } from './requests.ts'
import type { Asked } from './requests.ts'

const byUrl = () => application({ transport: urlTransport() })
const byForm = () => application({ transport: formTransport() })

interface Way {
  readonly open: typeof byUrl
  readonly write: (options?: LinkOptions) => (session: Session) => string
  readonly follow: (written: string, path?: string) => Asked
}

const ways: [name: string, way: Way][] = [
  [
    'an address',
    {
      open: byUrl,
      write: (options) => (session) => session.url(options?.path ?? '/', options),
      follow: (written, path = '/') => ({ method: 'POST', url: `${path}?session=${tokenIn(written)}` }),
    },
  ],
  [
    'a form',
    {
      open: byForm,
      write: (options) => (session) => session.field(options),
      follow: (written, path = '/') => ({ url: path, form: { session: tokenIn(written) } }),
    },
  ],
]

describe.each(ways)('the token of %s', (_name, { open, write, follow }) => {
  test('leads back to the session, from another process too', async () => {
    const { sessions, another } = open()
    const written = await withSession(sessions, write())
    for (const each of [sessions, another()]) expect(await cartSeen(each, follow(written, '/anywhere'))).toEqual(['mug'])
  })

  test('is not there while nothing is stored: a visit creates nothing', async () => {
    const { sessions, store } = open()
    const { result } = await ask(sessions, {}, async (session) => write({ path: '/cart' })(await session.load()))
    expect(result).toMatch(/^(\/cart)?$/)
    expect(store.count()).toBe(0)
  })

  test('is known only after the load', () => {
    const { sessions } = open()
    expect(() => write()(sessions.open(requestOf({})))).toThrow(code('ERR_SESSION_NOT_LOADED'))
  })

  test.each<[string, (session: Session) => unknown]>([
    ['a new session', (session) => session.set('cart', [])],
    ['a login', (session) => session.login('anna')],
  ])('is known only when %s is saved', async (_what, change) => {
    const { sessions } = open()
    const session = sessions.open(requestOf({}))
    await session.load()
    await change(session)
    expect(() => write()(session)).toThrow(code('ERR_SESSION_LINK_UNSAVED'))
    await session.commit()
    expect(tokenIn(write()(session))).toHaveLength(84)
  })

  test('is known only when the login of a known visitor is saved', async () => {
    const { sessions } = open()
    const session = sessions.open(requestOf(follow(await withSession(sessions, write()))))
    await session.login('anna')
    expect(() => write()(session)).toThrow(code('ERR_SESSION_LINK_UNSAVED'))
  })

  test('is what it is to the letter', async () => {
    const { sessions, store } = open()
    const token = tokenIn(await withSession(sessions, write()))
    store.reset()
    const asked = follow(`?session=${token}`)
    const others = 'AZaz09-_+/'.split('').concat('\u0141', '%00', '')
    for (let at = 0; at < token.length; at++) {
      for (const other of others.filter((each) => each !== token[at])) {
        const changed = token.slice(0, at) + other + token.slice(at + 1)
        const request =
          'form' in asked ? { ...asked, form: { session: changed } } : { ...asked, url: `/?session=${encodeURIComponent(changed)}` }
        expect(await cartSeen(sessions, request), `${other} at ${at}`).toBe(undefined)
      }
    }
    expect(store.count()).toBe(0)
  })

  test('is known only when a rotation is saved, and needs nothing saved for data', async () => {
    const { sessions } = open()
    const written = await withSession(sessions, write())
    const session = sessions.open(requestOf(follow(written)))
    await session.load()
    session.set('cart', [])
    const before = write()(session)
    await session.rotate()
    expect(() => write()(session)).toThrow(code('ERR_SESSION_LINK_UNSAVED'))
    await session.commit()
    expect(await cartSeen(sessions, follow(before))).toBe(undefined)
    expect(await cartSeen(sessions, follow(write()(session)))).toEqual([])
  })

  test('is another each time, and holds nothing of the record but its public name', async () => {
    const { sessions } = open()
    const session = sessions.open(requestOf({}))
    session.set('cart', ['mug'])
    await session.commit()
    const tokens = Array.from({ length: 50 }, () => Buffer.from(tokenIn(write()(session)), 'base64url'))
    const secrets = tokens.map((token) => token.subarray(37, 53).toString('hex'))
    expect(new Set(secrets).size).toBe(50)
    expect(tokens[0]!.subarray(3, 19).toString('base64url')).toBe(session.id)
  })

  test('is the one the page came with while the store is down, if that is genuine', async () => {
    const { sessions, store } = open()
    const written = await withSession(sessions, write())
    const planted = `?session=${'A'.repeat(84)}`
    store.before('load', () => {
      throw new Error('down')
    })
    const seen = async (asked: Asked): Promise<string> => {
      const session = await sessions.open(requestOf(asked)).load({ onStoreDown: 'anonymous' })
      return write()(session)
    }
    expect(tokenIn(await seen(follow(written)))).toBe(tokenIn(written))
    expect(await seen(follow(planted))).not.toContain('AAAA')
    expect(await seen({})).not.toContain('session=')
  })

  test('dies at a login (fixation), and the one made after it lives', async () => {
    const { sessions } = open()
    const planted = await withSession(sessions, write())
    const { result } = await ask(sessions, follow(planted), async (session) => {
      await session.login('anna')
      await session.commit()
      return write()(session)
    })
    expect(await cartSeen(sessions, follow(planted))).toBe(undefined)
    expect((await ask(sessions, follow(result), (session) => session.load())).result.principal).toBe('anna')
  })

  test('dies at a logout, all of them', async () => {
    const { sessions } = open()
    const one = await withSession(sessions, write())
    const { result: two } = await ask(sessions, follow(one), async (session) => write()(await session.load()))
    await ask(sessions, follow(one), (session) => session.logout())
    for (const each of [one, two]) expect(await cartSeen(sessions, follow(each))).toBe(undefined)
  })

  test('is good until its instant, and not at it', async () => {
    const { sessions, clock, store } = open()
    const written = await withSession(sessions, write({ lifetime: '10m' }))
    const long = await withSession(sessions, write())
    clock.advance(10 * 60_000 - 1)
    expect(await cartSeen(sessions, follow(written))).toEqual(['mug'])
    clock.advance(1)
    store.reset()
    expect(await cartSeen(sessions, follow(written))).toBe(undefined)
    expect(store.count()).toBe(0)
    expect(await cartSeen(sessions, follow(long))).toEqual(['mug'])
  })

  test('is good while its own secret verifies, and is made under the first', async () => {
    const { sessions, store, clock } = open()
    const written = await withSession(sessions, write())
    const NEW = 'another secret of the tests, 32 or more'
    const transport = open === byUrl ? urlTransport() : formTransport()
    const both = application({ transport, clock, secrets: [NEW, 'the first secret of the tests, 32'] }, store).sessions
    const { result } = await ask(both, follow(written), async (session) => write()(await session.load()))
    const renewed = application({ transport, clock, secrets: [NEW] }, store).sessions
    expect(await cartSeen(renewed, follow(result))).toEqual(['mug'])
    expect(await cartSeen(renewed, follow(written))).toBe(undefined)
  })

  test('a stolen application secret alone makes none: what it is derived from is in the record', async () => {
    const { sessions, clock } = open()
    const written = await withSession(sessions, write())
    const genuine = Buffer.from(tokenIn(written), 'base64url')
    const [kind, label] = open === byUrl ? ([3, 'url/session'] as const) : ([4, 'form/session'] as const)
    const thief = new LinkCodec({ kind, label: () => label }, 60_000, [secretOf(SECRET)])
    const session = { id: genuine.toString('base64url', 3, 19), generation: genuine.readUInt32BE(19), hash: 'A'.repeat(43) }
    const forged = thief.issue(session, {}, clock.now())
    expect(thief.read(tokenIn(written), { header: () => undefined, openedAt: clock.now() }), 'the thief has the right keys').toBeDefined()
    expect(await cartSeen(sessions, follow(`?session=${forged}`))).toBe(undefined)
  })

  describe('bound to a path', () => {
    test.each([
      ['/account', '/account'],
      ['/account', '/account/'],
      ['/account', '/account/orders/7'],
      ['/account/', '/account'],
      ['/account/orders', '/account/orders'],
      ['/caf%C3%A9', '/café'],
      ['/café', '/caf%c3%a9/x'],
      ['/a%20b', '/a b'],
      ['/', '/anything'],
    ])('%s is good at %s', async (path, at) => {
      const { sessions } = open()
      expect(await cartSeen(sessions, follow(await withSession(sessions, write({ path })), at))).toEqual(['mug'])
    })

    test.each([
      '/',
      '/accounts',
      '/account2/account',
      '/accoun',
      '/x/account',
      '/Account',
      '/account/../admin',
      '/account/..%2fadmin',
      '/account/%2e%2e/admin',
      '/account/.%2E/admin',
      '/account%2f..%2fadmin',
      '/account%2forders',
      '/account/./x',
      '/account//x',
      '//account',
      '/account\\..\\admin',
      '/account/%5c..',
      '/account;/..',
      '/account/..;/admin',
      '/account/%252e%252e/admin',
      '/account/%00',
      '/account/%0a',
      '/account/%',
      '/account/%ff',
      'account',
      '*',
      'http://shop.test/other',
    ])('/account is not good at %s', async (at) => {
      const { sessions, store } = open()
      const written = await withSession(sessions, write({ path: '/account' }))
      store.reset()
      expect(await cartSeen(sessions, follow(written, at))).toBe(undefined)
      expect(store.count()).toBe(0)
    })

    test('at the whole address of a proxy request or of Fetch', async () => {
      const { sessions } = open()
      const written = await withSession(sessions, write({ path: '/account' }))
      expect(await cartSeen(sessions, follow(written, 'https://shop.test/account'))).toEqual(['mug'])
      expect(await cartSeen(sessions, follow(written, 'https://account'))).toBe(undefined)
    })

    test('below what a router cut off it is still the path that was asked for', async () => {
      const { sessions } = open()
      const written = await withSession(sessions, write({ path: '/account' }))
      const cut = { ...requestOf(follow(written, '/account')), originalUrl: `/admin/account?session=${tokenIn(written)}` }
      expect(await sessions.open(cut).get('cart')).toBe(undefined)
    })

    test.each(['account', '', '/a/../b', '/a//b', '/a%2fb', '/a;b', 7])('%j is no path to bind to', async (path) => {
      const { sessions } = open()
      await expect(withSession(sessions, write({ path: path as string }))).rejects.toThrow(code('ERR_SESSION_LINK'))
    })
  })

  describe('good once', () => {
    const once = write({ once: true })
    const shown = (asked: Asked): Asked => ({ ...asked, method: 'GET' })

    test('a GET shows, as often as it likes; a POST consumes; then both are told so', async () => {
      const { sessions } = open()
      const written = await withSession(sessions, once)
      for (const method of ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'GET'])
        expect(await cartSeen(sessions, { ...follow(written), method })).toEqual(['mug'])
      expect(await cartSeen(sessions, follow(written))).toEqual(['mug'])
      await expect(cartSeen(sessions, follow(written))).rejects.toThrow(code('ERR_SESSION_LINK_USED'))
      await expect(cartSeen(sessions, shown(follow(written)))).rejects.toThrow(code('ERR_SESSION_LINK_USED'))
    })

    test.each(['PUT', 'PATCH', 'DELETE', 'options', 'get', undefined])('%s consumes', async (method) => {
      const { sessions } = open()
      const asked = follow(await withSession(sessions, once))
      const read = (): Promise<unknown> => sessions.open({ ...requestOf(asked), method }).get('cart')
      expect(await read()).toEqual(['mug'])
      await expect(read()).rejects.toThrow(code('ERR_SESSION_LINK_USED'))
    })

    test('a request that does not touch its session consumes nothing', async () => {
      const { sessions, store } = open()
      const written = await withSession(sessions, once)
      store.reset()
      await ask(sessions, follow(written), () => undefined)
      expect(store.count()).toBe(0)
      expect(await cartSeen(sessions, follow(written))).toEqual(['mug'])
    })

    test('several reads and a change in one request are one use', async () => {
      const { sessions } = open()
      const written = await withSession(sessions, once)
      const { result } = await ask(sessions, follow(written), async (session) => {
        session.set('theme', 'dark')
        return Promise.all([session.get('cart'), session.get('theme'), session.has('cart')])
      })
      expect(result).toEqual([['mug'], 'dark', true])
    })

    test('a change without a read is refused with the rest of the request', async () => {
      const { sessions, another } = open()
      const written = await withSession(sessions, once)
      await cartSeen(sessions, follow(written))
      await expect(ask(another(), follow(written), (session) => session.set('cart', ['all']))).rejects.toThrow(
        code('ERR_SESSION_LINK_USED'),
      )
      expect(await cartSeen(sessions, follow(await withSession(sessions, write())))).toEqual(['mug'])
    })

    const uses = async (processes: readonly Sessions[], written: string): Promise<string[]> => {
      const tries = await Promise.allSettled(processes.map((each) => cartSeen(each, follow(written))))
      return tries.map((each) => (each.status === 'fulfilled' ? 'used' : (each.reason as { code: string }).code)).toSorted()
    }

    test('counterexample `link-twice`: two uses at the same time are one, in one process', async () => {
      const { sessions } = open()
      const written = await withSession(sessions, once)
      expect(await uses([sessions, sessions, sessions], written)).toEqual(['ERR_SESSION_LINK_USED', 'ERR_SESSION_LINK_USED', 'used'])
    })

    test('counterexample `link-twice`: and in two', async () => {
      const { sessions, another, store } = open()
      const written = await withSession(sessions, once)
      // Both have read that it is unused before either writes.
      const stop = stopAt(1)
      store.before('update', stop.hook)
      const first = uses([sessions], written)
      await stop.reached
      expect(await uses([another()], written)).toEqual(['used'])
      stop.release()
      expect(await first).toEqual(['ERR_SESSION_LINK_USED'])
    })

    test('a login of another request leaves it useless', async () => {
      const { sessions, another, store } = open()
      const written = await withSession(sessions, once)
      const stop = stopAt(1)
      store.before('update', stop.hook)
      const use = cartSeen(sessions, follow(written))
      await stop.reached
      const other = another()
      const reusable = other.open(requestOf(follow(written)))
      await reusable.login('anna')
      await reusable.commit()
      stop.release()
      expect(await use).toBe(undefined)
    })

    test('a record remembers a bounded number of uses, and what it forgets stays used', async () => {
      const { sessions, clock, store } = open()
      const first = await withSession(sessions, once)
      const session = sessions.open(requestOf(follow(first)))
      await session.load()
      const written: string[] = []
      for (let i = 0; i < 60; i++) {
        clock.advance(1)
        written.push(once(session))
      }
      for (const each of written) expect(await cartSeen(sessions, follow(each))).toEqual(['mug'])
      for (const each of [first, ...written]) await expect(cartSeen(sessions, follow(each))).rejects.toThrow(code('ERR_SESSION_LINK_USED'))
      const stored = await store.load(session.id!, { now: clock.now(), signal: new AbortController().signal })
      expect(stored!.body.length).toBeLessThan(2_000)
      clock.advance('29m')
      expect(await cartSeen(sessions, follow(once(session)))).toEqual(['mug'])
    })

    test('a store that fails while it is consumed leaves no use behind its back', async () => {
      const { sessions, store } = open()
      const written = await withSession(sessions, once)
      let broken = true
      store.before('update', () => {
        if (broken) throw new Error('down')
      })
      await expect(cartSeen(sessions, follow(written))).rejects.toThrow(code('ERR_SESSION_OUTCOME_UNKNOWN'))
      broken = false
      expect(await cartSeen(sessions, follow(written))).toEqual(['mug'])
    })
  })
})

describe('session.url', () => {
  const write = (address: string, options?: LinkOptions) => (session: Session) => session.url(address, options)

  test.each([
    ['/cart', /^\/cart\?session=[\w-]{84}$/],
    ['/cart?page=2', /^\/cart\?page=2&session=[\w-]{84}$/],
    ['/cart?a&b=%20x&a=2#end', /^\/cart\?a&b=%20x&a=2&session=[\w-]{84}#end$/],
    ['/cart?session=old&x=1&sess%69on=older', /^\/cart\?x=1&session=[\w-]{84}$/],
    ['/a/../b', /^\/b\?session=/],
    ['/Корзина', /^\/%D0%9A%D0%BE/],
  ])('%s', async (address, expected) => {
    const { sessions } = byUrl()
    const written = await withSession(sessions, write(address))
    expect(written).toMatch(expected)
    expect(await cartSeen(sessions, { url: written })).toEqual(['mug'])
  })

  test.each(ownAddresses)('%j leads to this site, with the session', async (address) => {
    const { sessions } = byUrl()
    const written = await withSession(sessions, write(address))
    expect(new URL(written, 'https://shop.test').origin).toBe('https://shop.test')
    expect(await cartSeen(sessions, { url: written })).toEqual(['mug'])
  })

  test.each(foreignAddresses)('%j leads elsewhere and gets no token', async (address) => {
    const { sessions } = byUrl()
    await expect(withSession(sessions, write(address as string))).rejects.toThrow(code('ERR_SESSION_LINK'))
  })

  test('an old token is not carried on when there is no session', async () => {
    const { sessions } = byUrl()
    const { result } = await ask(sessions, {}, async (session) => (await session.load()).url('/cart?session=old&x=1'))
    expect(result).toBe('/cart?x=1')
  })

  test('two tokens in one address are none', async () => {
    const { sessions, store } = byUrl()
    const token = tokenIn(await withSession(sessions, write('/')))
    store.reset()
    for (const query of [`session=${token}&session=${token}`, `session=${token}&session=`, `session=x&session=${token}`]) {
      expect(await cartSeen(sessions, { url: `/?${query}` })).toBe(undefined)
    }
    expect(store.count()).toBe(0)
  })

  test('a parameter of your own name', async () => {
    const { sessions } = application({ transport: urlTransport({ parameter: 's' }) })
    const written = await withSession(sessions, write('/cart'))
    expect(written).toMatch(/^\/cart\?s=/)
    expect(await cartSeen(sessions, { url: written })).toEqual(['mug'])
    expect(await cartSeen(sessions, { url: written.replace('?s=', '?session=') })).toBe(undefined)
  })

  test('session.field serves forms that are sent by GET', async () => {
    const { sessions } = byUrl()
    const field = await withSession(sessions, (session) => session.field())
    expect(await cartSeen(sessions, { url: `/search?q=mug&session=${tokenIn(field)}` })).toEqual(['mug'])
  })

  test.each(['', '1', 'a b', 'a"b', 'a&b', 'é', 'x'.repeat(65)])('a parameter that cannot be one is refused at start: %j', (parameter) => {
    expect(() => urlTransport({ parameter })).toThrow(code('ERR_SESSION_OPTIONS'))
    expect(() => formTransport({ field: parameter })).toThrow(code('ERR_SESSION_OPTIONS'))
  })
})

describe('session.field', () => {
  test('is a hidden input', async () => {
    const { sessions } = application({ transport: formTransport({ field: 'visit' }) })
    expect(await withSession(sessions, (session) => session.field())).toMatch(/^<input type="hidden" name="visit" value="[\w-]{84}">$/)
  })

  test('is read from what body parsers give, and from nothing else', async () => {
    const { sessions, store } = byForm()
    const session = tokenIn(await withSession(sessions, (each) => each.field()))
    const type = (value: string) => ({ 'content-type': value })
    const urlencoded = type('application/x-www-form-urlencoded; charset=UTF-8')
    const form = new FormData()
    form.set('session', session)
    for (const [headers, body] of [
      [urlencoded, { session }],
      [urlencoded, Object.assign(Object.create(null) as object, { session })],
      [urlencoded, new URLSearchParams({ session })],
      [type('multipart/form-data; boundary=x'), { session }],
      [type('multipart/form-data; boundary=x'), form],
    ] as const) {
      expect(await cartSeenIn(sessions, headers, body)).toEqual(['mug'])
    }
    store.reset()
    for (const [headers, body] of [
      [type('application/json'), { session }],
      [type('text/plain'), { session }],
      [{}, { session }],
      [urlencoded, { session: [session, session] }],
      [urlencoded, { session: { session } }],
      [urlencoded, new URLSearchParams(`session=${session}&session=${session}`)],
      [urlencoded, Object.create({ session })],
      [urlencoded, session],
      [urlencoded, Buffer.from(`session=${session}`)],
      [urlencoded, undefined],
      [urlencoded, null],
    ] as const) {
      expect(await cartSeenIn(sessions, headers, body)).toBe(undefined)
    }
    expect(store.count()).toBe(0)
  })

  const cartSeenIn = (sessions: Sessions, headers: Record<string, string>, body: unknown): Promise<unknown> =>
    sessions.open({ url: '/', method: 'POST', headers, body }).get('cart')
})
