import assert from 'node:assert/strict'
import { at, DAY, MINUTE, newRecord, nextOf, NOW, stored, type Rule } from './rule.ts'

export const deadlineRules: readonly Rule[] = [
  {
    name: 'a record is dead at exactly expiresAt',
    why: 'a session that has expired signs nobody in, not for a millisecond',
    async check(store) {
      const record = await stored(store)
      assert.deepEqual(await store.load(record.id, at(record.expiresAt - 1)), record)
      assert.equal(await store.load(record.id, at(record.expiresAt)), undefined)
      assert.equal(await store.load(record.id, at(record.retainUntil)), undefined)
    },
  },
  {
    name: 'a record that is stored expired is dead',
    why: 'the deadline decides, not the writing',
    async check(store) {
      const record = newRecord({ expiresAt: NOW })
      await store.create(record, at(NOW))
      assert.equal(await store.load(record.id, at(NOW)), undefined)
      assert.equal(await store.update(nextOf(record), at(NOW)), 'gone')
    },
  },
  {
    name: 'create says exists for an expired record',
    why: 'an id is used once; an insert over the dead could revive what was revoked',
    async check(store) {
      const record = await stored(store)
      const again = { ...record, expiresAt: NOW + DAY, body: 'again' }
      assert.equal(await store.create(again, at(record.expiresAt)), 'exists')
      assert.equal(await store.load(record.id, at(record.expiresAt)), undefined)
    },
  },
  {
    name: 'update says gone for an expired record',
    why: 'a late write must not revive a session, whatever version and deadline it brings',
    async check(store) {
      const record = await stored(store)
      const { expiresAt } = record
      assert.equal(await store.update(nextOf(record, { expiresAt: NOW + DAY, body: 'late' }), at(expiresAt)), 'gone')
      assert.equal(await store.update({ ...record, version: 9, expiresAt: NOW + DAY }, at(expiresAt)), 'gone')
      assert.equal(await store.load(record.id, at(expiresAt)), undefined)
    },
  },
  {
    name: 'touch moves the deadline and nothing else',
    why: 'who stays active stays signed in, and a request that is writing meanwhile does not even notice',
    async check(store) {
      const record = await stored(store)
      const later = record.expiresAt + 10 * MINUTE
      assert.equal(await store.touch(record.id, later, at(NOW)), true)
      const touched = { ...record, expiresAt: later }
      assert.deepEqual(await store.load(record.id, at(record.expiresAt)), touched)
      assert.equal(await store.update(nextOf(touched, { body: 'next' }), at(record.expiresAt)), 'updated')
    },
  },
  {
    name: 'touch moves forward only',
    why: 'touches of parallel requests arrive in any order, and none may take time away',
    async check(store) {
      const record = await stored(store)
      assert.equal(await store.touch(record.id, record.expiresAt - MINUTE, at(NOW)), true)
      assert.deepEqual(await store.load(record.id, at(NOW)), record)
    },
  },
  {
    name: 'touch stops at retainUntil',
    why: 'the absolute timeout is a hard end, however active the user or a thief is',
    async check(store) {
      const record = await stored(store)
      assert.equal(await store.touch(record.id, record.retainUntil + DAY, at(NOW)), true)
      assert.deepEqual(await store.load(record.id, at(NOW)), { ...record, expiresAt: record.retainUntil })
      assert.equal(await store.load(record.id, at(record.retainUntil)), undefined)
    },
  },
  {
    name: 'touch never revives',
    why: 'dead stays dead: neither an expired nor an unknown session comes to life by being looked at',
    async check(store) {
      const record = await stored(store)
      assert.equal(await store.touch(record.id, NOW + DAY, at(record.expiresAt)), false)
      assert.equal(await store.load(record.id, at(record.expiresAt)), undefined)
      const unknown = newRecord()
      assert.equal(await store.touch(unknown.id, NOW + DAY, at(NOW)), false)
      assert.equal(await store.load(unknown.id, at(NOW)), undefined)
    },
  },
]
