/** What an attacker may send, or leave in another system's store, to get in, to stay in, or to do harm. */
import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { createSessions, memoryStore } from '../../src/index.ts'
import type { Sessions } from '../../src/index.ts'
import { adoptDjango, writeSignedValue, writeUser, writeSession } from '../../src/interop/django/index.ts'
import { lifetimeOf } from '../../src/interop/django/lifetime.ts'
import { valuesIn } from '../../src/interop/django/notation.ts'
import { shareExpressSession, readSession, signSessionId } from '../../src/interop/express-session/index.ts'
import { adoptFlask, writeSession as writeFlaskSession } from '../../src/interop/flask/index.ts'
import { sealCookie } from '../../src/interop/flask/cookie.ts'
import { testClock } from '../../src/testing/index.ts'
import { SECRET } from '../_support/application.ts'
import { client } from '../_support/client.ts'

const [NEW, OLD] = ['the new key', 'the old key']
const DAY = 86_400_000
const PASSWORD = 'pbkdf2_sha256$10$salt$hash'
const clock = testClock()
const now = clock.now()

const ofDjango = {
  engine: 'signed_cookies',
  secrets: [NEW, OLD],
  passwordOf: async (id: string) => (id === '7' ? PASSWORD : null),
} as const

function adopting(store = memoryStore()): Sessions {
  return createSessions({ secrets: [SECRET], store, clock, adopt: [adoptFlask({ secrets: [NEW, OLD] }), adoptDjango(ofDjango)] })
}

const enter = async (sessions: Sessions, name: string, value: string): Promise<unknown> => {
  const browser = client(sessions, new Map([[name, value]]))
  return (await browser.run(async (session) => [(await session.load()).principal, session.data])).result
}

const FLASK = { _user_id: '7', n: 1 }
const inFlask = (secrets: string, at = now, salt = 'cookie-session'): string => writeFlaskSession(FLASK, { secrets, now: at, salt })
const inDjango = (secrets: string, at = now, password = PASSWORD): string =>
  writeSession({ ...writeUser('7', password, { secrets }), n: 1 }, { secrets, now: at, engine: 'signed_cookies' })

const GENUINE = ['7', { n: 1 }]
const NOBODY = [null, {}]

test('a genuine cookie is adopted, under the key of today or an older one', async () => {
  for (const secret of [NEW, OLD]) {
    expect(await enter(adopting(), 'session', inFlask(secret))).toEqual(GENUINE)
    expect(await enter(adopting(), 'sessionid', inDjango(secret))).toEqual(GENUINE)
  }
})

test.each<[what: string, name: string, value: string]>([
  ['under a foreign key', 'session', inFlask('another key')],
  ['under a foreign key', 'sessionid', inDjango('another key')],
  ['signed for another purpose', 'session', inFlask(NEW, now, 'reset-password')],
  ['signed for another purpose', 'sessionid', writeSignedValue(writeUser('7', PASSWORD, { secrets: NEW }), { secrets: NEW, now })],
  ['that is a row', 'sessionid', writeSession(writeUser('7', PASSWORD, { secrets: NEW }), { secrets: NEW, now })],
  ['of the other system', 'session', inDjango(NEW)],
  ['of the other system', 'sessionid', inFlask(NEW)],
  ['that is too old', 'session', inFlask(NEW, now - 32 * DAY)],
  ['that is too old', 'sessionid', inDjango(NEW, now - 15 * DAY)],
  ['of the future', 'session', inFlask(NEW, now + 60_000)],
  ['with the hash of an earlier password', 'sessionid', inDjango(NEW, now, 'pbkdf2_sha256$10$salt$before')],
  ['with a letter changed', 'session', inFlask(NEW).replace('.', 'A.')],
  ['with a letter changed', 'sessionid', `e${inDjango(NEW).slice(1).replace(':', 'A:')}`],
  ['without its signature', 'session', inFlask(NEW).slice(0, -28)],
  ['without its signature', 'sessionid', inDjango(NEW).slice(0, -44)],
])('a cookie %s is nobody: %s', async (_what, name, value) => {
  expect(await enter(adopting(), name, value)).toEqual(NOBODY)
})

