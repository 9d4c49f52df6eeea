import assert from 'node:assert/strict'
import { at, newRecord, nextOf, NOW, stored, type Rule } from './rule.ts'

export const recordRules: readonly Rule[] = [
  {
    name: 'create, then load',
    why: 'what was saved is what the next request reads, field by field',
    async check(store) {
      const record = await stored(store)
      assert.deepEqual(await store.load(record.id, at(NOW)), record)
    },
  },
  {
    name: 'loading an unknown id creates nothing',
    why: 'an id that a client made up must not become a session',
    async check(store) {
      const record = newRecord()
      assert.equal(await store.load(record.id, at(NOW)), undefined)
      assert.equal(await store.load(record.id, at(NOW)), undefined)
      assert.equal(await store.create(record, at(NOW)), 'created')
    },
  },
  {
    name: 'create inserts only',
    why: 'two sessions must never share an id, and a repeated create must not undo what came after the first',
    async check(store) {
      const record = await stored(store)
      const later = nextOf(record, { body: 'later' })
      assert.equal(await store.update(later, at(NOW)), 'updated')
      assert.equal(await store.create({ ...record, body: 'intruder', principal: 'mallory' }, at(NOW)), 'exists')
      assert.deepEqual(await store.load(record.id, at(NOW)), later)
    },
  },
  {
    name: 'update writes the next version',
    why: 'every field of the record that was offered is the record from now on',
    async check(store) {
      const record = await stored(store)
      const next = nextOf(record, {
        expiresAt: record.expiresAt + 5,
        retainUntil: record.retainUntil + 7,
        principal: 'alice',
        body: 'next',
      })
      assert.equal(await store.update(next, at(NOW)), 'updated')
      assert.deepEqual(await store.load(record.id, at(NOW)), next)
    },
  },
  {
    name: 'update may shorten the life of a record',
    why: 'core computes deadlines anew at each attempt, and the store writes what it was told',
    async check(store) {
      const record = await stored(store)
      const next = nextOf(record, { expiresAt: record.expiresAt - 10 })
      assert.equal(await store.update(next, at(NOW)), 'updated')
      assert.deepEqual(await store.load(record.id, at(NOW)), next)
    },
  },
  {
    name: 'a conflict answers the newest record and writes nothing',
    why: 'the late writer applies its changes to that answer: were it anything else, somebody would lose theirs',
    async check(store) {
      const record = await stored(store)
      const second = nextOf(record, { body: 'second' })
      const third = nextOf(second, { body: 'third' })
      assert.equal(await store.update(second, at(NOW)), 'updated')
      assert.equal(await store.update(third, at(NOW)), 'updated')
      assert.deepEqual(await store.update(nextOf(record, { body: 'late' }), at(NOW)), third)
      assert.deepEqual(await store.load(record.id, at(NOW)), third)
    },
  },
  {
    name: 'a version ahead of the record is a conflict too',
    why: 'versions go up by exactly one, or a writer could skip what it has not seen',
    async check(store) {
      const record = await stored(store)
      assert.deepEqual(await store.update({ ...record, version: 3, body: 'ahead' }, at(NOW)), record)
      assert.deepEqual(await store.update({ ...record, body: 'the same version' }, at(NOW)), record)
      assert.deepEqual(await store.load(record.id, at(NOW)), record)
    },
  },
  {
    name: 'update never inserts',
    why: 'a session that is not there was never created or is dead, and a late write must not make it',
    async check(store) {
      for (const version of [1, 2, 7]) {
        const record = newRecord({ version, principal: 'alice' })
        assert.equal(await store.update(record, at(NOW)), 'gone')
        assert.equal(await store.load(record.id, at(NOW)), undefined)
        assert.equal(await store.create(record, at(NOW)), 'created')
      }
    },
  },
  {
    name: 'saving after a deletion elsewhere does not resurrect',
    why: 'a slow request that began before the logout must not bring the login back',
    async check(store) {
      const record = await stored(store, { principal: 'alice' })
      assert.equal(await store.delete(record.id, at(NOW)), true)
      assert.equal(await store.update(nextOf(record), at(NOW)), 'gone')
      assert.equal(await store.update({ ...record, version: 1 }, at(NOW)), 'gone')
      assert.equal(await store.touch(record.id, record.expiresAt + 1, at(NOW)), false)
      assert.equal(await store.load(record.id, at(NOW)), undefined)
    },
  },
  {
    name: 'delete twice',
    why: 'a logout that is repeated is no fault, and harms no other session',
    async check(store) {
      const [record, other] = [await stored(store), await stored(store)]
      assert.equal(await store.delete(record.id, at(NOW)), true)
      assert.equal(await store.delete(record.id, at(NOW)), false)
      assert.equal(await store.delete(newRecord().id, at(NOW)), false)
      assert.deepEqual(await store.load(other.id, at(NOW)), other)
    },
  },
  {
    name: 'a write concerns one record',
    why: 'no session may ever see the data of another',
    async check(store) {
      const [record, other] = [await stored(store), await stored(store)]
      assert.equal(await store.update(nextOf(record, { body: 'mine' }), at(NOW)), 'updated')
      assert.equal(await store.touch(record.id, record.expiresAt + 1, at(NOW)), true)
      assert.deepEqual(await store.load(other.id, at(NOW)), other)
    },
  },
]
