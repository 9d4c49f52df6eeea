import { expect, test } from 'vitest'
import { inflate } from '../../src/interop/_python/inflate.ts'
import { readPickle } from '../../src/interop/_python/pickle.ts'
import { writePickle } from '../../src/interop/_python/pickling.ts'
import { objectText, readJson, readMembers, writeJson } from '../../src/interop/_python/python-json.ts'
import { Float, floatText, Tuple } from '../../src/interop/_python/python.ts'
import { deflateSync } from 'node:zlib'

const JSON_STYLE = { by: 'json', sorted: false } as const

test.each([
  '{"a":1,"b":1.0,"c":-0.0,"d":0.1,"e":1e+22,"f":5e-324,"g":1e-05,"h":123456789012345.0}',
  '[9223372036854775807,9223372036854775815,-9007199254740993,9007199254740991]',
  '[NaN,Infinity,-Infinity,true,false,null]',
  '{"__proto__":{"x":[]},"":{}}',
  '"\\u0451\\ud83c\\udf84\\u007f\\b\\f\\n\\r\\t\\"\\\\<>&/ \\ud800"',
  '{"\\"":1,"\\\\":{"\\"":2}}',
])('Python JSON comes back as it was: %s', (text) => {
  expect(writeJson(readJson(text), 'all', JSON_STYLE)).toBe(text)
})

test('whole floats, long integers and what JSON.parse refuses are read as what they are', () => {
  expect(readJson('[1.0, 1, 2e0, 9007199254740993, NaN, -0]')).toEqual([new Float(1), 1, new Float(2), 9007199254740993n, Number.NaN, 0])
  expect(Number(new Float(2)) * 1.5).toBe(3)
})

test.each(['', '[', '[1,]', '{"a":1,}', '{a:1}', '01', '1.', '.5', '+1', '1 2', '"\n"', "'a'", 'nan', 'truex', '{"a"}', '1'.repeat(5_000)])(
  'not JSON: %s',
  (text) => {
    expect(readJson(text)).toBeUndefined()
    expect(readMembers(text)).toBeUndefined()
  },
)

test('members keep their own text', () => {
  const members = readMembers('{"a": [1.0, {"b": 1e400}], "a\\u0451":1.50}')!
  expect([...members]).toEqual([
    ['a', '[1.0, {"b": 1e400}]'],
    ['aё', '1.50'],
  ])
  expect(objectText(members, { by: 'msgspec', sorted: true })).toBe('{"a":[1.0, {"b": 1e400}],"aё":1.50}')
})

test('a float is written as repr writes it', () => {
  expect([1, 0.1, 1e15, 1e16, 1e-4, 1e-5, 1.5e300, -2.5].map(floatText)).toEqual([
    '1.0',
    '0.1',
    '1000000000000000.0',
    '1e+16',
    '0.0001',
    '1e-05',
    '1.5e+300',
    '-2.5',
  ])
})

test('deep or cyclic values are refused', () => {
  const cycle: unknown[] = []
  cycle.push(cycle)
  expect(() => writeJson(cycle, 'key', JSON_STYLE)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_VALUE_TYPE' }))
  expect(() => writePickle(cycle, 'key')).toThrow(expect.objectContaining({ code: 'ERR_SESSION_VALUE_TYPE' }))
  expect(readJson('['.repeat(100_000) + ']'.repeat(100_000))).toBeUndefined()
})

test('a pickle of plain data comes back as it was', () => {
  const value = {
    text: 'Ёлка 🎄',
    numbers: [0, 1, -1, 255, 256, 65_536, 2 ** 31, -(2 ** 31) - 1, 2 ** 53 - 1, 2n ** 64n, -(2n ** 70n), new Float(1), 0.1, Number.NaN, -0],
    nothing: [null, true, false, new Uint8Array([0, 255]), new Tuple([]), new Tuple([1, new Tuple(['a'])]), new Set([3, 'x'])],
    keys: new Map<unknown, unknown>([
      [1, 'one'],
      ['two', 2],
    ]),
    ['__proto__']: { own: true },
  }
  expect(readPickle(writePickle(value, 'all'))).toEqual(value)
})

test.each([
  ['a call', 'cos\nsystem\n(S"true"\ntR.'],
  ['a named class', '\u0080\u0004\u008c\u0008datetime\u008c\u0008datetime\u0093.'],
  ['a persistent id', 'Pabc\n.'],
  ['nothing', ''],
  ['no end', '\u0080\u0004N'],
  ['something after the end', '\u0080\u0004N.N'],
  ['an empty stack', '\u0080\u0004.'],
  ['a mark as value', '\u0080\u0004(.'],
  ['a list that holds itself', '\u0080\u0004]\u0094h\u0000a.'],
  ['a text as dict', '\u0080\u0004\u008c\u0001aNNs.'],
  ['too deep', `\u0080\u0004${']'.repeat(300)}${'a'.repeat(299)}.`],
])('refuses a pickle with %s', (_what, bytes) => {
  expect(readPickle(Buffer.from(bytes, 'latin1'))).toBeUndefined()
})

test('what shares a value in a pickle gets a copy of it, of bounded size', () => {
  expect(readPickle(Buffer.from('\u0080\u0004](]\u0094K\u0001ah\u0000e.', 'latin1'))).toEqual([[1], [1]])
  // Each list contains the previous one twice: 2^40 values in 300 bytes.
  let bomb = '\u0080\u0004]\u0094'
  for (let i = 0; i < 40; i++) bomb += `](h${String.fromCharCode(i)}h${String.fromCharCode(i)}e\u0094`
  expect(readPickle(Buffer.from(`${bomb}.`, 'latin1'))).toBeUndefined()
})

test('inflates up to a limit', () => {
  expect(inflate(deflateSync('text'))?.toString()).toBe('text')
  expect(inflate(deflateSync(Buffer.alloc(2_000_000)))).toBeUndefined()
  expect(inflate(Buffer.from('text'))).toBeUndefined()
})
