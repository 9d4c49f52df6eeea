import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createSessions, memoryStore } from '../../src/index.ts'
import type { SessionsOptions } from '../../src/index.ts'
import { SECRET, settled } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import { testClock } from '../../src/testing/index.ts'

type Options = SessionsOptions & { readonly schema?: never }

const store = memoryStore()
const create = (options: object): unknown => createSessions({ secrets: [SECRET], store, ...options } as Options)

describe('a wrong option fails at start, with what is wrong and what to write', () => {
  test.each<[what: string, options: object, message: RegExp]>([
    ['no secret', { secrets: undefined }, /^secrets: there is none\. Write secrets: \[process\.env\.SESSION_SECRET\]/],
    ['an empty list of secrets', { secrets: [] }, /^secrets: there is none/],
    ['a short secret', { secrets: [SECRET, 'short'] }, /^secrets\[1\] has 5 characters; write at least 32 .*openssl rand/],
    ['a secret that is no text', { secrets: [Buffer.alloc(64)] }, /^secrets\[0\] is object/],
    ['idle above absolute', { idleTimeout: '2d', absoluteTimeout: '1d' }, /^idleTimeout is longer than absoluteTimeout.*Make it shorter/],
    ['idle above the default absolute', { idleTimeout: '60d' }, /^idleTimeout is longer/],
    ['an unknown option', { maxAgeOf: 1 }, /^unknown option 'maxAgeOf'\. There are: secrets, store/],
    [
      'a rotation that nobody knows',
      { rotateEvery: { every: '1h', unconfirmed: 'ignore' as 'event' } },
      /^rotateEvery.unconfirmed: write 'replace' or 'event'/,
    ],
    ['a rotation that is too frequent', { rotateEvery: '1m' }, /^rotateEvery: at least 8 minutes/],
    ['a name that is no cookie name', { name: 'my shop' }, /^name: "my shop" may hold letters/],
    ['an empty name', { name: '' }, /^name: ""/],
    ['a name that could be two', { name: 'shop:alice' }, /^name: "shop:alice"/],
    ['a size that is none', { maxValueSize: '64k' }, /^maxValueSize: write a whole number of bytes/],
    ['a size of nothing', { maxValueSize: 0 }, /^maxValueSize/],
    ['encrypt that is no boolean', { encrypt: 'yes' }, /^encrypt: write true or false/],
    ['development that is no boolean', { development: 'production' }, /^development: write true or false/],
    ['a cookie that no browser keeps', { development: true, cookie: { sameSite: 'none' } }, /^cookie\.sameSite: 'none' needs Secure/],
    ['a sameSite that does not exist', { cookie: { sameSite: 'Lax' } }, /^cookie\.sameSite: write 'lax', 'strict' or 'none', not "Lax"/],
    ['a path that injects', { cookie: { path: '/; Domain=evil.test' } }, /^cookie\.path: /],
    ['a path that is none', { cookie: { path: 'shop' } }, /^cookie\.path: "shop" is not a path that begins with '\/'/],
    ['a domain that injects', { cookie: { domain: 'a.test; Path=/x' } }, /^cookie\.domain: /],
    ['an address that is no function', { address: 'cf-connecting-ip' }, /^address: write a function/],
    ['a migration that is no function', { migrate: {} }, /^migrate: write a function/],
    ['a system that is not in a list', { adopt: { system: 'flask' } }, /^adopt: write a list/],
    ['a clock that is a function', { clock: () => 0 }, /^clock: write \{ now/],
    ['a clock that returns a text', { clock: { now: () => '0' } }, /^clock: write \{ now/],
    ['a domain with a dot in front', { cookie: { domain: '.example.org' } }, /^cookie\.domain: .*without a leading dot/],
  ])('%s', (_what, options, message) => {
    expect(() => create(options)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_OPTIONS', message: expect.stringMatching(message) }))
  })

  test.each(['storeTimeout', 'liveInterval'])('%s that no timer can wait', (option) => {
    expect(() => create({ [option]: '30d' })).toThrow(
      expect.objectContaining({ code: 'ERR_SESSION_DURATION', message: expect.stringMatching(new RegExp(`^${option}: "30d"`)) }),
    )
  })

  test.each(['idleTimeout', 'absoluteTimeout', 'rotateEvery'])('%s that is no duration', (option) => {
    expect(() => create({ [option]: '30 minutes' })).toThrow(
      expect.objectContaining({ code: 'ERR_SESSION_DURATION', message: expect.stringMatching(new RegExp(`^${option}: "30 minutes"`)) }),
    )
  })

  test.each([undefined, null, 'secret'])('no options at all: %s', (options) => {
    expect(() => createSessions(options as unknown as Options)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' }))
  })

  test('no message holds a secret', () => {
    const secret = 'hunter2-hunter2'
    expect(() => create({ secrets: [secret] })).toThrow(expect.objectContaining({ message: expect.not.stringContaining(secret) }))
  })

  test('equal timeouts are fine, and so are the limits', () => {
    expect(
      create({ idleTimeout: '1d', absoluteTimeout: '1d', rotateEvery: '8m', name: 'a'.repeat(64), secrets: ['x'.repeat(32)] }),
    ).toBeDefined()
  })
})

describe('what could surprise is said once', () => {
  const warnings: string[] = []
  const listener = (warning: Error): void => void warnings.push(`${warning.name}: ${warning.message}`)
  const environment = process.env['NODE_ENV']

  beforeEach(() => {
    warnings.length = 0
    process.on('warning', listener)
  })
  afterEach(() => {
    process.off('warning', listener)
    process.env['NODE_ENV'] = environment
  })

  test('a secret that was made for the process', async () => {
    await settled()
    warnings.length = 0
    const [one, two] = [1, 2].map(() => createSessions({ store, development: true }))
    const browser = client(one!)
    await browser.run((session) => session.set('cart', 'full'))
    expect((await browser.run((session) => session.get('cart'), { at: two! })).result, 'it is the same for all').toBe('full')
    await settled()
    expect(warnings).toEqual([expect.stringMatching(/^SojournWarning: No session secret/)])
  })

  test('sessions in memory, outside development', async () => {
    vi.resetModules()
    const { createSessions } = await import('../../src/index.ts')
    createSessions({ secrets: [SECRET], development: true })
    for (let i = 0; i < 2; i++) createSessions({ secrets: [SECRET] })
    await settled()
    expect(warnings).toEqual([expect.stringMatching(/^SojournWarning: Sessions are kept in the memory of this process.*sqliteStore/)])
  })

  test('a secret that can be guessed, and nothing of it', async () => {
    createSessions({ secrets: [SECRET, 'abcabcabc'.repeat(4)], store })
    await settled()
    expect(warnings).toEqual([expect.stringMatching(/^SojournWarning: secrets\[1\] has only a few different characters/)])
    expect(warnings.join()).not.toContain('abcabc')
  })

  test('development in production', async () => {
    process.env['NODE_ENV'] = 'production'
    createSessions({ secrets: [SECRET], store, development: true })
    await settled()
    expect(warnings).toEqual([expect.stringMatching(/^SojournWarning: development: true while NODE_ENV is production/)])
  })
})

describe('the cookie', () => {
  test.each<[what: string, options: Options, cookie: RegExp]>([
    ['by default', {}, /^__Host-session-anon=[\w-]{64}; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Lax$/],
    ['in development', { development: true }, /^session-anon=[\w-]{64}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/],
    ['with a name', { name: 'shop' }, /^__Host-shop-anon=/],
    [
      'with a path',
      { cookie: { path: '/shop' } },
      /^__Secure-session-anon=[^;]+; Max-Age=2592000; Path=\/shop; HttpOnly; Secure; SameSite=Lax$/,
    ],
    [
      'with a domain',
      { cookie: { domain: 'example.org' } },
      /^__Secure-session-anon=[^;]+; Max-Age=2592000; Path=\/; Domain=example\.org; HttpOnly; Secure; SameSite=Lax$/,
    ],
    ['for other sites', { cookie: { sameSite: 'none', partitioned: true } }, /; HttpOnly; Secure; SameSite=None; Partitioned$/],
    ['strict', { cookie: { sameSite: 'strict' } }, /; HttpOnly; Secure; SameSite=Strict$/],
    ['no longer than browsers keep it', { absoluteTimeout: '1000d' }, /; Max-Age=34560000; /],
  ])('%s', async (_what, options, cookie) => {
    const { setCookies } = await client(createSessions({ secrets: [SECRET], store, clock: testClock(), ...options })).run((session) =>
      session.set('cart', 'full'),
    )
    expect(setCookies).toEqual([expect.stringMatching(cookie)])
  })

  test('is taken away as it was set', async () => {
    const browser = client(createSessions({ secrets: [SECRET], store, cookie: { path: '/shop', domain: 'example.org' } }))
    await browser.run((session) => session.login('alice'))
    expect((await browser.run((session) => session.logout())).setCookies).toEqual([
      '__Secure-session=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/shop; Domain=example.org; HttpOnly; Secure; SameSite=Lax',
    ])
  })
})
