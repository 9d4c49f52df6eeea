import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeEach, describe, expect, test } from 'vitest'
import { createSessions, memoryStore } from '../../../src/index.ts'
import {
  adoptDjango,
  shareDjango,
  readSession,
  sessionAuthHash,
  writeUser,
  writeCachedSession,
  writeSession,
} from '../../../src/interop/django/index.ts'
import type { DjangoOptions, ForeignNodeRedis } from '../../../src/interop/django/index.ts'
import { saltedHmac } from '../../../src/interop/django/signing.ts'
import { testClock } from '../../../src/testing/index.ts'
import type { TestClock } from '../../../src/testing/index.ts'
import { SECRET as OURS } from '../../_support/application.ts'
import { client } from '../../_support/client.ts'
import type { Client } from '../../_support/client.ts'

const SECRET = 'of a Django site'
const KEY = 'k'.repeat(32)
const DAY = 86_400_000

let clock: TestClock
let database: DatabaseSync
let password: string | undefined
let site: DjangoOptions

beforeEach(() => {
  clock = testClock()
  password = 'pbkdf2_sha256$1$salt$hash'
  database = new DatabaseSync(':memory:')
  database.exec(
    'CREATE TABLE django_session (session_key varchar(40) PRIMARY KEY, session_data text NOT NULL, expire_date datetime NOT NULL)',
  )
  site = { secrets: SECRET, engine: 'db', database, passwordOf: async () => password }
})

function put(text: string, expires = '2999-01-01 00:00:00'): void {
  database.prepare('INSERT OR REPLACE INTO django_session VALUES (?, ?, ?)').run(KEY, text, expires)
}

const rows = (): { session_key: string; session_data: string; expire_date: string }[] =>
  database.prepare('SELECT * FROM django_session').all() as never

function visitor(more: object = {}, cookie = KEY): Client<Record<string, unknown>> {
  const options = { ...site, clock, ...more }
  return client(shareDjango(options), new Map([['sessionid', cookie]]))
}

const look = async (browser: Client<Record<string, unknown>>): Promise<unknown> =>
  (await browser.run(async (opened) => [(await opened.load()).principal, opened.data])).result

const signedIn = (secret = SECRET): Record<string, unknown> => ({ ...writeUser(7, password!, { secrets: secret }), cart: [1] })

describe('who is signed in', () => {
  test('is who the row says, while the password is the same', async () => {
    put(writeSession(signedIn(), { secrets: SECRET }))
    expect(await look(visitor())).toEqual(['7', { ...writeUser(7, password!, { secrets: SECRET }), cart: [1] }])
    password = 'pbkdf2_sha256$1$salt$another'
    expect(await look(visitor())).toEqual([null, {}])
    expect(rows()).toEqual([])
  })

  test('is nobody where the user is gone, or the session has no hash', async () => {
    const { _auth_user_hash: _, ...without } = signedIn()
    put(writeSession(without, { secrets: SECRET }))
    expect(await look(visitor())).toEqual([null, {}])
    put(writeSession(signedIn(), { secrets: SECRET }))
    password = undefined
    expect(await look(visitor())).toEqual([null, {}])
  })

  test('stays so when the secret is rotated', async () => {
    put(writeSession(signedIn(), { secrets: SECRET }))
    const browser = visitor({ secrets: ['new', SECRET] })
    expect(await look(browser)).toMatchObject(['7', { cart: [1] }])
    await browser.run((opened) => opened.set('cart', [2]))
    expect(readSession(rows()[0]!.session_data, { secrets: 'new' })).toMatchObject({ cart: [2] })
    expect(await look(visitor({ secrets: 'new' }))).toEqual([null, {}])
  })

  test('changes the password and stays signed in, under a new key', async () => {
    put(writeSession({ ...signedIn(), _csrftoken: 'of before' }, { secrets: SECRET }))
    const browser = visitor()
    await browser.run(async (opened) => {
      await opened.load()
      password = 'pbkdf2_sha256$1$salt$another'
      await opened.login('7')
    })
    expect(browser.jar.get('sessionid')).not.toBe(KEY)
    const data = readSession(rows()[0]!.session_data, { secrets: SECRET })
    expect(data).toEqual({ ...writeUser(7, password!, { secrets: SECRET }), cart: [1] })
    expect(rows().length).toBe(1)
  })

  test('signs in only where the password can be looked up', async () => {
    const { passwordOf: _, ...without } = site
    const browser = client(shareDjango({ ...(without as DjangoOptions), clock }))
    await expect(browser.run((opened) => opened.login('7'))).rejects.toThrow(expect.objectContaining({ code: 'ERR_SESSION_CAPABILITY' }))
    put(writeSession({ ...signedIn(), _auth_user_hash: 'whatever' }, { secrets: SECRET }))
    const reading = client(shareDjango({ ...(without as DjangoOptions), clock }), new Map([['sessionid', KEY]]))
    expect(await look(reading)).toMatchObject(['7', {}])
  })

  test('of before Django 3.1 needs to be asked for', async () => {
    const hash = saltedHmac('django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash', password!, SECRET, 'sha1').toString('hex')
    const json = JSON.stringify({ ...signedIn(), _auth_user_hash: hash })
    const signature = saltedHmac('django.contrib.sessionsSessionStore', json, SECRET, 'sha1').toString('hex')
    put(Buffer.from(`${signature}:${json}`).toString('base64'))
    expect(await look(visitor())).toEqual([null, {}])
    expect(await look(visitor({ legacy: true }))).toMatchObject(['7', { cart: [1] }])
  })
})

