import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  readSession,
  readStoredSession,
  signSessionId,
  unsignSessionId,
  writeSession,
  writeStoredSession,
} from '../../../src/interop/flask/index.ts'
import type { FlaskSessionFormat, ForeignSecret } from '../../../src/interop/flask/index.ts'
import { fromNotation } from './notation.ts'

/** Each check is a result of Flask itself. */
interface Check {
  /** Unix seconds. */
  readonly now: number
  readonly cookie: string
  readonly secret: unknown
  readonly fallbacks: readonly unknown[]
  /** Seconds. */
  readonly max_age: number
  readonly verdict: 'accept' | 'reject'
  readonly decoded?: unknown
  readonly why?: string
}

interface Vector {
  readonly id: string
  readonly system: 'flask-cookie' | 'flask-session-redis'
  readonly title: string
  readonly secret: unknown
  readonly time: number
  readonly clock: 'real' | 'fixed'
  readonly options: Readonly<Record<string, unknown>>
  readonly serialization: string
  readonly produced: {
    readonly cookie_value: string
    readonly redis: readonly { readonly key: string; readonly value_base64: string }[]
    readonly redis_before?: readonly { readonly key: string; readonly value_base64: string }[]
    readonly redis_after_read?: readonly { readonly key: string; readonly value_base64: string }[]
  }
  readonly checks: readonly Check[]
}

const file = new URL('../../fixtures/interop/flask.json', import.meta.url)
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { readonly vectors: readonly Vector[] }

test('there are forty-four vectors with seventy-nine verdicts', () => {
  expect([vectors.length, vectors.flatMap(({ checks }) => checks).length]).toEqual([44, 79])
})

const named = (checks: readonly Check[]): (Check & { name: string })[] =>
  checks.map((check, i) => ({ ...check, name: check.why ?? `${check.verdict} ${i + 1}` }))

describe.each(vectors.filter(({ system }) => system === 'flask-cookie'))('$id: $title', ({ id, produced, time, clock, secret, checks }) => {
  test.each(named(checks))('$name', (check) => {
    const secrets = [check.secret, ...check.fallbacks].map(fromNotation) as ForeignSecret[]
    const data = readSession(check.cookie, { secrets, now: check.now * 1_000, maxAge: check.max_age * 1_000 })
    expect(data === undefined ? 'reject' : 'accept').toBe(check.verdict)
    if (data) expect(data).toEqual(fromNotation(check.decoded))
  })

  const readable = checks.find(({ verdict }) => verdict === 'accept')!
  test('what was read is written back as it was', () => {
    const signed = { secrets: [readable.secret, ...readable.fallbacks].map(fromNotation) as ForeignSecret[], now: readable.now * 1_000 }
    const data = readSession(produced.cookie_value, { ...signed, maxAge: readable.max_age * 1_000 })!
    const secrets = fromNotation(secret) as ForeignSecret
    const written = writeSession(data, { secrets, now: time * 1_000 })
    expect(readSession(written, { ...signed, maxAge: readable.max_age * 1_000 })).toEqual(data)
    // Python's zlib and ours compress the same text to different bytes, and Python sorted these keys while they were
    // numbers.
    const isSame = !produced.cookie_value.startsWith('.') && id !== 'flask3.1-intkeys'
    if (clock === 'fixed' && isSame) expect(written).toBe(produced.cookie_value)
  })
})

/** Pickles with classes in them are refused, although Flask-Session reads them, because our reader runs nothing. */
const WITH_CLASSES = 'flasksession0.3-types'

describe.each(vectors.filter(({ system }) => system === 'flask-session-redis'))('$id: $title', (vector) => {
  const { id, produced, secret, options, serialization, checks } = vector
  const prefix = typeof options['SESSION_KEY_PREFIX'] === 'string' ? options['SESSION_KEY_PREFIX'] : 'session:'
  const kept = new Map(
    [...produced.redis, ...(produced.redis_before ?? [])].map((entry) => [entry.key, Buffer.from(entry.value_base64, 'base64')]),
  )

  test.each(named(checks))('$name', (check) => {
    const sid = options['SESSION_USE_SIGNER'] ? unsignSessionId(check.cookie, secret as string) : check.cookie
    const bytes = sid === undefined ? undefined : kept.get(`${prefix}${sid}`)
    const data = bytes && readStoredSession(bytes)
    expect(data === undefined ? 'reject' : 'accept').toBe(id === WITH_CLASSES ? 'reject' : check.verdict)
    if (data) expect(data).toEqual(fromNotation(check.decoded))
  })

  test('signs and writes byte for byte', () => {
    const sid = produced.redis[0]!.key.slice(prefix.length)
    if (options['SESSION_USE_SIGNER']) expect(signSessionId(sid, secret as string)).toBe(produced.cookie_value)
    for (const entry of [...produced.redis, ...(produced.redis_after_read ?? [])]) {
      const bytes = Buffer.from(entry.value_base64, 'base64')
      const data = readStoredSession(bytes)
      expect(data === undefined, 'a pickle that names classes is not read').toBe(id === WITH_CLASSES)
      if (!data) continue
      const format = (serialization === 'pickle->msgpack' ? 'msgpack' : serialization) as FlaskSessionFormat
      const written = writeStoredSession(data, format)
      // One value has many pickles.
      if (format === 'pickle') expect(readStoredSession(written)).toEqual(data)
      else expect(written).toEqual(bytes)
    }
  })
})

test('an empty secret signs and verifies nothing', () => {
  const options = expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' }) as Error
  expect(() => writeSession({}, { secrets: '' })).toThrow(options)
  expect(() => signSessionId('id', [])).toThrow(options)
  const key = createHmac('sha1', '').update('flask-session').digest()
  const forged = `id.${createHmac('sha1', key).update('id').digest('base64url')}`
  expect(unsignSessionId(forged, ['', 'a'])).toBeUndefined()
})
