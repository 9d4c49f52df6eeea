import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findEngine } from '../../../scripts/engines.ts'
import { startRedis } from '../../../scripts/engines/redis.ts'
import { createSessions, memoryStore } from '../../../src/index.ts'
import { adoptDjango, shareDjango, Float, makeCsrfSecret, maskCsrfToken } from '../../../src/interop/django/index.ts'
import type { DjangoOptions } from '../../../src/interop/django/index.ts'
import { SECRET } from '../../_support/application.ts'
import { client } from '../../_support/client.ts'
import { leftOut } from '../../_support/left-out.ts'
import { PATIENCE } from '../../_support/patience.ts'
import { DJANGO_SECRET, startDjango } from './application.ts'
import type { DjangoSite } from './application.ts'

interface Place {
  readonly site: DjangoSite
  readonly options: DjangoOptions
  stop(): Promise<void>
}

const python = findEngine('python-django')
const redis = findEngine('redis')

async function startPlace(engine: DjangoOptions['engine']): Promise<Place> {
  if (engine !== 'cache' && engine !== 'cached_db') {
    const site = await startDjango(python!, { engine })
    const { database, folder } = site
    const places = {
      db: { engine: 'db', database },
      file: { engine: 'file', folder },
      signed_cookies: { engine: 'signed_cookies' },
    } as const
    return {
      site,
      options: { ...PATIENCE, secrets: DJANGO_SECRET, passwordOf: site.passwordOf, ...places[engine] },
      stop: () => site.stop(),
    }
  }
  const server = await startRedis(redis!)
  const redisUrl = `redis://127.0.0.1:${server.ports[0]}`
  const connection = createClient({ url: redisUrl })
  await connection.connect()
  const site = await startDjango(python!, { engine, redisUrl })
  return {
    site,
    options: {
      ...PATIENCE,
      secrets: DJANGO_SECRET,
      passwordOf: site.passwordOf,
      engine,
      database: site.database,
      cache: { client: connection },
    },
    async stop() {
      await site.stop()
      await connection.close()
      await server.stop()
    },
  }
}

