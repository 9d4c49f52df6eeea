/** What is mistyped below the options of another system is refused by name, as at the top. */
import { describe, expect, test } from 'vitest'
import * as django from '../../src/interop/django/index.ts'
import * as express from '../../src/interop/express-session/index.ts'
import * as flask from '../../src/interop/flask/index.ts'

const secrets = 'the secret of these tests, 32 ch'
const client = { callBuffer: async () => null }
const database = { query: async () => ({ rows: [], rowCount: 0 }) }
const store = { get: () => undefined, set: () => undefined, destroy: () => undefined }
const principal = { keys: ['user'], of: () => null, signIn: (user: string) => ({ user }) }

/** Options as they are written in JavaScript. */
const wrong = (options: object): never => options as never

const ways = {
  adoptFlask: (more: object) => flask.adoptFlask(wrong({ secrets, ...more })),
  shareFlask: (more: object) => flask.shareFlask(wrong({ secrets, ...more })),
  adoptDjango: (more: object) => django.adoptDjango(wrong({ secrets, engine: 'signed_cookies', ...more })),
  shareDjango: (more: object) => django.shareDjango(wrong({ secrets, engine: 'signed_cookies', ...more })),
  adoptExpressSession: (more: object) => express.adoptExpressSession(wrong({ secrets, store, ...more })),
  shareExpressSession: (more: object) => express.shareExpressSession(wrong({ secrets, store, ...more })),
}

function refuses(use: () => unknown, message: string): void {
  expect(use).toThrow(expect.objectContaining({ code: 'ERR_SESSION_OPTIONS', message: expect.stringContaining(message) }))
}

describe.each(['Flask', 'Django', 'ExpressSession'] as const)('%s', (system) => {
  const [adopt, share] = [ways[`adopt${system}`], ways[`share${system}`]]

  test.each([
    ['cookie', { cookie: { samesite: 'lax' } }, "cookie: unknown option 'samesite'. Did you mean 'sameSite'?"],
    ['a cookie that is none', { cookie: 'sessionid' }, 'cookie: write an object of options'],
  ])('%s', (_what, options, message) => {
    for (const use of [adopt, share]) refuses(() => use(options), message)
  })

  test.each([
    ['original', { original: 'keep' }, "original: write 'end' or 'leave', not \"keep\""],
    ['principal', { principal }, 'principal: write a function of the old data'],
    ['data', { data: {} }, 'data: write a function of the old data'],
  ])('adopting: %s', (_what, options, message) => {
    refuses(() => adopt(options), message)
  })

  test('what is right is taken', () => {
    for (const use of [adopt, share]) expect(use({ cookie: { path: '/', sameSite: 'lax' } })).toBeDefined()
  })
})

test.each<[keyof typeof ways, object, string]>([
  ['shareFlask', { principal: { ...principal, signin: principal.signIn, signIn: undefined } }, 'principal: write { keys: '],
  ['shareExpressSession', { principal: 'user' }, 'principal: write { keys: '],
  ['shareFlask', { cookie: { maxAge: 1 } }, 'PERMANENT_SESSION_LIFETIME is the option `lifetime`'],
  ['shareDjango', { cookie: { maxAge: 1 } }, 'SESSION_COOKIE_AGE is the option `cookieAge`'],
  ['adoptFlask', { redis: { client, prefx: 'a:' } }, "redis: unknown option 'prefx'. Did you mean 'prefix'?"],
  ['adoptFlask', { redis: {} }, 'redis.client: pass a connected client'],
  ['adoptDjango', { engine: 'cache', cache: { client, verson: 2 } }, "cache: unknown option 'verson'. Did you mean 'version'?"],
  ['adoptDjango', { engine: 'cache' }, 'cache: write an object of options. There are: client'],
  ['shareDjango', { engine: 'cached_db', database, cache: {} }, 'cache.client: pass a connected client'],
  ['shareDjango', { engine: 'db' }, 'database: pass a Pool'],
  ['shareDjango', { engine: 'file' }, 'folder: write SESSION_FILE_PATH'],
  ['adoptDjango', { engine: 'database' }, "engine: write 'db'"],
  ['shareExpressSession', { store: { redis: client, prefx: 'a:' } }, "store: unknown option 'prefx'. Did you mean 'prefix'?"],
  ['shareExpressSession', { store: { redis: undefined } }, 'store.redis: pass a connected client'],
  ['shareExpressSession', { store: { postgres: database, table: 'x' } }, "store: unknown option 'table'."],
  ['shareExpressSession', { store: { postgres: undefined } }, 'store.postgres: pass a Pool'],
  ['shareExpressSession', { store: undefined }, 'store: pass a store of express-session'],
  ['adoptExpressSession', { store: client }, 'store: pass a store of express-session'],
])('%s with %o', (way, options, message) => {
  refuses(() => ways[way](options), message)
})

test.each<[string, () => unknown, string]>([
  ['wrapExpressStore', () => express.wrapExpressStore(wrong({})), 'wrapExpressStore: pass a store of express-session'],
  ['readSession of Flask', () => flask.readSession('', wrong({ secrets, maxage: 1 })), "Did you mean 'maxAge'?"],
  ['writeSession of Flask', () => flask.writeSession({}, wrong({ secrets, sallt: 'x' })), "Did you mean 'salt'?"],
  ['readSession of Django', () => django.readSession('', wrong({ secrets, maxage: 1 })), "Did you mean 'maxAge'?"],
  ['writeSession of Django', () => django.writeSession({}, wrong({ secrets, enigne: 'db' })), "Did you mean 'engine'?"],
  ['readSignedValue', () => django.readSignedValue('', wrong({ secrets, max_age: 1 })), "Did you mean 'maxAge'?"],
  ['writeSignedValue', () => django.writeSignedValue({}, wrong({ secrets, compres: true })), "Did you mean 'compress'?"],
  ['readSignedCookie', () => django.readSignedCookie('', wrong({ secrets, name: 'a', maxage: 1 })), "Did you mean 'maxAge'?"],
  ['cacheKey', () => django.cacheKey('a', wrong({ verson: 2 })), "cacheKey: unknown option 'verson'. Did you mean 'version'?"],
])('%s', (_what, use, message) => {
  refuses(use, message)
})
