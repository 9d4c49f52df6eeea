import { describe, expect, test, vi } from 'vitest'
import session from '../../../src/frameworks/express-session/index.ts'
import type { CompatSessionOptions } from '../../../src/frameworks/express-session/index.ts'

const secret = 'the secret of these tests, 32 or more'

describe('what cannot be kept is refused at start, and the message says what to write', () => {
  class RedisStore {
    get(): void {}
    set(): void {}
    destroy(): void {}
  }
  test.each([
    ['no secret', {}, /secret: there is none.*openssl rand/],
    ['a short secret', { secret: 'keyboard cat' }, /has 12 characters.*a new secret costs nothing/],
    ['a short secret behind a good one', { secret: [secret, 'old'] }, /has 3 characters/],
    ['a store for express-session', { secret, store: new RedisStore() }, /RedisStore is a store for express-session.*redisStore\(client\)/],
    ['a cookie that scripts read', { secret, cookie: { httpOnly: false } }, /httpOnly/],
    ["secure: 'auto'", { secret, cookie: { secure: 'auto' } }, /secure: 'auto' believes/],
    ["sameSite: 'auto'", { secret, cookie: { sameSite: 'auto' } }, /sameSite: 'auto' believes/],
    ['options made for each request', { secret, cookie: () => ({}) }, /cookie: write an object/],
    ['one end for all sessions', { secret, cookie: { expires: new Date() } }, /cookie.expires.*maxAge/],
    ['a maxAge of nothing', { secret, cookie: { maxAge: 0 } }, /maxAge/],
    ['another unset', { secret, unset: 'delete' }, /unset/],
    ['a principal that is no function', { secret, principal: 'user' }, /principal/],
    ['an option that neither knows', { secret, resaves: true }, /unknown option 'resaves'/],
  ])('%s', (_what, options, message) => {
    expect(() => session(options as CompatSessionOptions)).toThrow(message)
    expect(() => session(options as CompatSessionOptions)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' }))
  })
})

test('what no longer matters is named once, with the reason', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
  try {
    const ignored: CompatSessionOptions = { secret, resave: true, proxy: true, genid: () => 'x', cookie: { secure: false } }
    session(ignored)
    session(ignored)
    const said = warn.mock.calls.map(([text]) => String(text))
    expect(said.filter((text) => text.includes('ignores')).map((text) => text.split(':')[0])).toEqual([
      'sojourn/express-session ignores resave',
      'sojourn/express-session ignores proxy',
      'sojourn/express-session ignores genid',
    ])
    warn.mockClear()
    session({ secret, resave: false, saveUninitialized: false, rolling: false, cookie: { secure: false } })
    expect(warn).not.toHaveBeenCalled()
  } finally {
    warn.mockRestore()
  }
})

test('the store of the function is one of ours', () => {
  const store = new session.MemoryStore()
  expect(() => session({ secret, store, cookie: { secure: false } })).not.toThrow()
})