describe.each(['db', 'cache', 'cached_db', 'file', 'signed_cookies'] as const)('Django with %s', (engine) => {
  const missing = !python || (engine.startsWith('cache') && !redis)
  if (missing && process.env['CI'] === 'true')
    throw new Error('Sharing with Django is tested on a real one. Install python-django and redis.')
  if (missing) console.warn(`NOT TESTED: Django with ${engine}. There is no python-django or redis; install it.`)
  const cookieBacked = engine === 'signed_cookies'
  const unshared = cookieBacked ? 'signed_cookies keeps the session in the cookie alone' : undefined

  let place: Place
  let site: DjangoSite
  let password = 'lemon-42'
  beforeAll(async () => {
    if (missing) return
    place = await startPlace(engine)
    site = place.site
  })
  afterAll(() => place?.stop())

  const signIn = (jar: Map<string, string>): Promise<unknown> => site.ask('/login', jar, { username: 'lena', password })
  const add = (jar: Map<string, string>, sku: string): Promise<unknown> => site.ask('/cart', jar, { sku, qty: '1' })
  const whoami = async (jar: Map<string, string>): Promise<unknown> => (await site.ask('/whoami', jar))['user']

  describe.skipIf(missing)('shared', () => {
    test('one cart, one sign-in, one sign-out, made there', async () => {
      const browser = client(shareDjango<{ cart: unknown[] }>(place.options))
      await add(browser.jar, 'lemon')
      await signIn(browser.jar)
      const copy = browser.copy()
      const { result, setCookies } = await browser.run(async (opened) => [(await opened.load()).principal, await opened.get('cart')])
      expect([result, setCookies]).toEqual([['1', [{ sku: 'lemon', qty: 1 }]], []])
      await browser.run((opened) => opened.update('cart', (cart) => [...cart!, { sku: 'tea', qty: 2 }]))
      expect(await site.ask('/cart', browser.jar)).toEqual({
        cart: [
          { sku: 'lemon', qty: 1 },
          { sku: 'tea', qty: 2 },
        ],
      })
      await browser.run((opened) => opened.logout())
      expect([browser.jar.get('sessionid') ?? '', await whoami(browser.jar)]).toEqual(['', null])
      // If the cookie carries the session itself, a copy of it stays valid, in Django as here.
      expect(await whoami(copy.jar)).toBe(cookieBacked ? 'lena' : null)
    })

    test('one cart, one sign-in, one sign-out, made here', async () => {
      const browser = client(shareDjango(place.options))
      const { setCookies } = await browser.run((opened) => opened.set('cart', [{ sku: 'lemon', qty: 1 }]))
      expect(setCookies).toEqual([
        expect.stringMatching(/^sessionid=[^;]+; Expires=.* GMT; Max-Age=1209600; Path=\/; HttpOnly; SameSite=Lax$/),
      ])
      const anonymous = browser.copy()
      await browser.run((opened) => opened.login('1'))
      expect(browser.jar.get('sessionid')).not.toBe(anonymous.jar.get('sessionid'))
      expect([await whoami(browser.jar), await whoami(anonymous.jar)]).toEqual(['lena', null])
      if (!cookieBacked) expect(await site.ask('/cart', anonymous.jar)).toEqual({ cart: [] })
      await add(browser.jar, 'tea')
      expect((await browser.run((opened) => opened.get('cart'))).result).toEqual([
        { sku: 'lemon', qty: 1 },
        { sku: 'tea', qty: 1 },
      ])
      await site.ask('/logout', browser.jar, {})
      expect((await browser.run(async (opened) => (await opened.load()).principal)).result).toBeNull()
    })

    test('a user whom Node made signs in at Django, and one of Django in Node', async () => {
      const id = await site.addUser('olga', 'из Node')
      const browser = client(shareDjango(place.options))
      await site.ask('/login', browser.jar, { username: 'olga', password: 'из Node' })
      expect((await browser.run(async (opened) => (await opened.load()).principal)).result).toBe(id)
      await expect(browser.run((opened) => opened.login('999'))).rejects.toThrow(expect.objectContaining({ code: 'ERR_SESSION_PRINCIPAL' }))
    })

    test('a change of the password ends the sessions', async () => {
      const sessions = shareDjango(place.options)
      const [browser, another] = [client(sessions), client(sessions)]
      await signIn(browser.jar)
      await another.run((opened) => opened.login('1'))
      await site.ask('/password', new Map(), { username: 'lena', password: (password = 'lime-43') })
      for (const { run, jar } of [browser, another]) {
        expect((await run(async (opened) => [(await opened.load()).principal, opened.data])).result).toEqual([null, {}])
        expect(await whoami(jar)).toBeNull()
      }
      await signIn(browser.jar)
      expect((await browser.run(async (opened) => (await opened.load()).principal)).result).toBe('1')
      await browser.run((opened) => opened.logout())
    })

    test('what nobody changed stays as it was', async () => {
      const browser = client(shareDjango(place.options))
      const text = '{"price": 2.0, "id": 9223372036854775815, "none": null, "text": "Ёлка"}'
      await site.ask('/set', browser.jar, { key: 'kept', json: text })
      await browser.run((opened) => opened.set('other', new Float(1)))
      const { data } = (await site.ask('/session', browser.jar)) as { data: Record<string, unknown> }
      expect(data['other']).toBe(1)
      const { result } = await browser.run((opened) => opened.get('kept'))
      expect(result).toEqual({ price: new Float(2), id: 9223372036854775815n, none: null, text: 'Ёлка' })
    })

    test('a session that ended meanwhile is not brought back', leftOut(unshared), async () => {
      const browser = client(shareDjango(place.options))
      await add(browser.jar, 'lemon')
      const late = browser.open()
      await late.load()
      const { jar } = browser.copy()
      await site.ask('/logout', jar, {})
      late.set('late', true)
      await late.commit()
      expect(await site.ask('/cart', new Map(browser.jar))).toEqual({ cart: [] })
      expect((await browser.run(async (opened) => (await opened.load()).data)).result).toEqual({})
    })

    test('what Django wrote after the read survives', leftOut(unshared), async () => {
      const browser = client(shareDjango<{ count: number; ours: boolean }>(place.options))
      await site.ask('/set', browser.jar, { key: 'count', json: '1' })
      await browser.run(async (opened) => {
        await opened.load()
        await site.ask('/set', browser.jar, { key: 'count', json: '5' })
        await add(browser.jar, 'lemon')
        opened.increment('count')
        opened.set('ours', true)
      })
      const { data } = (await site.ask('/session', browser.jar)) as { data: unknown }
      expect(data).toEqual({ count: 6, cart: [{ sku: 'lemon', qty: 1 }], ours: true })
    })

    test('parallel requests of two applications lose nothing', leftOut(unshared), async () => {
      const one = client(shareDjango<{ count: number }>(place.options))
      const other = shareDjango<{ count: number }>(place.options)
      await site.ask('/set', one.jar, { key: 'count', json: '0' })
      // Files cannot be compared and replaced in one step.
      const at = engine === 'file' ? {} : { at: other }
      await Promise.all(Array.from({ length: 12 }, (_, i) => one.run((opened) => opened.increment('count'), i % 2 ? at : {})))
      const { data } = (await site.ask('/session', one.jar)) as { data: unknown }
      expect(data).toEqual({ count: 12 })
    })

    test('set_expiry counts, and is not shown', async () => {
      const browser = client(shareDjango(place.options))
      await add(browser.jar, 'lemon')
      await site.ask('/expiry', browser.jar, { seconds: '120' })
      const { result, setCookies } = await browser.run(async (opened) => {
        opened.set('n', 1)
        return (await opened.load()).data
      })
      expect(result).toEqual({ cart: [{ sku: 'lemon', qty: 1 }], n: 1 })
      expect(setCookies).toEqual([expect.stringContaining('; Max-Age=120;')])
      const { expires } = (await site.ask('/session', browser.jar)) as { expires: string }
      expect(Date.parse(expires) - Date.now()).toBeLessThanOrEqual(120_000)
      await browser.run((opened) => opened.login('1', { remember: false }))
      const { setCookies: atLogin } = await browser.run((opened) => opened.set('n', 2))
      expect(atLogin.join()).not.toContain('Max-Age')
      expect(await whoami(browser.jar)).toBe('lena')
    })

    test("Django's own key is refused", () => {
      const opened = shareDjango(place.options).open({ headers: {} })
      expect(() => opened.set('_session_expiry', 5)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_KEY' }))
      expect(() => opened.set('when', new Date())).toThrow(expect.objectContaining({ code: 'ERR_SESSION_VALUE_TYPE' }))
    })
  })

  describe.skipIf(missing)('adopted', () => {
    test('nobody is signed out on the day of the move, and who signs out is out', async () => {
      const sessions = createSessions({ secrets: [SECRET], store: memoryStore(), adopt: [adoptDjango(place.options)] })
      const browser = client(sessions)
      await site.ask('/set', browser.jar, { key: 'price', json: '2.0' })
      await signIn(browser.jar)
      const copy = browser.copy()
      const read = async (of: typeof browser): Promise<unknown> =>
        (await of.run(async (opened) => [(await opened.load()).principal, opened.data])).result
      expect(await read(browser)).toEqual(['1', { price: 2 }])
      expect(await read(browser)).toEqual(['1', { price: 2 }])
      expect([...browser.jar.keys()]).toEqual(['__Host-session'])
      expect(await whoami(copy.jar)).toBe(cookieBacked ? 'lena' : null)
      await browser.run((opened) => opened.logout())
      expect([await read(browser), await read(copy)]).toEqual([
        [null, {}],
        [null, {}],
      ])
    })
  })
})

describe.skipIf(!python)('Django with CSRF protection', () => {
  let site: DjangoSite
  beforeAll(async () => {
    site = await startDjango(python!, { engine: 'db', csrf: true })
  })
  afterAll(() => site?.stop())

  test('takes a token that Node made, and no other', async () => {
    const secret = makeCsrfSecret()
    const jar = new Map([['csrftoken', secret]])
    const form = { sku: 'lemon', csrfmiddlewaretoken: maskCsrfToken(secret)! }
    expect(await site.ask('/cart', jar, form)).toEqual({ cart: [{ sku: 'lemon', qty: 1 }] })
    await expect(site.ask('/cart', jar, { ...form, csrfmiddlewaretoken: maskCsrfToken(makeCsrfSecret())! })).rejects.toThrow('403')
  })
})