describe('the lifetime', () => {
  const expires = (): number => Date.parse(`${rows()[0]!.expire_date.replace(' ', 'T')}Z`) - clock.now()
  const maxAge = async (browser: Client<Record<string, unknown>>): Promise<string | undefined> => {
    const { setCookies } = await browser.run((opened) => opened.set('n', clock.now()))
    return /Max-Age=(\d+)/.exec(setCookies.join())?.[1]
  }

  test('is that of the settings', async () => {
    put(writeSession({ a: 1 }, { secrets: SECRET }))
    const browser = visitor({ cookieAge: '2d' })
    expect([await maxAge(browser), expires()]).toEqual(['172800', 2 * DAY])
    const atClose = visitor({ expireAtBrowserClose: true })
    clock.advance(1_000)
    expect([await maxAge(atClose), expires()]).toEqual([undefined, 14 * DAY])
  })

  test.each([
    ['of set_expiry(60)', 60, '60', 60_000],
    ['of the browser', 0, undefined, 14 * DAY],
    ['until an instant', '2999-05-06T07:08:09+00:00', expect.any(String), expect.any(Number)],
    ['what Django could not have written', [{}], '1209600', 14 * DAY],
    ['beyond all dates', 1e300, expect.any(String), expect.any(Number)],
  ])('is %s', async (_what, expiry, age, milliseconds) => {
    put(writeSession({ _session_expiry: expiry, a: 1 }, { secrets: SECRET }))
    const browser = visitor()
    expect([await maxAge(browser), expires()]).toEqual([age, milliseconds])
    expect(readSession(rows()[0]!.session_data, { secrets: SECRET })?.['_session_expiry']).toEqual(expiry)
  })

  test('moves with each visit only where Django moves it', async () => {
    put(writeSession({ a: 1 }, { secrets: SECRET, now: clock.now() }), '2999-01-01 00:00:00')
    database.exec(`UPDATE django_session SET expire_date = '${new Date(clock.now() + DAY).toISOString().replace('T', ' ').slice(0, 19)}'`)
    const before = rows()
    await look(visitor())
    expect(rows()).toEqual(before)
    const sessions = shareDjango({ ...site, clock, saveEveryRequest: true })
    const touched = new Promise((resolve) => {
      sessions.on('touched', resolve)
    })
    await look(client(sessions, new Map([['sessionid', KEY]])))
    await touched
    expect(expires()).toBe(14 * DAY)
  })
})

test.each(['', 'k', 'K'.repeat(32), '../../etc/passwd', "' OR 1 --", 'k'.repeat(41), 'ê'.repeat(32)])(
  'no session has the key %j',
  async (key) => {
    put(writeSession({ a: 1 }, { secrets: SECRET }))
    expect(await look(visitor({}, key))).toEqual([null, {}])
  },
)

test('a key that the client made up is not taken over', async () => {
  const browser = visitor({}, 'madeup'.repeat(5))
  await browser.run((opened) => opened.set('a', 1))
  expect(rows()[0]!.session_key).toMatch(/^[a-z0-9]{32}$/)
  expect(rows()[0]!.session_key).not.toBe('madeup'.repeat(5))
})

test('rows of a SessionStore of another class have its salt', async () => {
  const salt = 'django.contrib.sessions.MyStore'
  put(writeSession({ a: 1 }, { secrets: SECRET, salt }))
  expect(await look(visitor())).toEqual([null, {}])
  expect(await look(visitor({ salt }))).toEqual([null, { a: 1 }])
})

test('a row of PickleSerializer is adopted, and not shared', async () => {
  const pickle = writeCachedSession({ ...signedIn(), raw: new Uint8Array([0, 255]) }).toString('base64url')
  const signature = saltedHmac('django.contrib.sessions.SessionStoresigner', `${pickle}:1x8elk`, SECRET, 'sha256').toString('base64url')
  put(`${pickle}:1x8elk:${signature}`)
  expect(await look(visitor())).toEqual([null, {}])
  const sessions = createSessions({ secrets: [OURS], store: memoryStore(), clock, development: true, adopt: [adoptDjango(site)] })
  expect(await look(client(sessions, new Map([['sessionid', KEY]])))).toEqual(['7', { cart: [1], raw: new Uint8Array([0, 255]) }])
})

test('a pickle that names a class is no session, and is left as it is', async () => {
  const calls: string[] = []
  const redis: ForeignNodeRedis = {
    async sendCommand([command]) {
      calls.push(String(command))
      return [Buffer.from('cos\nsystem\n(S"true"\ntR.'), 1_000]
    },
  }
  const sessions = shareDjango({ secrets: SECRET, engine: 'cache', cache: { client: redis }, clock })
  expect(await look(client(sessions, new Map([['sessionid', KEY]])))).toEqual([null, {}])
  expect(calls).toEqual(['EVAL'])
})

test('files are as Django leaves them: readable by nobody else, and none that is no session', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-django-'))
  const sessions = shareDjango({ secrets: SECRET, engine: 'file', folder, clock })
  const browser = client(sessions)
  await browser.run((opened) => opened.set('a', 1))
  await browser.run((opened) => opened.set('a', 2))
  expect(readdirSync(folder)).toEqual([`sessionid${browser.jar.get('sessionid')}`])
  expect(statSync(join(folder, readdirSync(folder)[0]!)).mode & 0o777).toBe(0o600)
  clock.advance(14 * DAY)
  expect(await look(browser)).toEqual([null, {}])
  writeFileSync(join(folder, `sessionid${KEY}`), Buffer.from([0x80, 0xff]))
  expect(await look(client(sessions, new Map([['sessionid', KEY]])))).toEqual([null, {}])
  rmSync(folder, { recursive: true })
})

test('the hash of a session is that of the first secret', () => {
  expect(sessionAuthHash(password!, ['a', 'b'])).toBe(sessionAuthHash(password!, 'a'))
})
