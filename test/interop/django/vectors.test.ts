import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  cacheKey,
  writeSignedValue,
  readSignedValue,
  maskCsrfToken,
  readCachedSession,
  readSession,
  readSignedCookie,
  readUser,
  sessionAuthHash,
  Tuple,
  unmaskCsrfToken,
  writeUser,
  verifyCsrfToken,
  verifySessionAuthHash,
  writeCachedSession,
  writeSession,
} from '../../../src/interop/django/index.ts'
import { floatOf } from '../../../src/interop/_python/python.ts'

/** Each check is a result of Django itself. */
interface Check {
  /** Unix seconds. */
  readonly now: number
  readonly cookie: string
  readonly secret: string
  readonly fallbacks: readonly string[]
  readonly verdict: 'accept' | 'reject'
  readonly user?: string | null
  readonly decoded?: unknown
  readonly why?: string
  /** The row's text instead of that of the session. */
  readonly session_data?: string
  readonly user_row?: User
  readonly token: string
  readonly password_field: string
  readonly hash: string
}

interface User {
  readonly id: number
  readonly username: string
  readonly password: string
}

interface Row {
  readonly session_key: string
  readonly session_data: string
  /** An instant in UTC without a time zone. */
  readonly expire_date: string
}

interface Vector {
  readonly id: string
  readonly system: string
  readonly title: string
  readonly secret: string
  readonly time: number
  readonly clock: 'real' | 'fixed'
  readonly input: unknown
  readonly options: { readonly salt: string; readonly compress: boolean }
  readonly user?: User
  readonly produced: {
    readonly cookie_name: string
    readonly cookie_value: string
    readonly django_session: Row
    readonly redis: readonly { readonly key: string; readonly value_base64: string; readonly ttl: number }[]
    readonly file: { readonly name: string; readonly content: string }
    readonly value: string
    readonly csrftoken_cookie?: string
    readonly session__csrftoken?: string
    readonly tokens: readonly string[]
    readonly unmasked: string
    readonly session_auth_hash_by_secret: Readonly<Record<string, string>>
  }
  readonly checks: readonly Check[]
}

const file = new URL('../../fixtures/interop/django.json', import.meta.url)
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { readonly vectors: readonly Vector[] }

test('there are fifty-seven vectors with a hundred and thirteen verdicts', () => {
  expect([vectors.length, vectors.flatMap(({ checks }) => checks).length]).toEqual([57, 113])
})

const of = (...systems: string[]): Vector[] => vectors.filter(({ system }) => systems.includes(system))

const named = (checks: readonly Check[]): (Check & { name: string })[] =>
  checks.map((check, i) => ({ ...check, name: check.why ?? `${check.verdict} ${i + 1}` }))

function fromNotation(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(fromNotation)
  const { $tuple, $int, $float } = value as { $tuple?: unknown[]; $int?: string; $float?: string }
  if ($tuple) return new Tuple($tuple.map(fromNotation))
  if ($int) return BigInt($int)
  if ($float) return floatOf(Number($float))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromNotation(item)]))
}

/** What Django makes of a session at that time: its data, if it accepts it, and who is signed in. */
function judged(data: Record<string, unknown> | undefined, check: Check, vector: Vector): unknown {
  const user = data && readUser(data)
  const row = check.user_row ?? vector.user
  const secrets = [check.secret, ...check.fallbacks]
  const legacy = vector.id.startsWith('django3.2')
  if (user && !verifySessionAuthHash(user.hash ?? '', row!.password, secrets, { legacy })) return { verdict: 'reject', user: null }
  if (!data) return { verdict: 'reject', user: null }
  if (!user) return { verdict: 'accept', user: null, data }
  // A hash under an old secret is written again under the newest one.
  const isOfToday = verifySessionAuthHash(user.hash!, row!.password, check.secret, { legacy })
  const kept = isOfToday ? data : { ...data, ...writeUser(user.id, row!.password, { secrets: check.secret }) }
  return { verdict: 'accept', user: user.id === String(row!.id) ? row!.username : null, data: kept }
}

const said = ({ verdict, user, decoded }: Check): unknown => ({
  verdict,
  user,
  ...(decoded === undefined ? {} : { data: fromNotation(decoded) }),
})

const milliseconds = (date: string): number => Date.parse(`${date.replace(' ', 'T')}Z`)

describe.each(of('django-db', 'django-cached-db', 'django-file'))('$id: $title', (vector) => {
  const { produced, checks, secret, time } = vector
  const legacy = vector.id.startsWith('django3.2')
  const row = produced.django_session as Row | undefined
  const text = row?.session_data ?? produced.file.content

  test.each(named(checks))('$name', (check) => {
    const isLive = row === undefined || milliseconds(row.expire_date) > check.now * 1_000
    const options = { secrets: [check.secret, ...check.fallbacks], now: check.now * 1_000, legacy }
    const data = isLive ? readSession(check.session_data ?? text, options) : undefined
    expect(judged(data, check, vector)).toEqual(said(check))
  })

  test('what was read is written back as it was', () => {
    const data = readSession(text, { secrets: secret, legacy })!
    const written = writeSession(data, { secrets: secret, now: time * 1_000 })
    expect(readSession(written, { secrets: secret })).toEqual(data)
    const isSame = !text.startsWith('.') && !vector.id.includes('legacy')
    // A new second may have begun between the application and its session.
    if (isSame) expect([0, 1].map((later) => writeSession(data, { secrets: secret, now: (time + later) * 1_000 }))).toContain(text)
  })
})

