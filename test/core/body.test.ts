import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeBody, encodeBody as encode } from '../../src/core/record/body.ts'
import { RecordCodec } from '../../src/core/record/record-codec.ts'
import { ChangedValues } from '../../src/core/record/stored-values.ts'
import { createSessions, memoryStore } from '../../src/index.ts'
import { authenticatedBodies } from '../../src/core/crypto/body-protection.ts'
import { secretOf } from '../../src/core/crypto/keys.ts'
import { SECRET } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import type { Meta, SessionRecord } from '../../src/core/record/record.ts'

const encodeBody = (...all: Parameters<typeof encode>): string => {
  const { head, tail } = encode(...all)
  return [head, ...tail].join('')
}

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
  epochs: fc.array(fc.stringMatching(/^[A-Za-z0-9_-]{16}$/), { maxLength: 4 }),
  acting: fc.option(
    fc.record(
      {
        actor: fc.string({ minLength: 1 }),
        session: fc.stringMatching(/^[\w-]{22}$/),
        reason: fc.string({ minLength: 1 }),
        stamp: fc.string(),
      },
      plain,
    ),
    { nil: undefined },
  ),
} as const
const meta: fc.Arbitrary<Meta> = fc.record(metaFields, plain)
const key = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', '\n', '"', '\u0000flash:ok', ''))
const value = fc.record(
  {
    text: fc.oneof(
      fc.jsonValue().map((one) => JSON.stringify(one)),
      fc.integer({ min: 250, max: 600 }).map((length) => `"${'я'.repeat(length)}"`),
    ),
    rich: fc.boolean(),
  },
  plain,
)
const values = fc.array(fc.tuple(key, value)).map((entries) => new Map(entries))

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
        expect(decoded?.meta).toStrictEqual(someMeta)
        expect(new Map(decoded?.values)).toStrictEqual(someValues)
        expect(decoded?.values.size).toBe(someValues.size)
        for (const [name, one] of someValues) expect(decoded?.values.get(name)).toStrictEqual(one)
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
      epochs: [],
    }
    const decoded = decodeBody('shop', encodeBody('shop', common, new Map()))
    expect(decoded?.meta).toStrictEqual(common)
    expect([...decoded!.values]).toEqual([])
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

describe('changed values', () => {
  const change = fc.tuple(key, fc.option(value))

  test('are spliced into the body as if all had been written anew', () => {
    fc.assert(
      fc.property(values, fc.array(change), fc.array(change), (someValues, some, more) => {
        const model = new Map(someValues)
        let stored = decodeBody('shop', encodeBody('shop', simpleMeta, someValues))!.values
        for (const changes of [some, more]) {
          const changed = new ChangedValues(stored)
          for (const [name, one] of changes) {
            if (one) changed.set(name, one)
            else changed.delete(name)
            if (one) model.set(name, one)
            else model.delete(name)
          }
          expect(new Map(changed)).toEqual(model)
          expect(changed.size).toBe(model.size)
          for (const [name] of changes) expect(changed.get(name)).toEqual(model.get(name))
          stored = decodeBody('shop', encodeBody('shop', simpleMeta, changed))!.values
          expect(new Map(stored)).toEqual(model)
          // On top of changes that were not read back, too.
          stored = changed
        }
        expect(new Map(decodeBody('shop', encodeBody('shop', simpleMeta, stored))!.values)).toEqual(model)
      }),
    )
  })

  test('differ from those before only by what is another text', () => {
    const before = decodeBody('shop', encodeBody('shop', simpleMeta, simple))!.values
    const same = new ChangedValues(before)
    same.set('cart', { text: '[1,2]', rich: false })
    same.delete('missing')
    expect(same.differFrom(before)).toBe(false)
    const other = new ChangedValues(before)
    other.set('cart', { text: '[1,2]', rich: true })
    expect(other.differFrom(before)).toBe(true)
    const back = new ChangedValues(other)
    back.set('cart', { text: '[1,2]', rich: false })
    expect(back.differFrom(other), 'compared with the draft before, not with what is stored').toBe(true)
  })

  test('leave what did not change as it was, and hold no text that a store cannot keep', () => {
    const changed = new ChangedValues(decodeBody('shop', encodeBody('shop', simpleMeta, simple))!.values)
    changed.set('\u0000flash:ok', { text: '[]', rich: false })
    changed.set('\ud800', { text: '1', rich: false })
    const body = encodeBody('shop', simpleMeta, changed)
    expect(body.isWellFormed()).toBe(true)
    expect(body).not.toContain('\u0000')
    expect([...decodeBody('shop', body)!.values.keys()]).toEqual(['cart', 'name', '\u0000flash:ok', '\ud800'])
  })
})

test('a body of the second format is read: it had no tail', () => {
  const body = '2,shop,36,1700000000000,1700000060000,1702592000000,1,0,0,1,1,1,1700000060000,3,abc0,4,5,0,cart[1,2]4,10,0,name"Анна\\n!!"'
  const decoded = decodeBody('shop', body)
  expect(new Map(decoded?.values)).toEqual(
    new Map([
      ['cart', { text: '[1,2]', rich: false }],
      ['name', { text: '"Анна\\n!!"', rich: false }],
    ]),
  )
  expect(decodeBody('shop', `4${body.slice(1)}`)).toBe(undefined)
})

