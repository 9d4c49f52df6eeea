/** One session of a real Flask and of Node, in both directions. */
import { createClient } from 'redis'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findEngine } from '../../../scripts/engines.ts'
import { startRedis } from '../../../scripts/engines/redis.ts'
import type { RedisEngine } from '../../../scripts/engines/redis.ts'
import { createSessions, memoryStore } from '../../../src/index.ts'
import { adoptFlask, shareFlask, Float, Markup, Tuple, Uuid } from '../../../src/interop/flask/index.ts'
import type { ForeignNodeRedis, FlaskOptions, FlaskPrincipal } from '../../../src/interop/flask/index.ts'
import { SECRET } from '../../_support/application.ts'
import { client } from '../../_support/client.ts'
import { PATIENCE } from '../../_support/patience.ts'
import { FLASK_SECRET, startFlask } from './application.ts'
import type { FlaskApplication } from './application.ts'

const python = findEngine('python-flask')
const server = findEngine('redis')
const missing = !python || !server
if (missing && process.env['CI'] === 'true')
  throw new Error('Sessions are shared with a real Flask and Redis. Install python-flask and redis.')
if (missing) console.warn('NOT TESTED: sessions shared with Flask. There is no python-flask, or no redis; install them.')

/** As the application keeps it. */
const user: FlaskPrincipal = {
  keys: ['user'],
  of: ({ user: name }) => (typeof name === 'string' ? name : null),
  signIn: (name) => ({ user: name }),
}

const TYPED = {
  pair: new Tuple(['a', new Tuple([1, null])]),
  raw: new Uint8Array([0, 255]),
  id: new Uuid('00000000-0000-0000-0000-000000000007'),
  at: new Date('2026-02-03T04:05:06Z'),
  html: new Markup('<b>hi</b>'),
}

let redis: RedisEngine
const clients: { close(): unknown }[] = []

const places: Readonly<Record<string, { readonly settings: () => Record<string, string>; options(): Promise<FlaskOptions> }>> = {
  'in its cookie': { settings: () => ({}), options: async () => ({ secrets: FLASK_SECRET }) },
  'in Redis': {
    settings: () => ({ SESSION: 'redis', REDIS_URL: `redis://127.0.0.1:${redis.ports[0]}/0` }),
    async options() {
      const node = createClient({ url: `redis://127.0.0.1:${redis.ports[0]}` })
      await node.connect()
      clients.push(node)
      return { redis: { client: node, format: 'pickle' } }
    },
  },
  'in Redis, with signed ids, by ioredis': {
    settings: () => ({ SESSION: 'redis', SIGNER: '1', REDIS_URL: `redis://127.0.0.1:${redis.ports[0]}/0` }),
    async options() {
      const io = new Redis(redis.ports[0]!)
      clients.push({ close: () => io.disconnect() })
      return { secrets: FLASK_SECRET, redis: { client: io, format: 'pickle', signed: true } }
    },
  },
}

beforeAll(async () => {
  if (!missing) redis = await startRedis(server)
})
afterAll(async () => {
  for (const one of clients) await one.close()
  await redis?.stop()
})