test('a cookie that was spent in one process is spent in the other, whichever key signed it', async () => {
  const store = memoryStore()
  const [here, there] = [adopting(store), adopting(store)]
  for (const [name, value] of [
    ['session', inFlask(OLD)],
    ['sessionid', inDjango(OLD)],
  ] as const) {
    const browser = client(here, new Map([[name, value]]))
    await browser.run((session) => session.load())
    await browser.run((session) => session.logout(), { at: there })
    expect([await enter(here, name, value), await enter(there, name, value)]).toEqual([NOBODY, NOBODY])
  }
})

test('what JavaScript cannot hold, or what is too much, is left behind or is no session, and never an error', async () => {
  const digits = '9'.repeat(5_000)
  const deep = `${'['.repeat(150)}${']'.repeat(150)}`
  const seal = (json: string): string => sealCookie(json, { secrets: NEW, now })
  const odd = seal(`{"_user_id":"7","half":"\\ud800","big":${2n ** 70n},"nan":NaN,"whole":2.0,"deep":${deep},"__proto__":{"admin":true}}`)
  const [principal, data] = (await enter(adopting(), 'session', odd)) as [string, Record<string, unknown>]
  expect([principal, data['whole'], data['half'], data['big']]).toEqual(['7', 2, '\ud800', 2n ** 70n])
  expect([Object.getPrototypeOf(data), ({} as { admin?: unknown }).admin]).toEqual([Object.prototype, undefined])
  for (const json of [`{"n":${digits}}`, `{"n":${'['.repeat(3_000)}${']'.repeat(3_000)}}`, '{"n":"\u0001"}', '[]', '7', ''])
    expect(await enter(adopting(), 'session', seal(json))).toEqual(NOBODY)
})

const ENDLESS = `${'['.repeat(100_000)}${']'.repeat(100_000)}`

test.each([`{"cookie":{},"a":${ENDLESS}}`, `{"cookie":{"a":${ENDLESS}}}`])(
  'a record of express-session that is nested without end is no fault of the store',
  async (text) => {
    expect(readSession(text)).toBeDefined()
    const store = {
      get: (_sid: string, done: (error: unknown, session?: { cookie: object }) => void) =>
        done(null, JSON.parse(text) as { cookie: object }),
      set: () => undefined,
      destroy: () => undefined,
    }
    const redis = { sendCommand: async () => [Buffer.from(text), 60_000] }
    for (const where of [store, { redis }]) {
      const sessions = shareExpressSession({ secrets: NEW, store: where })
      const session = sessions.open({ headers: { cookie: `connect.sid=${signSessionId('a'.repeat(32), NEW)}` } })
      expect((await session.load()).isNew).toBe(true)
    }
  },
)

test('a session id that signs more than it says is taken as a whole', async () => {
  // If it were split at the first dot, the rest would be its own signature.
  const inner = `a.${createHmac('sha256', NEW).update('a').digest('base64').replace(/=+$/, '')}`
  const asked: string[] = []
  const store = {
    get(sid: string, done: (error: unknown) => void) {
      asked.push(sid)
      done(null)
    },
    set: () => undefined,
    destroy: () => undefined,
  }
  const sessions = shareExpressSession({ secrets: NEW, store })
  await sessions.open({ headers: { cookie: `connect.sid=${signSessionId(inner, NEW)}` } }).load()
  expect(asked).toEqual([inner])
})

test('an expiry that Django took as a float counts', () => {
  const ages = { cookieAge: 14 * DAY, expireAtBrowserClose: false }
  const left = (expiry: string): number => lifetimeOf(valuesIn(Buffer.from(`{"_session_expiry":${expiry}}`))!, now, ages).expiresAt - now
  expect(['1800', '1800.0', '1800.5', '0.0'].map(left)).toEqual([1_800_000, 1_800_000, 1_800_500, 14 * DAY])
})
