import { isDeepStrictEqual } from 'node:util'
import { runInNewContext } from 'node:vm'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeValue, encodeValue } from '../../src/core/record/values.ts'
import { application, code } from '../_support/application.ts'
import { client } from '../_support/client.ts'

const NO_LIMIT = 1e9

function roundTrip(value: unknown): unknown {
  return decodeValue(encodeValue('key', value, NO_LIMIT))
}

/** Names that mean something to JavaScript, or to the encoding. */
const name = fc.oneof(
  fc.string(),
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'length', '$', 'v', '"', '\\', '\\"', 'toString', ''),
)

const { anything } = fc.letrec<{ anything: unknown }>((tie) => ({
  anything: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom<unknown>(undefined, null, true, false, '', 0, -0, Number.NaN, Infinity, -Infinity, 2 ** 53),
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.bigInt(),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array(),
    fc.array(tie('anything')),
    fc.array(fc.tuple(name, tie('anything'))).map((entries) => Object.fromEntries(entries)),
    fc.array(fc.tuple(tie('anything'), tie('anything'))).map((entries) => new Map(entries)),
    fc.array(tie('anything')).map((items) => new Set(items)),
  ),
}))

describe('values come back as they were', () => {
  test('whatever they are made of', () => {
    fc.assert(
      fc.property(anything, (value) => {
        expect(isDeepStrictEqual(roundTrip(value), value)).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  // Not among the others: to Node 22's `isDeepStrictEqual` no invalid date is like another.
  test('invalid dates', () => {
    const value = { alone: new Date(Number.NaN), inside: new Map([[1, [new Date(Number.NaN)]]]) }
    expect(roundTrip(value)).toEqual(value)
  })

  test('plain JSON is stored as JSON', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        fc.pre(!json.includes('"$"') && !json.includes('\\"') && !/-0(?![.\de])/.test(json))
        expect(encodeValue('key', JSON.parse(json), NO_LIMIT)).toEqual({ text: JSON.stringify(JSON.parse(json)), rich: false })
      }),
    )
  })

  test('a key that is a quote is one, whatever keys were read before', () => {
    for (let i = 0; i < 5; i++) {
      expect(roundTrip({ a: 1, '\\': i })).toEqual({ a: 1, '\\': i })
      expect(roundTrip({ a: 1, '"': i })).toEqual({ a: 1, '"': i })
    }
  })

  test.each<[what: string, value: unknown]>([
    ['an object that looks like a tagged value', { $: 'Date', v: 0 }],
    ['one inside another', { $: { $: 'Map', v: [[1, 2]] }, v: new Date(0) }],
    ['a tag that does not exist', { $: 'Promise' }],
    ['a Map of Maps', new Map([[new Map([[{ a: 1 }, 2n]]), new Set([undefined])]])],
    ['undefined among properties and items', { a: undefined, b: [undefined, null] }],
    ['bytes with an offset', new Uint8Array([1, 2, 3, 4]).subarray(1, 3)],
    ['a property named __proto__', JSON.parse('{"__proto__": {"admin": true}, "a": [{"__proto__": 1}]}')],
    ['the same, beside a rich value', Object.assign(JSON.parse('{"__proto__": {"admin": true}}') as object, { at: new Date(0) })],
    ['a lone surrogate', '\ud800'],
    ['line ends', '\n\u2028\r'],
  ])('%s', (_what, value) => {
    expect(isDeepStrictEqual(roundTrip(value), value)).toBe(true)
  })

  test('an object without a prototype becomes one with', () => {
    expect(roundTrip(Object.assign(Object.create(null), { a: 1 }))).toStrictEqual({ a: 1 })
  })

  test('a plain object of another realm is one, as in Jest what structuredClone and fetch return', () => {
    const foreign: unknown = runInNewContext('({ a: [{ b: 1 }] })')
    expect(Object.getPrototypeOf(foreign)).not.toBe(Object.prototype)
    expect(roundTrip(foreign)).toStrictEqual({ a: [{ b: 1 }] })
  })

  test('a hole in an array becomes undefined', () => {
    expect(roundTrip(Array(2))).toStrictEqual([undefined, undefined])
  })

  test('__proto__ is data, not a prototype', () => {
    const value = roundTrip(JSON.parse('{"__proto__": {"admin": true}}')) as Record<string, unknown>
    expect(value['admin']).toBe(undefined)
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(Object.keys(value)).toEqual(['__proto__'])
  })

  test('each read is a fresh copy', () => {
    const encoded = encodeValue('key', { list: [1] }, NO_LIMIT)
    ;(decodeValue(encoded) as { list: number[] }).list.push(2)
    expect(decodeValue(encoded)).toEqual({ list: [1] })
  })
})

class Money {
  readonly amount = 1
}

describe('what cannot come back as it was is refused, naming where it is', () => {
  const cycle: Record<string, unknown> = { next: {} }
  cycle['next'] = { back: cycle }
  const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)])

  test.each<[what: string, value: unknown, path: string]>([
    ['a function', { a: [() => 1] }, 'cart.a[0] is a function'],
    ['a symbol', Symbol('s'), 'cart is a symbol'],
    ['a class instance', { price: new Money() }, 'cart.price is an instance of Money'],
    ['one in a Map', new Map([['price', new Money()]]), 'cart.get(…) is an instance of Money'],
    ['one as key of a Map', new Map([[new Money(), 1]]), 'cart.key is an instance of Money'],
    ['one in a Set', new Set([new Money()]), 'cart.item is an instance of Money'],
    ['an error', new Error('no'), 'cart is an instance of Error'],
    ['a promise', Promise.resolve(1), 'cart is an instance of Promise, which cannot be stored as it is. Await it first.'],
    ['other typed arrays', new Float64Array(1), 'cart is an instance of Float64Array'],
    ['a list that would encode itself', { a: Object.assign([1], { toJSON: () => 2 }) }, 'cart.a is a list with toJSON'],
    ['an object that would encode itself', { toJSON: () => 1 }, 'cart.toJSON is a function'],
    ['a cycle', cycle, 'cart.next.back.next'],
    ['too many levels', deep(202), 'more than 200 levels'],
  ])('%s', (_what, value, path) => {
    expect(() => encodeValue('cart', value, NO_LIMIT)).toThrow(
      expect.objectContaining({ code: 'ERR_SESSION_VALUE_TYPE', message: expect.stringContaining(path) }),
    )
  })

  test('two hundred levels are fine', () => {
    expect(roundTrip(deep(200))).toEqual(deep(200))
  })
})