describe.skipIf(missing).each(Object.entries(places))('Flask keeps sessions %s', (_name, place) => {
  let app: FlaskApplication
  let options: FlaskOptions
  beforeAll(async () => {
    options = { ...PATIENCE, ...(await place.options()) }
    app = await startFlask(python!, place.settings())
  })
  afterAll(() => app?.close())

  test('one cart, one sign-in, one sign-out, made there', async () => {
    const browser = client(shareFlask({ ...options, principal: user }))
    await app.post('/cart', browser.jar, { sku: 'tea' })
    await app.post('/login', browser.jar, { username: 'lena' })
    const { result } = await browser.run(async (opened) => [(await opened.load()).principal, opened.data])
    expect(result).toEqual(['lena', { cart: [{ sku: 'tea', qty: 1 }], user: 'lena' }])
    await browser.run((opened) => opened.update('cart', (cart) => [...(cart as object[]), { sku: 'milk', qty: 2 }]))
    expect(await app.get('/cart', browser.jar)).toEqual({
      cart: [
        { sku: 'tea', qty: 1 },
        { sku: 'milk', qty: 2 },
      ],
    })
    await browser.run((opened) => opened.logout())
    expect(await app.get('/whoami', browser.jar)).toEqual({ user: null })
  })

  test('one cart, one sign-in, one sign-out, made here', async () => {
    const browser = client(shareFlask({ ...options, principal: user }))
    await browser.run((opened) => opened.set('cart', [{ sku: 'tea', qty: 1 }]))
    await browser.run((opened) => opened.login('lena'))
    expect(await app.get('/whoami', browser.jar)).toEqual({ user: 'lena' })
    await app.post('/cart', browser.jar, { sku: 'milk', qty: '2' })
    expect((await browser.run((opened) => opened.get('cart'))).result).toEqual([
      { sku: 'tea', qty: 1 },
      { sku: 'milk', qty: 2 },
    ])
    await app.post('/logout', browser.jar)
    expect((await browser.run(async (opened) => (await opened.load()).principal)).result).toBeNull()
  })

  test('flash messages go both ways', async () => {
    const browser = client(shareFlask(options))
    await app.post('/flash', browser.jar, { text: 'один', category: 'ok' })
    await browser.run((opened) => opened.flash('ok', 'two'))
    expect(await app.get('/flash', browser.jar)).toEqual({
      messages: [
        ['ok', 'один'],
        ['ok', 'two'],
      ],
    })
    await app.post('/flash', browser.jar, { text: 'three', category: 'ok' })
    await app.post('/flash', browser.jar, { text: 'four', category: 'bad' })
    expect((await browser.run((opened) => opened.takeFlash('ok'))).result).toEqual(['three'])
    expect(await app.get('/flash', browser.jar)).toEqual({ messages: [['bad', 'four']] })
  })

  test('numbers stay what they are, whoever changes them', async () => {
    const browser = client(shareFlask(options))
    const json = '[1.0, 1, 9223372036854775815, 0.5]'
    await app.post('/set', browser.jar, { key: 'n', json })
    await app.post('/set', browser.jar, { key: 'untouched', json })
    const numbers = (await browser.run((opened) => opened.get('n'))).result
    expect(numbers).toEqual([new Float(1), 1, 9223372036854775815n, 0.5])
    await browser.run((opened) => opened.update('n', (n) => [...(n as unknown[]), new Float(7)]))
    const read = client(shareFlask(options), browser.jar)
    await app.post('/set', browser.jar, { key: 'again', json: '1' })
    expect((await read.run((opened) => opened.get('n'))).result).toEqual([new Float(1), 1, 9223372036854775815n, 0.5, new Float(7)])
    expect((await read.run((opened) => opened.get('untouched'))).result).toEqual(numbers)
  })

  test('permanent sessions stay permanent, and log in as such with remember', async () => {
    const browser = client(shareFlask({ ...options, principal: user }))
    await app.post('/permanent', browser.jar)
    const { setCookies } = await browser.run((opened) => opened.set('n', 1))
    expect(setCookies).toEqual([expect.stringContaining('Max-Age=2678400')])
    const shown = (await app.get('/session', browser.jar)) as { permanent: boolean; data: object }
    expect(shown).toEqual({ permanent: true, data: { _permanent: true, n: 1 } })
    const another = client(shareFlask({ ...options, principal: user }))
    await another.run((opened) => opened.login('lena', { remember: true }))
    expect((await app.get('/session', another.jar))['permanent']).toBe(true)
  })

  test('the keys of Flask are refused', () => {
    const opened = shareFlask(options).open({ headers: {} })
    for (const key of ['_flashes', '_permanent'])
      expect(() => opened.set(key, [])).toThrow(expect.objectContaining({ code: 'ERR_SESSION_KEY' }))
  })

  test('adopted: nobody is signed out on the day of the move', async () => {
    const adopt = [
      adoptFlask({
        ...options,
        principal: ({ user: name }) => (typeof name === 'string' ? name : null),
        data: ({ cart, n }) => ({ cart, n }),
      }),
    ]
    const browser = client(createSessions({ secrets: [SECRET], store: memoryStore(), adopt }))
    await app.post('/cart', browser.jar, { sku: 'tea' })
    await app.post('/set', browser.jar, { key: 'n', json: '[1.0]' })
    await app.post('/login', browser.jar, { username: 'lena' })
    const read = async (): Promise<unknown> => (await browser.run(async (opened) => [(await opened.load()).principal, opened.data])).result
    expect(await read()).toEqual(['lena', { cart: [{ sku: 'tea', qty: 1 }], n: [1] }])
    expect(await read()).toEqual(['lena', { cart: [{ sku: 'tea', qty: 1 }], n: [1] }])
    expect([...browser.jar.keys()]).toEqual(['__Host-session'])
    await browser.run((opened) => opened.logout())
    expect(await read()).toEqual([null, {}])
  })
})

