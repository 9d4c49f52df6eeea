/** What people pass by mistake is refused at the start, with one sentence that says what to write. */
import { adoptDjango, hashPassword } from '../../src/interop/django/index.ts'
import { adoptFlask, shareFlask } from '../../src/interop/flask/index.ts'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createAuth, csrf } from '../../src/auth/index.ts'
import { cookieTransport, createSessions, memoryStore } from '../../src/index.ts'
import type { SessionsOptions } from '../../src/index.ts'
import { fileStore } from '../../src/stores/file/index.ts'
import { mysqlStore } from '../../src/stores/mysql/index.ts'
import { postgresStore } from '../../src/stores/postgres/index.ts'
import { redisStore } from '../../src/stores/redis/index.ts'
import { sealedStore } from '../../src/stores/sealed.ts'
import { sqliteStore } from '../../src/stores/sqlite/index.ts'
import { telemetry } from '../../src/telemetry/index.ts'
import { formTransport } from '../../src/transports/form.ts'
import { headerTransport } from '../../src/transports/header.ts'
import { urlTransport } from '../../src/transports/url.ts'
import { SECRET } from '../_support/application.ts'

type Options = SessionsOptions & { readonly schema?: never }

const create = (options: object): ReturnType<typeof createSessions> =>
  createSessions({ secrets: [SECRET], store: memoryStore(), ...options } as Options)
const sessions = create({})

function refusal(code: string, message: RegExp): Error {
  return expect.objectContaining({ name: 'SojournError', code, message: expect.stringMatching(message) }) as Error
}

describe('stores, schemas and secrets', () => {
  const PAGE = String.raw` \[sojourn/docs/reference/errors\.md#err_session_options\]$`

  test.each<[what: string, options: object, message: string]>([
    ['an object that is no store', { store: {} }, 'store: this object is no store: it has no function load. Write one such as sqliteStore'],
    ['a URL', { store: 'redis://localhost' }, "store: a text is no store. Write redisStore('redis://…') of 'sojourn/stores/redis'."],
    ['a URL of PostgreSQL', { store: 'postgres://localhost' }, "store: a text is no store. Write postgresStore('postgres://…')"],
    ['another text', { store: 'memory' }, "store: a text is no store. Write sqliteStore('sessions.db') of 'sojourn/stores/sqlite'"],
    ['a store that was not made', { store: memoryStore }, 'store: call the function that makes it'],
    ['a promise of a store', { store: Promise.resolve(memoryStore()) }, 'store: await it first.'],
    ['null', { store: null }, 'store: null is no store. Leave it out, or write one'],
    [
      'a store of express-session',
      { store: { get() {}, set() {}, destroy() {} } },
      "store: this is a store of express-session. Write wrapExpressStore(store) of 'sojourn/interop/express-session'.",
    ],
    [
      'a plain object as schema',
      { schema: { cart: 'string' } },
      'schema: a plain object is no schema. Write one of zod, valibot or arktype',
    ],
    ['a type as schema', { schema: String }, 'schema: a function is no schema.'],
    ['a text as secrets', { secrets: SECRET }, 'secrets: write a list, secrets: [process.env.SESSION_SECRET].'],
    [
      'a variable that is not set',
      { secrets: [process.env['NO_SUCH_VARIABLE']] },
      'secrets[0] is undefined. Is the environment variable set? Put at least 32 random characters into it: `openssl rand -base64 32` prints one.',
    ],
    ['an empty variable', { secrets: [SECRET, ''] }, 'secrets[1] is empty. Is the environment variable set?'],
  ])('%s', (_what, options, message) => {
    const escaped = message.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
    expect(() => create(options)).toThrow(refusal('ERR_SESSION_OPTIONS', new RegExp(`^${escaped}.*${PAGE}`)))
  })

  test('what is right passes', () => {
    expect(create({ schema: z.object({}), store: sealedStore() })).toBeDefined()
  })

  test('no message holds what was given', () => {
    for (const options of [{ secrets: 'hunter2' }, { store: 'redis://:hunter2@localhost' }, { store: { hunter2: 1 } }]) {
      expect(() => create(options)).toThrow(expect.objectContaining({ message: expect.not.stringContaining('hunter2') }))
    }
  })
})