describe('the size of a value is limited', () => {
  test.each<[what: string, value: unknown, bytes: number]>([
    ['in ASCII', 'x'.repeat(98), 100],
    ['in bytes, not in characters', 'я'.repeat(49), 100],
    ['as it is stored', new Uint8Array(54), 97],
  ])('%s', (_what, value, bytes) => {
    const size = Buffer.byteLength(encodeValue('cart', value, NO_LIMIT).text)
    expect(size).toBe(bytes)
    expect(encodeValue('cart', value, size)).toBeDefined()
    expect(() => encodeValue('cart', value, size - 1)).toThrow(
      expect.objectContaining({
        code: 'ERR_SESSION_VALUE_SIZE',
        message: expect.stringContaining(`"cart" takes ${size} bytes; the limit is ${size - 1}`),
      }),
    )
  })
})

describe('through a session', () => {
  test('values and keys survive the store', async () => {
    const { sessions } = application()
    const browser = client(sessions)
    const values = { at: new Date(0), list: [1n, undefined, -0], bytes: new Uint8Array([1]), map: new Map([[Number.NaN, new Set([1])]]) }
    await browser.run((session) => {
      session.set('value', values)
      session.set('__proto__', { admin: true })
      session.set('', 'no name')
    })
    const { result } = await browser.run(async (session) => [
      await session.get('value'),
      await session.get('__proto__'),
      await session.get(''),
      session.data,
    ])

    expect(result.slice(0, 3)).toStrictEqual([values, { admin: true }, 'no name'])
    expect(Object.keys(result[3] as object)).toEqual(['value', '__proto__', ''])
    expect((result[3] as Record<string, unknown>)['admin']).toBe(undefined)
  })

  test('what the caller does with a value changes nothing stored', async () => {
    const { sessions } = application()
    const browser = client(sessions)
    const list = [1]
    await browser.run((session) => {
      session.set('list', list)
      list.push(2)
    })
    const { result } = await browser.run(async (session) => {
      ;((await session.get('list')) as number[]).push(3)
      return session.get('list')
    })
    expect(result).toEqual([1])
  })

  test.each([undefined, 1, Symbol('s'), '\u0000flash:ok'])('%s is no key', async (key) => {
    const { sessions } = application()
    const session = sessions.open({ headers: {} })
    for (const use of [() => session.set(key as string, 1), () => session.delete(key as string), () => session.increment(key as string)]) {
      expect(use).toThrow(code('ERR_SESSION_KEY'))
    }
    await expect(session.get(key as string)).rejects.toThrow(code('ERR_SESSION_KEY'))
    await expect(session.has(key as string)).rejects.toThrow(code('ERR_SESSION_KEY'))
  })

  test('an async update is refused at the commit, and what it rejects with is nobody’s unhandled rejection', async () => {
    const unhandled: unknown[] = []
    const listen = (error: unknown): void => void unhandled.push(error)
    process.on('unhandledRejection', listen)
    const session = application().sessions.open({ headers: {} })
    session.update('cart', async () => {
      throw new Error('never seen')
    })
    await expect(session.commit()).rejects.toMatchObject({
      code: 'ERR_SESSION_VALUE_TYPE',
      message: expect.stringContaining('Await it first'),
    })
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', listen)
    expect(unhandled).toEqual([])
  })

  test('too large a value is refused when it is set, and by update when it is saved', async () => {
    const { sessions } = application({ maxValueSize: 20 })
    const browser = client(sessions)
    await browser.run((session) => {
      expect(() => session.set('note', 'x'.repeat(19))).toThrow(code('ERR_SESSION_VALUE_SIZE'))
      session.set('note', 'x'.repeat(18))
    })
    await expect(browser.run((session) => session.update('note', (note) => `${note as string}x`))).rejects.toThrow(
      code('ERR_SESSION_VALUE_SIZE'),
    )
    expect((await browser.run((session) => session.get('note'))).result).toBe('x'.repeat(18))
  })

  test('increment takes finite numbers only', async () => {
    const { sessions } = application()
    const session = sessions.open({ headers: {} })
    for (const by of [Number.NaN, Infinity, '1', 1n])
      expect(() => session.increment('n', by as number)).toThrow(code('ERR_SESSION_VALUE_TYPE'))
  })
})
