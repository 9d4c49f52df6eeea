import assert from 'node:assert/strict'
import type { StoredRecord } from '../../core/contracts/store.ts'
import { at, listed, newRecord, nextOf, NOW, stored, type Rule } from './rule.ts'

const TEXTS: Readonly<Record<string, string>> = {
  nothing: '',
  'a megabyte': 'sojourn '.repeat(131_072),
  'a megabyte of long characters': '\u{1F9ED}'.repeat(262_144),
  'many scripts': 'Grüße, привет, 你好, שלום, مرحبا, e\u0301 and é, \u{1F469}\u200D\u{1F680}',
  quotes: `' " \` '' \\' \\" $1 ? :a @b`,
  lines: '\n first\r\nsecond\rthird\t\u2028\u2029\u0085 ',
  'all of the first 256 but U+0000': Array.from({ length: 255 }, (_, i) => String.fromCharCode(i + 1)).join(''),
  'a byte order mark': '\uFEFFtext',
  'non-characters': '\uFFFD\uFFFE\uFFFF\u{10FFFF}',
  __proto__: '__proto__',
  JSON: '{"__proto__":{"polluted":true},"id":"x"}',
  'a number': '00123e5',
  null: 'null',
}

const ODD_IDS: readonly string[] = [
  '',
  ' ',
  '__proto__',
  'constructor',
  'toString',
  "' OR '1'='1",
  '"; DROP TABLE sojourn_sessions; --',
  '%',
  '_',
  '*',
  '[a-z]*',
  '../../etc/passwd',
  '/',
  '\u0000',
  '\n',
  'é\u{1F600}',
  'x'.repeat(10_000),
]

/** @param maxBody longer texts are left out, in bytes of UTF-8 */
export const valueRules = (maxBody: number): readonly Rule[] => [
  {
    name: 'any text as the body',
    why: 'the body is opaque, often encrypted: a character that changes on the way ends the session',
    async check(store) {
      for (const [what, body] of Object.entries(TEXTS).filter(([, each]) => Buffer.byteLength(each) < maxBody)) {
        const record = await stored(store, { body })
        assert.equal((await store.load(record.id, at(NOW)))?.body, body, `created with ${what}`)
        assert.equal(await store.update(nextOf(record, { body: `${body}!` }), at(NOW)), 'updated')
        assert.equal(await store.update(nextOf(nextOf(record), { body }), at(NOW)), 'updated')
        assert.equal((await store.load(record.id, at(NOW)))?.body, body, `updated with ${what}`)
        assert.equal(((await store.update(nextOf(record), at(NOW))) as StoredRecord).body, body, `a conflict that answers ${what}`)
      }
    },
  },
  {
    name: 'an odd principal',
    why: 'a principal is an opaque text of the application: names that look alike are different people',
    async check(store) {
      for (const principal of [
        'alice',
        'Alice',
        'alice ',
        'al',
        '%',
        '*',
        "o'hara",
        '__proto__',
        'привет',
        '\u{1F600}',
        'a:b',
        'a/b',
        '7',
      ]) {
        const record = await stored(store, { principal })
        assert.deepEqual(await store.load(record.id, at(NOW)), record)
        if (store.principals)
          assert.deepEqual(await listed(store.principals, principal), [record], `listed under ${JSON.stringify(principal)}`)
      }
    },
  },
  {
    name: 'an odd id is a miss',
    why: 'an id may be any text that a client or an administrator typed: no error, no other record, no way out of the store',
    async check(store) {
      const record = await stored(store)
      for (const id of ODD_IDS) {
        const what = JSON.stringify(id.slice(0, 40))
        assert.equal(await store.load(id, at(NOW)), undefined, `load ${what}`)
        assert.equal(await store.touch(id, NOW + 1, at(NOW)), false, `touch ${what}`)
        assert.equal(await store.update(newRecord({ id, version: 2 }), at(NOW)), 'gone', `update ${what}`)
        assert.equal(await store.delete(id, at(NOW)), false, `delete ${what}`)
      }
      assert.deepEqual(await store.load(record.id, at(NOW)), record)
    },
  },
  {
    name: 'ids differ by each character',
    why: 'ids are base64url: a store that ignores case mixes up two people',
    async check(store) {
      const lower = await stored(store, { id: 'abcdefghijklmnopqrstuv' })
      const upper = await stored(store, { id: 'ABCDEFGHIJKLMNOPQRSTUV' })
      const signs = await stored(store, { id: '-_cdefghijklmnopqrstuv' })
      for (const record of [lower, upper, signs]) assert.deepEqual(await store.load(record.id, at(NOW)), record)
    },
  },
  {
    name: 'times and versions are exact',
    why: 'a version that comes back rounded never matches again, and a rounded deadline is another deadline',
    async check(store) {
      const record = await stored(store, { version: 999_999_999_999_999, expiresAt: 253_402_300_799_998, retainUntil: 253_402_300_799_999 })
      assert.deepEqual(await store.load(record.id, at(NOW)), record)
      const next = nextOf(record)
      assert.equal(await store.update(next, at(NOW)), 'updated')
      assert.deepEqual(await store.load(record.id, at(NOW)), next)
    },
  },
  {
    name: 'what you got is not what is stored',
    why: 'a handler that changes what it was given must not change the session behind the back of the commit',
    async check(store) {
      const given = { ...newRecord({ principal: 'alice' }) }
      const before = { ...given }
      await store.create(given, at(NOW))
      vandalise(given)
      const answers = [
        await store.load(before.id, at(NOW)),
        await store.update({ ...before, version: 7 }, at(NOW)),
        ...((await store.principals?.list('alice', undefined, at(NOW)))?.records ?? []),
      ]
      for (const answer of answers) {
        assert.deepEqual(answer, before)
        vandalise(answer)
      }
      const next = { ...nextOf(before, { body: 'next' }) }
      const written = { ...next }
      assert.equal(await store.update(next, at(NOW)), 'updated')
      vandalise(next)
      assert.deepEqual(await store.load(before.id, at(NOW)), written)
      if (store.principals) assert.deepEqual(await listed(store.principals, 'alice'), [written])
    },
  },
]

/** Changes every field that it can change; a frozen record stays as it is. */
function vandalise(record: object): void {
  for (const [key, value] of Object.entries({ version: 99, expiresAt: 0, retainUntil: 0, principal: 'mallory', body: 'changed' })) {
    Reflect.set(record, key, value)
  }
}