describe('durations whose unit was forgotten', () => {
  const shared = { secrets: 'a secret of Flask' }
  test.each<[what: string, use: () => unknown]>([
    ['idleTimeout', () => create({ idleTimeout: 30 })],
    ['absoluteTimeout', () => create({ absoluteTimeout: 30 })],
    ['rotateEvery', () => create({ rotateEvery: 15 })],
    ['lifetime', () => urlTransport({ lifetime: 30 })],
    ['lifetime', () => shareFlask({ ...shared, lifetime: 31 })],
    ['requireFresh', () => auth().requireFresh(10)],
    ['throttle.account.per', () => auth({ throttle: { account: { failures: 5, per: 15 } } })],
  ])('%s', (name, use) => {
    expect(use).toThrow(
      refusal(
        'ERR_SESSION_DURATION',
        new RegExp(`^${name}: (\\d+) would be \\1 milliseconds\\. Write the unit: '\\1s' for seconds, '\\1m'`),
      ),
    )
  })

  test('a timeout of the store may be that short', () => {
    expect(create({ storeTimeout: 500, liveInterval: 100 })).toBeDefined()
  })
})

const users = { findByName: () => null, findById: () => null, savePassword: () => null, describe: () => ({ id: '', password: null }) }
const auth = (options: object = {}): ReturnType<typeof createAuth> => createAuth({ sessions, users, ...options })

