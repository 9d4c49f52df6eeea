import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { MockInstance } from 'vitest'
import session from '../../../src/frameworks/express-session/index.ts'
import type { CompatSessionOptions } from '../../../src/frameworks/express-session/index.ts'
import { memoryStore } from '../../../src/index.ts'
import { sealedStore } from '../../../src/stores/sealed.ts'

const secret = 'the secret of these tests, 32 or more'
const QUIET: CompatSessionOptions = { secret, saveUninitialized: false, cookie: { secure: false } }

let warn: MockInstance<typeof process.emitWarning>
beforeEach(() => {
  warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
})
afterEach(() => {
  warn.mockRestore()
})

const said = (): string[] => warn.mock.calls.map(([text]) => String(text))

describe('what express-session cannot serve either is refused at start, and the message says what to write', () => {
  test.each([
    ['no secret in a list', { secret: [] }, /secret: write a text.*openssl rand/],
    ['a missing secret before another', { secret: [undefined, secret] }, /secret: write a text/],
    ['a maxAge that is no number', { secret, cookie: { maxAge: '1h' } }, /cookie.maxAge: write a number of milliseconds.*1h/],
    ['an endless maxAge', { secret, cookie: { maxAge: Infinity } }, /cookie.maxAge.*Infinity/],
    ['an instant that is none', { secret, cookie: { expires: 'tomorrow' } }, /cookie.expires: write a Date/],
    ['another sameSite', { secret, cookie: { sameSite: 'laxer' } }, /cookie.sameSite: write 'lax'.*"laxer"/],
    ['a path that begins another attribute', { secret, cookie: { path: '/; Domain=evil.example' } }, /cookie.path/],
    ['a name that no cookie has', { secret, name: 'my session' }, /name: no cookie can have the name "my session"/],
    ['a domain with a port', { secret, cookie: { domain: 'example.com:80' } }, /cookie.domain: write a host's name/],
    ['another unset', { secret, unset: 'delete' }, /unset: write 'destroy' or 'keep'/],
    ['an id that nobody makes', { secret, genid: 'id' }, /genid: write a function/],
    ['a store that cannot get', { secret, store: { set: () => undefined } }, /store: write a store of express-session/],
  ])('%s', (_what, options, message) => {
    const start = (): unknown => session({ ...QUIET, ...options } as CompatSessionOptions)
    expect(start).toThrow(message)
    expect(start).toThrow(expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' }))
  })
})

describe('with a store of ours', () => {
  test.each([
    ['no secret', { secret: undefined, cookie: {} }, /secret: write a text/],
    ['an end that has passed', { cookie: { maxAge: -1 } }, /would end at once/],
    ['a principal that is no function', { principal: 'user' }, /principal: write a function/],
    ['a short secret that encrypts', { secret: 'keyboard cat', encrypt: true }, /encrypts the records/],
    ['a short secret of sealed sessions', { secret: 'keyboard cat', store: sealedStore() }, /encrypts the records/],
  ])('%s is refused', (_what, options, message) => {
    expect(() => session({ ...QUIET, store: memoryStore(), ...options } as CompatSessionOptions)).toThrow(message)
  })

  test('what is not followed is named, with the reason', () => {
    const ignored: CompatSessionOptions = {
      ...QUIET,
      store: memoryStore(),
      resave: true,
      rolling: true,
      proxy: true,
      genid: () => 'x',
      cookie: { secure: 'auto', sameSite: 'auto', httpOnly: false, priority: 'high' },
    }
    session(ignored)
    session(ignored)
    expect(
      said()
        .filter((text) => text.includes('ignores'))
        .map((text) => /ignores ([^:]+)/.exec(text)![1]),
    ).toEqual(['rolling', 'proxy', 'genid', 'resave', 'cookie.httpOnly', 'cookie.secure', 'cookie.priority', 'cookie.sameSite'])
  })
})

test('what is followed is not warned of', () => {
  session({ ...QUIET, resave: false, rolling: true, proxy: true, genid: () => 'x' })
  session({ ...QUIET, store: memoryStore(), resave: false, rolling: false })
  expect(said()).toEqual([])
})

test('a risk is named once, whatever the number of applications', () => {
  for (let made = 0; made < 2; made++) {
    session({ secret: 'keyboard cat' })
    session({ ...QUIET, secret: Buffer.from('of bytes') })
  }
  const risks = said()
  expect(risks.filter((text) => text.includes('saveUninitialized: false'))).toHaveLength(1)
  expect(risks.filter((text) => text.includes('a secret has only 12 characters. Whoever guesses it'))).toHaveLength(1)
  expect(risks.filter((text) => text.includes('a secret has only 8 characters. Whoever guesses it'))).toHaveLength(1)
  expect(risks.join()).not.toContain('keyboard cat')
})

test('a secret that comes from elsewhere, a name that nobody knows and the memory in production are named', () => {
  vi.stubEnv('NODE_ENV', 'production')
  try {
    session({ ...QUIET, secret: undefined, ttl: 60 } as CompatSessionOptions)
  } finally {
    vi.unstubAllEnvs()
  }
  expect(said().map((text) => text.slice(0, 60))).toEqual([
    expect.stringContaining('sessions are kept in the memory'),
    expect.stringContaining('there is no secret'),
    expect.stringContaining('ignores ttl'),
  ])
})

test.each(['encrypt', 'absoluteTimeout', 'adopt', 'principal', 'rotateEvery'])('%s needs a store of ours', (option) => {
  expect(() => session({ ...QUIET, [option]: () => undefined })).toThrow(`${option}: needs a store of Sojourn`)
})
