import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RecordCodec, decodeBody, encodeBody } from '../../src/core/record/record.ts'
import type { Meta, SessionRecord } from '../../src/core/record/record.ts'

const plain = { noNullPrototype: true }
const token = fc.record({ generation: fc.nat(), hash: fc.stringMatching(/^[A-Za-z0-9_-]{43}$/), at: fc.nat() }, plain)
const metaFields = {
  createdAt: fc.nat(),
  seenAt: fc.nat(),
  absoluteExpiresAt: fc.nat(),
  kind: fc.nat(255),
  persistence: fc.constantFrom('normal', 'session', 'remember'),
  authenticatedAt: fc.nat(),
  generation: fc.nat(),
  authGeneration: fc.nat(),
  current: token,
  pending: fc.option(token, { nil: undefined }),
  retired: fc.option(token, { nil: undefined }),
  unconfirmed: fc.nat(2),
  nonces: fc.array(fc.stringMatching(/^[A-Za-z0-9_-]{8}$/), { maxLength: 8 }),
  address: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
  userAgent: fc.option(fc.string({ minLength: 1, unit: 'binary' }), { nil: undefined }),
  stamp: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
  usedLinks: fc.option(
    fc.record({ forgotten: fc.nat(), links: fc.array(fc.tuple(fc.stringMatching(/^[A-Za-z0-9_-]{11}$/), fc.nat())) }, plain),
    { nil: undefined },
  ),
  idleTimeout: fc.option(fc.integer({ min: 1 }), { nil: undefined }),
} as const
const meta: fc.Arbitrary<Meta> = fc.record(metaFields, plain)
const key = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', '\n', '"', '\u0000flash:ok', ''))
const values = fc
  .array(fc.tuple(key, fc.record({ text: fc.jsonValue().map((value) => JSON.stringify(value)), rich: fc.boolean() }, plain)))
  .map((entries) => new Map(entries))

const [simpleMeta] = fc.sample(meta, { seed: 1, numRuns: 1 }) as [Meta]
const simple = new Map([
  ['cart', { text: '[1,2]', rich: false }],
  ['name', { text: '"Анна\\n"', rich: false }],
])

describe('a body', () => {
  test('comes back as it was', () => {
    fc.assert(
      fc.property(meta, values, (someMeta, someValues) => {
        const decoded = decodeBody('shop', encodeBody('shop', someMeta, someValues))
        expect(decoded).toStrictEqual({ meta: someMeta, values: someValues })
      }),
    )
  })

  test('with nothing rare in it, too', () => {
    const common: Meta = {
      ...simpleMeta,
      pending: undefined,
      retired: undefined,
      unconfirmed: 0,
      nonces: [],
      address: undefined,
      userAgent: undefined,
      stamp: undefined,
      usedLinks: undefined,
    }
    expect(decodeBody('shop', encodeBody('shop', common, new Map()))).toStrictEqual({ meta: common, values: new Map() })
  })

  test('of another application is unreadable', () => {
    expect(decodeBody('blog', encodeBody('shop', simpleMeta, simple))).toBe(undefined)
  })

  test('that is torn anywhere, or too long, is unreadable', () => {
    const body = encodeBody('shop', simpleMeta, simple)
    for (let length = 0; length < body.length; length++)
      expect(decodeBody('shop', body.slice(0, length)), `${length} characters`).toBe(undefined)
    expect(decodeBody('shop', `${body} `)).toBe(undefined)
    expect(decodeBody('shop', body)).toBeDefined()
  })

  test('that is anything else is unreadable, and never an error', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.json().map((json) => `${json}\n`),
      fc.array(fc.jsonValue()).map((items) => `${JSON.stringify([1, 'shop', ...items])}\n`),
    )
    fc.assert(fc.property(texts, (text) => void decodeBody('shop', text)))
    for (const text of ['', '\n', '{}\n', '[]\n', '[2,"shop"]\n', '[1,"shop"]\n', 'null\n'])
      expect(decodeBody('shop', text), text).toBe(undefined)
  })
})

describe('the record codec', () => {
  const codec = new RecordCodec('shop', undefined)
  const record: SessionRecord = {
    id: 'a'.repeat(22),
    version: 3,
    expiresAt: 10,
    principal: 'alice',
    meta: { ...simpleMeta, absoluteExpiresAt: 20 },
    values: simple,
  }

  test('a record comes back as it was', () => {
    expect(codec.decode(codec.encode(record), 19)).toEqual(record)
    const anonymous = { ...record, principal: null }
    expect(codec.decode(codec.encode(anonymous), 19)).toEqual(anonymous)
  })

  test('the store is told the absolute deadline, and a principal under the name of the application', () => {
    expect(codec.encode(record)).toMatchObject({ expiresAt: 10, retainUntil: 20, principal: 'shop:alice' })
  })

  test('it is over at the absolute deadline', () => {
    expect(codec.decode(codec.encode(record), 20)).toBe(undefined)
  })
})