test('rows from before Django 3.1 need to be asked for', () => {
  const { produced, secret } = vectors.find(({ id }) => id === 'django3.2-db-legacy')!
  expect(readSession(produced.django_session.session_data, { secrets: secret })).toBeUndefined()
})

describe.each(of('django-signed-cookies'))('$id: $title', (vector) => {
  const { produced, checks, secret, time, clock } = vector
  test.each(named(checks))('$name', (check) => {
    const secrets = [check.secret, ...check.fallbacks]
    const data = readSession(check.cookie, { engine: 'signed_cookies', secrets, now: check.now * 1_000 })
    expect(judged(data, check, vector)).toEqual(said(check))
  })

  test('is written byte for byte, and is no row', () => {
    const options = { engine: 'signed_cookies', secrets: secret, now: time * 1_000 } as const
    const data = readSession(produced.cookie_value, options)!
    const written = writeSession(data, options)
    expect(readSession(written, options)).toEqual(data)
    // Python's zlib and ours compress the same text to different bytes.
    if (clock === 'fixed' && !produced.cookie_value.startsWith('.')) expect(written).toBe(produced.cookie_value)
    expect(readSession(produced.cookie_value, { secrets: secret })).toBeUndefined()
  })
})

describe.each(of('django-cache', 'django-cached-db'))('$id: $title', (vector) => {
  const { produced, checks, system } = vector
  const engine = system === 'django-cache' ? 'cache' : 'cached_db'
  const naming = vector.id.endsWith('prefix') ? { engine, prefix: 'shop', version: 3 } : { engine }

  test.each(named(checks))('$name', (check) => {
    const entry = produced.redis.find(({ key }) => key === cacheKey(check.cookie, naming as { engine: 'cache' }))!
    expect(judged(readCachedSession(Buffer.from(entry.value_base64, 'base64')), check, vector)).toEqual(said(check))
  })

  test('what was read is written back as it was', () => {
    for (const { value_base64 } of produced.redis) {
      const data = readCachedSession(Buffer.from(value_base64, 'base64'))!
      expect(readCachedSession(writeCachedSession(data))).toEqual(data)
    }
  })
})

describe.each(of('django-signing-dumps'))('$id: $title', ({ produced, checks, secret, time, options }) => {
  test.each(named(checks))('$name', ({ cookie, decoded }) => {
    expect(readSignedValue(cookie, { secrets: secret, salt: options.salt })).toEqual(fromNotation(decoded))
    expect(readSignedValue(cookie, { secrets: secret, salt: `${options.salt}x` })).toBeUndefined()
  })

  test('is written as Django does', () => {
    const data = readSignedValue(produced.value, { secrets: secret, ...options })
    const written = writeSignedValue(data, { secrets: secret, now: time * 1_000, ...options })
    expect(readSignedValue(written, { secrets: secret, ...options })).toEqual(data)
    if (!options.compress) expect(written).toBe(produced.value)
  })
})

describe.each(of('django-set-signed-cookie'))('$id: $title', ({ checks, secret, input }) => {
  test.each(named(checks))('$name', ({ cookie, decoded }) => {
    const { name, salt = '' } = input as { name: string; salt?: string }
    const reading = { secrets: secret, name, salt, legacySalt: true }
    expect(readSignedCookie(cookie, reading)).toBe(decoded)
    expect(readSignedCookie(cookie, { ...reading, name: 'another' })).toBeUndefined()
  })
})

test('a signed cookie whose name runs into its salt is refused unless asked for', () => {
  const { produced, secret, id } = of('django-set-signed-cookie').find((vector) => vector.id === 'django3.2-signedcookie-salt')!
  expect([id, readSignedCookie(produced.cookie_value, { secrets: secret, name: 'pref', salt: 'ui' })]).toEqual([
    'django3.2-signedcookie-salt',
    undefined,
  ])
})

describe.each(of('django-csrf'))('$id: $title', ({ produced, checks }) => {
  const stored = produced.csrftoken_cookie ?? produced.session__csrftoken!
  test.each(named(checks))('$name', ({ token, verdict }) => {
    expect(verifyCsrfToken(token, stored) ? 'accept' : 'reject').toBe(verdict)
  })

  test('tokens made here hide the same secret', () => {
    expect(unmaskCsrfToken(stored)).toBe(produced.unmasked)
    const [one, another] = [maskCsrfToken(stored)!, maskCsrfToken(stored)!]
    expect(one).not.toBe(another)
    for (const token of [one, another]) expect(unmaskCsrfToken(token)).toBe(produced.unmasked)
  })
})

describe.each(of('django-auth-hash'))('$id: $title', ({ checks }) => {
  test.each(checks)('under $secret', ({ secret, password_field, hash }) => {
    expect(sessionAuthHash(password_field, secret)).toBe(hash)
    expect(verifySessionAuthHash(hash, password_field, ['another', secret])).toBe(true)
    expect(verifySessionAuthHash(hash, password_field, 'another')).toBe(false)
  })
})

test('a sign-in is written as Django writes it', () => {
  const { produced, secret, user } = vectors.find(({ id }) => id === 'django5.2-db-login')!
  const data = readSession(produced.django_session.session_data, { secrets: secret })
  expect(data).toMatchObject(writeUser(user!.id, user!.password, { secrets: secret }))
})

test('an empty secret signs and verifies nothing', () => {
  expect(() => writeSignedValue(1, { secrets: '' })).toThrow(expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' }))
  expect(readSignedValue(writeSignedValue(1, { secrets: 'a' }), { secrets: ['', 'a'] })).toBe(1)
})