describe('an unknown option is refused, with the one that was meant', () => {
  const wrong = (options: object): never => options as never
  const session = create({ transport: urlTransport() }).open({ headers: {} })

  test.each<[what: string, use: () => unknown, message: string]>([
    [
      'createSessions',
      () => create({ idleTimeOut: '1h' }),
      "unknown option 'idleTimeOut'. Did you mean 'idleTimeout'? There are: secrets, ",
    ],
    ['of another library', () => create({ secret: SECRET }), "unknown option 'secret'. Write secrets: [process.env.SESSION_SECRET]"],
    ['of another library', () => create({ resave: false }), "unknown option 'resave'. Leave it out"],
    ['of another library', () => create({ maxAge: 1 }), "unknown option 'maxAge'. How long a session lives is said by idleTimeout"],
    [
      'cookie',
      () => create({ cookie: { maxAge: 3600 } }),
      "cookie: unknown option 'maxAge'. How long a session lives is said by idleTimeout",
    ],
    ['cookie', () => create({ cookie: { secure: false } }), "cookie: unknown option 'secure'. Leave it out: the cookie is Secure, except"],
    ['cookie', () => create({ cookie: { httpOnly: true } }), "cookie: unknown option 'httpOnly'. Leave it out"],
    ['cookie', () => create({ cookie: { samesite: 'lax' } }), "cookie: unknown option 'samesite'. Did you mean 'sameSite'?"],
    ['cookie', () => create({ cookie: 'lax' }), 'cookie: write an object of options. There are: sameSite, '],
    ['cookie.former', () => create({ cookie: { former: [{ name: 'x' }] } }), "cookie.former: unknown option 'name'."],
    ['cookieTransport', () => cookieTransport(wrong({ pth: '/' })), "cookie: unknown option 'pth'. Did you mean 'path'?"],
    ['rotateEvery', () => create({ rotateEvery: { evry: '1h' } }), "rotateEvery: unknown option 'evry'. Did you mean 'every'?"],
    [
      'maxSessionsPerPrincipal',
      () => create({ maxSessionsPerPrincipal: { limit: 1, exceed: 'refuse' } }),
      "maxSessionsPerPrincipal: unknown option 'exceed'. Did you mean 'exceeded'?",
    ],
    ['memoryStore', () => memoryStore(wrong({ max: 1 })), "memoryStore: unknown option 'max'. There are: maxSessions."],
    [
      'sqliteStore',
      () => sqliteStore(wrong({ path: ':memory:', synchronus: 'full' })),
      "sqliteStore: unknown option 'synchronus'. Did you mean 'synchronous'?",
    ],
    ['fileStore', () => fileStore('x', wrong({ sync: 'full' })), "fileStore: unknown option 'sync'."],
    [
      'redisStore',
      () => redisStore('redis://127.0.0.1:1', wrong({ prefx: '' })),
      "redisStore: unknown option 'prefx'. Did you mean 'prefix'?",
    ],
    [
      'postgresStore',
      () => postgresStore('postgres://x', wrong({ createTable: true })),
      "postgresStore: unknown option 'createTable'. Did you mean 'createTables'?",
    ],
    ['mysqlStore', () => mysqlStore('mysql://x', wrong({ tables: true })), "mysqlStore: unknown option 'tables'."],
    ['sealedStore', () => sealedStore(wrong({ revocation: 1 })), "sealedStore: unknown option 'revocation'. Did you mean 'revocations'?"],
    ['headerTransport', () => headerTransport(wrong({ heder: 'x' })), "headerTransport: unknown option 'heder'. Did you mean 'header'?"],
    ['urlTransport', () => urlTransport(wrong({ param: 'x' })), "urlTransport: unknown option 'param'."],
    ['formTransport', () => formTransport(wrong({ fields: 'x' })), "formTransport: unknown option 'fields'. Did you mean 'field'?"],
    ['csrf', () => csrf(sessions, wrong({ trustedOrgins: [] })), "csrf: unknown option 'trustedOrgins'. Did you mean 'trustedOrigins'?"],
    ['createAuth', () => auth({ password: {} }), "createAuth: unknown option 'password'. Did you mean 'passwords'?"],
    ['throttle', () => auth({ throttle: { acount: 1 } }), "throttle: unknown option 'acount'. Did you mean 'account'?"],
    [
      'throttle.account',
      () => auth({ throttle: { account: { failure: 1, per: '1m' } } }),
      "throttle.account: unknown option 'failure'. Did you mean",
    ],
    [
      'passwords',
      () => auth({ passwords: { algorithm: 'argon2id', pases: 1 } }),
      "passwords: unknown option 'pases'. Did you mean 'passes'?",
    ],
    ['passwords', () => auth({ passwords: { algorithm: 'scrypt', memory: 1 } }), "passwords: unknown option 'memory'."],
    [
      'passwords',
      () => auth({ passwords: { algorithm: 'django', iteration: 1 } }),
      "passwords: unknown option 'iteration'. Did you mean 'iterations'?",
    ],
    [
      'requireLogin',
      () => auth().requireLogin(wrong({ redirect: '/' })),
      "auth.requireLogin: unknown option 'redirect'. Did you mean 'redirectTo'?",
    ],
    [
      'requireFresh',
      () => auth().requireFresh('1h', wrong({ redirect: '/' })),
      "auth.requireFresh: unknown option 'redirect'. Did you mean",
    ],
    [
      'session.logout',
      () => session.logout(wrong({ clearSitedata: true })),
      "session.logout: unknown option 'clearSitedata'. Did you mean 'clearSiteData'?",
    ],
    [
      'shareFlask',
      () => shareFlask(wrong({ secrets: 'x', lifetme: '1d' })),
      "shareFlask: unknown option 'lifetme'. Did you mean 'lifetime'?",
    ],
    [
      'adoptFlask',
      () => adoptFlask(wrong({ secrets: 'x', orignal: 'end' })),
      "adoptFlask: unknown option 'orignal'. Did you mean 'original'?",
    ],
    [
      'adoptDjango',
      () => adoptDjango(wrong({ secrets: 'x', cookieage: '1d' })),
      "adoptDjango: unknown option 'cookieage'. Did you mean 'cookieAge'?",
    ],
    [
      'telemetry',
      () => telemetry(sessions, wrong({ principal: true })),
      "telemetry: unknown option 'principal'. Did you mean 'principals'?",
    ],
  ])('%s', (_what, use, message) => {
    expect(use).toThrow(expect.objectContaining({ code: 'ERR_SESSION_OPTIONS', message: expect.stringContaining(message) }))
  })

  test.each<[what: string, use: () => Promise<unknown>, message: string]>([
    ['list', () => sessions.of('anna').list(wrong({ curent: session })), "list: unknown option 'curent'. Did you mean 'current'?"],
    [
      'pages',
      () =>
        sessions
          .of('anna')
          .pages(wrong({ curent: session }))
          .next(),
      "pages: unknown option 'curent'. Did you mean 'current'?",
    ],
    [
      'revokeAll',
      () => sessions.of('anna').revokeAll(wrong({ exept: session })),
      "revokeAll: unknown option 'exept'. Did you mean 'except'?",
    ],
    [
      'revokeEverything',
      () => sessions.revokeEverything(wrong({ onprogress: () => undefined })),
      "revokeEverything: unknown option 'onprogress'. Did you mean 'onProgress'?",
    ],
    [
      'session.login',
      () => session.login('alice', wrong({ remeber: true })),
      "session.login: unknown option 'remeber'. Did you mean 'remember'?",
    ],
    [
      'session.load',
      () => session.load(wrong({ onStoredown: 'fail' })),
      "session.load: unknown option 'onStoredown'. Did you mean 'onStoreDown'?",
    ],
    [
      'session.url',
      async () => (await session.load()).url('/', wrong({ onse: true })),
      "session.url: unknown option 'onse'. Did you mean 'once'?",
    ],
    [
      'auth.authenticate',
      () => auth().authenticate('a', 'b', wrong({ ip: '::1' })),
      "auth.authenticate: unknown option 'ip'. There are: address.",
    ],
    [
      'hashPassword of Django',
      () => hashPassword('x', wrong({ iteration: 1 })),
      "hashPassword: unknown option 'iteration'. Did you mean 'iterations'?",
    ],
  ])('%s', async (_what, use, message) => {
    await expect(use()).rejects.toThrow(expect.objectContaining({ code: 'ERR_SESSION_OPTIONS', message: expect.stringContaining(message) }))
  })
})