describe.skipIf(missing)('Flask', () => {
  let app: FlaskApplication
  beforeAll(async () => {
    app = await startFlask(python!)
  })
  afterAll(() => app?.close())

  test('every type goes both ways in its cookie', async () => {
    const browser = client(shareFlask({ secrets: FLASK_SECRET }))
    await app.post('/types', browser.jar)
    const shown = await app.get('/session', browser.jar)
    expect((await browser.run((opened) => opened.get('typed'))).result).toEqual(TYPED)
    const another = client(shareFlask({ secrets: FLASK_SECRET }))
    await another.run((opened) => opened.set('typed', TYPED))
    expect(await app.get('/session', another.jar)).toEqual(shown)
  })

  test('a cookie under a secret that was replaced is read, and written under the new one', async () => {
    const browser = client(shareFlask({ secrets: ['the new one', FLASK_SECRET] }))
    await app.post('/set', browser.jar, { key: 'n', json: '1' })
    await browser.run((opened) => opened.set('m', 2))
    expect((await browser.run(async (opened) => (await opened.load()).data)).result).toEqual({ n: 1, m: 2 })
    expect(await app.get('/session', browser.jar)).toEqual({ data: {}, permanent: false })
  })
})

describe.skipIf(missing)('Flask-Session in Redis', () => {
  test.each(['msgpack', 'json', 'pickle'] as const)('an entry of an older version becomes %s at its next change', async (format) => {
    const node = createClient({ url: `redis://127.0.0.1:${redis.ports[0]}` })
    await node.connect()
    clients.push(node)
    const sid = '00000000-0000-0000-0000-000000000abc'
    const pickle = Buffer.from('gASVNQAAAAAAAAB9lCiMCl9wZXJtYW5lbnSUiIwHdXNlcl9pZJRLCYwEbmFtZZSMDNGB0YLQsNGA0YvQuZR1Lg==', 'base64')
    await node.set(`session:${sid}`, pickle, { expiration: { type: 'PX', value: 60_000 } })
    const browser = client(shareFlask({ ...PATIENCE, redis: { client: node, format } }), new Map([['session', sid]]))
    await browser.run((opened) => opened.set('touched', true))
    const read = client(shareFlask({ ...PATIENCE, redis: { client: node, format: 'msgpack' } }), browser.jar)
    expect((await read.run(async (opened) => (await opened.load()).data)).result).toEqual({ user_id: 9, name: 'старый', touched: true })
    expect(await node.pTTL(`session:${sid}`)).toBeGreaterThan(60_000)
  })

  test('parallel requests lose nothing, and what came too late is dropped', async () => {
    const node = createClient({ url: `redis://127.0.0.1:${redis.ports[0]}` })
    await node.connect()
    clients.push(node)
    const options = { ...PATIENCE, redis: { client: node } }
    const browser = client(shareFlask(options))
    await browser.run((opened) => opened.set('count', 0))
    const processes = [shareFlask(options), shareFlask(options)]
    await Promise.all(Array.from({ length: 20 }, (_, i) => browser.run((opened) => opened.increment('count'), { at: processes[i % 2]! })))
    expect((await browser.run((opened) => opened.get('count'))).result).toBe(20)
    const late = browser.open()
    await late.load()
    const jar = new Map(browser.jar)
    await browser.run((opened) => opened.logout())
    late.set('late', true)
    await late.commit()
    expect((await client(shareFlask(options), jar).run(async (opened) => (await opened.load()).data)).result).toEqual({})
  })
})

const idle: ForeignNodeRedis = { sendCommand: async () => null }

test.each([
  ['no secret', {}],
  ['an empty secret', { secrets: [''] }],
  ['signed ids without a secret', { redis: { client: idle, signed: true } }],
  ['no client', { redis: { client: {} as never } }],
  ['another format', { redis: { client: idle, format: 'yaml' as never } }],
])('%s is refused at start', (_what, options: FlaskOptions) => {
  expect(() => shareFlask(options)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' }))
})
