/**
 * Any bytes, and mutated signed values, sessions, cache entries and tokens of Django: they give data or undefined in
 * bounded time, and never throw. fast-check prints the seed of a failure.
 */
import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  shareDjango,
  writeSignedValue,
  Float,
  readSignedValue,
  maskCsrfToken,
  readCachedSession,
  readSession,
  readSignedCookie,
  readUser,
  Tuple,
  unmaskCsrfToken,
  verifyCsrfToken,
  verifySessionAuthHash,
  writeCachedSession,
  writeSession,
} from '../../src/interop/django/index.ts'
import type { DjangoOptions, DjangoPostgres, ForeignNodeRedis } from '../../src/interop/django/index.ts'
import { sealSession } from '../../src/interop/django/session-data.ts'
import { saltedHmac } from '../../src/interop/django/signing.ts'
import { mutated } from './mutated.ts'

const SECRET = 'of the fuzz'
const NOW = 1_790_000_000_000
const READ = { secrets: SECRET, now: NOW, legacy: true }
const DATA = { cart: [{ sku: 'tea', price: new Float(2), n: 2n ** 60n }], user: 'Ёлка', f: [1.5, null, true] }
const LARGE = { ...DATA, text: 'ab'.repeat(300) }

const isData = (value: unknown): boolean =>
  value === undefined || (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype)

test.each(['db', 'signed_cookies'] as const)('a session of %s is a genuine one or none', (engine) => {
  for (const data of [DATA, LARGE]) {
    const genuine = writeSession(data, { secrets: SECRET, now: NOW, engine })
    expect(readSession(genuine, { ...READ, engine })).toEqual(data)
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 400 }), mutated(Buffer.from(genuine)).map(String))
    fc.assert(
      fc.property(text, (value) => {
        if (value !== genuine) expect(readSession(value, { ...READ, engine })).toBeUndefined()
      }),
    )
  }
})

test('a signed value is a genuine one or none', () => {
  const genuine = writeSignedValue(DATA, { secrets: SECRET, now: NOW })
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 400 }), mutated(Buffer.from(genuine)).map(String))
  fc.assert(
    fc.property(text, (value) => {
      if (value !== genuine) expect(readSignedValue(value, { ...READ, maxAge: 1_000 })).toBeUndefined()
      expect(readSignedCookie(value, { secrets: SECRET, now: NOW, name: 'a', legacySalt: true })).toBeUndefined()
    }),
  )
})

test('whatever is signed, it is data or none', () => {
  const payload = fc.oneof(
    fc.json(),
    fc.string({ unit: 'binary' }),
    mutated(Buffer.from('{"a":{"b":[1.0,NaN,null]},"c":"\\u0451"}')).map(String),
  )
  fc.assert(
    fc.property(payload, (json) => {
      expect(isData(readSession(sealSession(json, READ), READ))).toBe(true)
      const signature = saltedHmac('django.contrib.sessionsSessionStore', json, SECRET, 'sha1').toString('hex')
      expect(isData(readSession(Buffer.from(`${signature}:${json}`).toString('base64'), READ))).toBe(true)
    }),
  )
})

test('a row that inflates without end is refused', () => {
  const bomb = deflateSync(Buffer.from(`{"a":"${'a'.repeat(20_000_000)}"}`)).toString('base64url')
  const text = `.${bomb}:1x8elk`
  const signature = saltedHmac('django.contrib.sessions.SessionStoresigner', text, SECRET, 'sha256').toString('base64url')
  expect(readSession(`${text}:${signature}`, READ)).toBeUndefined()
})

test('a cache entry is data or none', () => {
  const genuine = writeCachedSession({ ...DATA, pair: new Tuple([1, new Uint8Array([255])]) })
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 400 }), mutated(genuine)), (bytes) => {
      const data = readCachedSession(bytes)
      expect(isData(data)).toBe(true)
      if (data) readUser(data)
    }),
    { numRuns: 2_000 },
  )
})

test('any token and any hash is good or not', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ minLength: 32, maxLength: 32 }),
    fc.string({ minLength: 64, maxLength: 64 }),
  )
  fc.assert(
    fc.property(text, text, (one, another) => {
      const secret = unmaskCsrfToken(one)
      expect(maskCsrfToken(one) === undefined).toBe(secret === undefined)
      expect(verifyCsrfToken(one, another)).toBe(secret !== undefined && secret === unmaskCsrfToken(another))
      expect(verifySessionAuthHash(one, another, SECRET, { legacy: true })).toBe(false)
    }),
  )
})

/** A load has only a key; every other call succeeds. */
const redisHolding = (raw: Uint8Array): ForeignNodeRedis => ({
  sendCommand: async ({ length }) => (length === 4 ? [Buffer.from(raw), 1_000] : 1),
})
const databaseHolding = (data: string): DjangoPostgres => ({ query: async () => ({ rows: [{ data, expires: NOW + 1_000 }], rowCount: 1 }) })

const visit = (options: DjangoOptions, cookie: string): Promise<Response> =>
  shareDjango({ ...options, clock: { now: () => NOW } }).handle(
    new Request('http://shop.test/', { headers: { cookie: `sessionid=${cookie}` } }),
    async (session) => {
      const { principal, data } = await session.load()
      session.set('n', 1)
      return Response.json([principal, Object.keys(data)])
    },
  )

test('whatever lies in a row, in the cache or in the cookie, the visit goes on', async () => {
  const expiry = fc.oneof(fc.jsonValue(), fc.double(), fc.date({ noInvalidDate: true }).map(String))
  const value = fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' }))
  const members = fc.record(
    { _session_expiry: expiry, _auth_user_id: value, _auth_user_backend: value, _auth_user_hash: value, n: value, '\u0000a': value },
    { requiredKeys: [] },
  )
  const json = fc.oneof(
    members.map((data) => JSON.stringify(data)),
    fc.string({ unit: 'binary' }),
    fc.json(),
  )
  const passwordOf = async (): Promise<string> => 'a'
  await fc.assert(
    fc.asyncProperty(json, fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated(writeCachedSession(DATA))), async (text, bytes) => {
      const key = 'k'.repeat(32)
      const row = sealSession(text, READ)
      const cookie = sealSession(text, { ...READ, engine: 'signed_cookies' })
      const common = { secrets: SECRET, legacy: true, passwordOf }
      const all = [
        visit({ ...common, engine: 'db', database: databaseHolding(row) }, key),
        visit({ ...common, engine: 'db', database: databaseHolding(text) }, key),
        visit({ ...common, engine: 'cache', cache: { client: redisHolding(bytes) } }, key),
        ...(cookie.length < 3_000 ? [visit({ ...common, engine: 'signed_cookies' }, cookie)] : []),
      ]
      for (const response of await Promise.all(all)) expect(response.status).toBe(200)
    }),
    { numRuns: 300 },
  )
})