describe('a guard, a request, users', () => {
  const handle = sessions.open({ headers: {} })
  const request = { headers: {}, method: 'POST' }

  test('guards that were not called', async () => {
    expect(() => (csrf as (...args: unknown[]) => unknown)(request, handle)).toThrow(
      refusal('ERR_SESSION_OPTIONS', /^write csrf\(sessions\) with what/),
    )
    const { requireLogin } = auth()
    expect(() => requireLogin(request as never)).toThrow(
      refusal(
        'ERR_SESSION_OPTIONS',
        /^auth\.requireLogin makes a guard\. Call it once, at the start: guard\(sessions, auth\.requireLogin\(\)\)/,
      ),
    )
  })

  test('users without a function', () => {
    expect(() => auth({ users: { ...users, describe: undefined } })).toThrow(
      refusal('ERR_SESSION_OPTIONS', /^createAuth: users\.describe is missing/),
    )
    expect(() => auth({ users: undefined })).toThrow(refusal('ERR_SESSION_OPTIONS', /^createAuth: users\.findByName is missing/))
  })

  test.each([undefined, null, 'GET /', {}])('%s is no request', (given) => {
    expect(() => sessions.open(given as never)).toThrow(
      refusal('ERR_SESSION_OPTIONS', /^sessions\.open: .* is no request.* Write sessions\.open\(req\)/),
    )
  })

  test('express-session’s callbacks are refused, and the way out is named', () => {
    for (const method of ['destroy', 'logout', 'rotate'] as const) {
      const call = handle[method] as (callback: () => void) => unknown
      expect(() => call.call(handle, () => undefined)).toThrow(
        refusal(
          'ERR_SESSION_OPTIONS',
          new RegExp(`^session\\.${method} takes no callback\\. Write await session\\.${method}\\(\\).*'sojourn/express-session'`),
        ),
      )
    }
  })
})
