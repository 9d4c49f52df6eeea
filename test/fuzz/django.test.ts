/** Signed values, sessions, cache entries and tokens of Django, of any bytes and mutated: data or undefined, never a throw, in bounded time. fast-check prints the seed of a failure. */
import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  dumps,
  Float,
  loads,
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
  const genuine = dumps(DATA, { secrets: SECRET, now: NOW })
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 400 }), mutated(Buffer.from(genuine)).map(String))
  fc.assert(
    fc.property(text, (value) => {
      if (value !== genuine) expect(loads(value, { ...READ, maxAge: 1_000 })).toBeUndefined()
      expect(readSignedCookie(value, { ...READ, name: 'a', legacySalt: true })).toBeUndefined()
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
