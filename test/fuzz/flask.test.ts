/**
 * Any bytes, and mutated cookies and stored values of Flask: they give data or undefined in bounded time, and never
 * throw. fast-check prints the seed of a failure.
 */
import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  shareFlask,
  Float,
  Markup,
  readSession,
  readStoredSession,
  Tuple,
  unsignSessionId,
  writeSession,
  writeStoredSession,
} from '../../src/interop/flask/index.ts'
import type { ForeignNodeRedis } from '../../src/interop/flask/index.ts'
import type { Session } from '../../src/index.ts'
import { readMsgpackMembers } from '../../src/interop/flask/msgpack.ts'
import { sealCookie } from '../../src/interop/flask/cookie.ts'
import { sign } from '../../src/interop/flask/signer.ts'
import { readTagged } from '../../src/interop/flask/tags.ts'
import { mutated } from './mutated.ts'

const SECRET = 'of the fuzz'
const NOW = 1_790_000_000_000
const READ = { secrets: SECRET, now: NOW }
const DATA = {
  cart: [{ sku: 'tea', price: new Float(2), n: 2n ** 60n }],
  raw: new Uint8Array([0, 255]),
  user: 'Ёлка',
  f: [1.5, null, true],
}
const GENUINE = writeSession({ ...DATA, pair: new Tuple([1, new Markup('<b>')]), at: new Date(NOW) }, READ)

const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 400 }), mutated(Buffer.from(GENUINE)).map(String))

test('a cookie is a genuine one or none', () => {
  fc.assert(
    fc.property(text, (value) => {
      if (value !== GENUINE) expect(readSession(value, READ)).toBeUndefined()
      expect(unsignSessionId(value, SECRET)).toBeUndefined()
    }),
  )
})

test('whatever a cookie signs, its data are read or not', () => {
  const payload = fc.oneof(
    fc.json(),
    fc.string({ unit: 'binary' }),
    mutated(Buffer.from('{" t":[{" b":"AA=="},{" d":"Tue, 03 Feb 2026 04:05:06 GMT"}],"a":{" di":{" u__":1.0}}}')).map(String),
  )
  fc.assert(
    fc.property(payload, (json) => {
      const data = readSession(sealCookie(json, READ), READ)
      expect(data === undefined || Object.getPrototypeOf(data) === Object.prototype).toBe(true)
      readTagged(json)
    }),
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('', '.'), (body, dot) => {
      expect(readSession(sign(`${dot}${body}`, SECRET, 'cookie-session'), READ)).toBeUndefined()
    }),
  )
})

test('a cookie that inflates without end is refused', () => {
  const bomb = deflateSync(Buffer.from(`{"a":"${'a'.repeat(20_000_000)}"}`)).toString('base64url')
  expect(readSession(sign(`.${bomb}.arE7gA`, SECRET, 'cookie-session'), { ...READ, now: NOW + 60_000 })).toBeUndefined()
})

test.each(['msgpack', 'json', 'pickle'] as const)('a stored value of %s is read or not', (format) => {
  const genuine = writeStoredSession(format === 'json' ? { cart: DATA.cart, user: 'Ёлка' } : DATA, format)
  expect(readStoredSession(genuine)).toEqual(format === 'json' ? { cart: DATA.cart, user: 'Ёлка' } : DATA)
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 400 }), mutated(genuine)), (bytes) => {
      const data = readStoredSession(bytes)
      expect(data === undefined || Object.getPrototypeOf(data) === Object.prototype).toBe(true)
      readMsgpackMembers(bytes)
    }),
    { numRuns: 2_000 },
  )
})

test.each([
  ['an array of four billion', [0x81, 0xa1, 0x61, 0xdd, 0xff, 0xff, 0xff, 0xff, 0xc0]],
  ['a text of four billion', [0x81, 0xa1, 0x61, 0xdb, 0xff, 0xff, 0xff, 0xff, 0x61]],
  ['ten thousand levels', [0x81, 0xa1, 0x61, ...Array.from({ length: 10_000 }, () => 0x91), 0xc0]],
  ['an unknown extension', [0x81, 0xa1, 0x61, 0xd4, 0x05, 0x00]],
  ['something after the end', [0x80, 0xc0]],
])('refuses MessagePack with %s', (_what, bytes) => {
  expect(readStoredSession(Buffer.from(bytes))).toBeUndefined()
})

/** A Redis that holds any bytes under each id. */
function holding(raw: Uint8Array): ForeignNodeRedis {
  return {
    sendCommand: async ([command, script]) => (command === 'EVAL' && !String(script).includes('SET') ? [Buffer.from(raw), 60_000] : 1),
  }
}

const member = fc.oneof(fc.jsonValue(), fc.constantFrom({ ' u': 'x' }, { ' t': 1 }, [{ ' t': ['a'] }], [[1, 2, 3]], [null]))
const members = fc.record(
  { _user_id: member, _flashes: member, _permanent: member, n: member, ['__proto__']: member },
  { requiredKeys: [], noNullPrototype: true },
)

test('whatever a session holds, it is read, changed and saved, or is none', async () => {
  const stored = fc.tuple(fc.constantFrom('msgpack' as const, 'pickle' as const, 'json' as const), members)
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.uint8Array(), stored), async (found) => {
      const raw = found instanceof Uint8Array ? found : writeStoredSession(found[1], found[0])
      for (const format of ['msgpack', 'json', 'pickle'] as const) {
        const sessions = shareFlask({ redis: { client: holding(raw), format } })
        await visit(sessions.open({ headers: { cookie: `session=${'a'.repeat(43)}` } }))
      }
    }),
  )
  await fc.assert(
    fc.asyncProperty(members, async (data) => {
      const sessions = shareFlask({ secrets: SECRET, clock: { now: () => NOW } })
      await visit(sessions.open({ headers: { cookie: `session=${sealCookie(JSON.stringify(data), READ)}` } }))
    }),
  )
})

async function visit(opened: Session): Promise<void> {
  await opened.load()
  expect(Object.getPrototypeOf(opened.data)).toBe(Object.prototype)
  expect(opened.principal === null || typeof opened.principal === 'string').toBe(true)
  await opened.takeFlash('ok')
  opened.flash('ok', 'saved')
  opened.set('m', 1)
  await opened.commit()
}