describe('a body of the first format', () => {
  test('is read', () => {
    fc.assert(
      fc.property(meta, values, (someMeta, someValues) => {
        const decoded = decodeBody('shop', encodeBody1('shop', someMeta, someValues))
        expect(decoded?.meta).toStrictEqual({ ...someMeta, epochs: [], acting: undefined })
        expect(new Map(decoded?.values)).toStrictEqual(someValues)
      }),
    )
  })

  test('as it was stored by 0.1.0', () => {
    const body =
      '[1,"shop",1700000000000,1700000060000,1702592000000,1,0,1700000060000,2,2,[2,"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",1700000060000],' +
      '["cart",5,0],[0,0,0,"","127.0.0.1",0,0,0]]\n[1,2]'
    const decoded = decodeBody('shop', body)
    expect(decoded?.meta).toMatchObject({ generation: 2, authenticatedAt: 1_700_000_060_000, address: '127.0.0.1', userAgent: undefined })
    expect(decoded?.values.get('cart')).toEqual({ text: '[1,2]', rich: false })
    expect(decodeBody('blog', body)).toBe(undefined)
    expect(decodeBody('shop', body.slice(0, -1))).toBe(undefined)
  })

  test('is written in the current one as soon as it is seen, and the session goes on', async () => {
    const store = memoryStore()
    const acceptUnsignedUntil = Date.now() + 60_000
    const sessions = createSessions({ secrets: [SECRET], store, acceptUnsignedUntil })
    const browser = client(sessions)
    await browser.run((session) => session.login('alice'))
    const [found] = (await store.scanner.scan(undefined, 1, { now: Date.now(), signal: new AbortController().signal })).records
    const text = authenticatedBodies('session', [secretOf(SECRET)], 0).reveal(found!.body, found!)!.text
    const { meta: stored } = decodeBody('session', text)!
    const call = { now: Date.now(), signal: new AbortController().signal }
    const body = encodeBody1('session', stored, simple)
    expect(await store.update({ ...found!, version: found!.version + 1, body }, call)).toBe('updated')
    const later = createSessions({ secrets: [SECRET], store, acceptUnsignedUntil: Date.now() - 1 })
    expect((await browser.run((session) => session.get('cart'), { at: later })).result, 'it has no MAC').toBe(undefined)
    expect((await browser.run((session) => session.get('cart'))).result).toEqual([1, 2])
    expect((await store.load(found!.id, call))?.body, 'the first read brings it under a MAC').toMatch(/^[\w-]{43}\d+,3,session,/)
    await browser.run((session) => session.set('more', true))
    const after = (await store.load(found!.id, call))!.body
    expect(after).toMatch(/^[\w-]{43}\d+,3,session,/)
    const seen = await browser.run(async (session) => [await session.get('cart'), await session.get('name'), await session.get('more')])
    expect(seen.result).toEqual([[1, 2], 'Анна\n', true])
    expect((await browser.run((session) => session.get('cart'), { at: later })).result).toEqual([1, 2])
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
    isOld: false,
  }

  test('a record comes back as it was', () => {
    for (const one of [record, { ...record, principal: null }]) {
      const decoded = codec.decode(codec.encode(one), 19)
      expect({ ...decoded, values: new Map(decoded?.values) }).toEqual(one)
    }
  })

  test('the store is told the absolute deadline, and a principal under the name of the application', () => {
    expect(codec.encode(record)).toMatchObject({ expiresAt: 10, retainUntil: 20, principal: 'shop:alice' })
  })

  test('it is over at the absolute deadline', () => {
    expect(codec.decode(codec.encode(record), 20)).toBe(undefined)
  })
})

/** What wrote the first format. */
function encodeBody1(scope: string, someMeta: Meta, someValues: ReadonlyMap<string, { text: string; rich: boolean }>): string {
  const state = (one: Meta['current']): unknown[] => [one.generation, one.hash, one.at]
  const { pending, retired, unconfirmed, nonces, address, userAgent, stamp, idleTimeout, usedLinks } = someMeta
  const rare = [
    pending ? state(pending) : 0,
    retired ? state(retired) : 0,
    unconfirmed,
    nonces.join(''),
    address ?? 0,
    userAgent ?? 0,
    stamp ?? 0,
    idleTimeout ?? 0,
    ...(usedLinks ? [usedLinks] : []),
  ]
  const header = [
    1,
    scope,
    someMeta.createdAt,
    someMeta.seenAt,
    someMeta.absoluteExpiresAt,
    someMeta.kind,
    ['normal', 'session', 'remember'].indexOf(someMeta.persistence),
    someMeta.authenticatedAt,
    someMeta.generation,
    someMeta.authGeneration,
    state(someMeta.current),
    [...someValues].flatMap(([name, { text, rich }]) => [name, text.length, rich ? 1 : 0]),
    rare,
  ]
  return [`${JSON.stringify(header)}\n`, ...Array.from(someValues.values(), ({ text }) => text)].join('')
}
