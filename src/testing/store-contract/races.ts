import assert from 'node:assert/strict'
import type { Answer } from '../../core/basics/answer.ts'
import type { SessionStore, StoredRecord } from '../../core/contracts/store.ts'
import { at, DAY, newRecord, nextOf, NOW, stored, type Rule } from './rule.ts'

const WRITERS = Array.from({ length: 50 }, (_, i) => i)

export const raceRules: readonly Rule[] = [
  {
    name: '50 updates of one version, one winner',
    why: 'compare and set is one step; and the others are told what won, not what they have read before',
    async check(store) {
      const record = await stored(store)
      const offers = WRITERS.map((i) => nextOf(record, { body: `writer ${i}` }))
      const answers = await Promise.all(offers.map((offer) => store.update(offer, at(NOW))))
      assert.equal(answers.filter((answer) => answer === 'updated').length, 1, 'one winner')
      const winner = offers[answers.indexOf('updated')]
      for (const answer of answers) if (answer !== 'updated') assert.deepEqual(answer, winner)
      assert.deepEqual(await store.load(record.id, at(NOW)), winner)
    },
  },
  {
    name: '50 writers, each of whom tries again, lose nothing',
    why: 'parallel requests of one user are normal, and each of their changes must survive',
    async check(store) {
      const record = await stored(store, { body: '' })
      const versions = await Promise.all(WRITERS.map((i) => append(store, record, `[${i}]`)))
      assert.deepEqual(
        versions.toSorted((a, b) => a - b),
        WRITERS.map((i) => i + 2),
        'one winner for each version',
      )
      const last = await store.load(record.id, at(NOW))
      assert.equal(last?.version, WRITERS.length + 1)
      for (const i of WRITERS) assert(last.body.includes(`[${i}]`), `the change of writer ${i} is lost`)
    },
  },
  {
    name: '50 creates of one id, one winner',
    why: 'two sessions must never share an id, also when both are made at the same instant',
    async check(store) {
      const { id } = newRecord()
      const offers = WRITERS.map((i) => newRecord({ id, body: `creator ${i}` }))
      const answers = await Promise.all(offers.map((offer) => store.create(offer, at(NOW))))
      assert.equal(answers.filter((answer) => answer === 'created').length, 1, 'one winner')
      assert.deepEqual(await store.load(id, at(NOW)), offers[answers.indexOf('created')])
    },
  },
  {
    name: '50 sessions at once do not disturb each other',
    why: 'writes that a store groups together are still each its own',
    async check(store) {
      const records = await Promise.all(WRITERS.map(() => stored(store)))
      const offers = records.map((record) => nextOf(record, { body: `next of ${record.id}` }))
      assert.deepEqual(
        await Promise.all(offers.map((offer) => store.update(offer, at(NOW)))),
        WRITERS.map(() => 'updated'),
      )
      assert.deepEqual(await Promise.all(records.map(({ id }) => store.load(id, at(NOW)))), offers)
    },
  },
  {
    name: 'delete wins against updates and touches under way',
    why: 'once a logout is answered, no write that was on its way brings the session back',
    async check(store) {
      for (let round = 0; round < 10; round++) {
        const record = await stored(store, { principal: 'alice' })
        const writes = WRITERS.slice(0, 8).map(
          (i) => () => (i % 2 ? store.update(nextOf(record), at(NOW)) : store.touch(record.id, NOW + DAY, at(NOW))),
        )
        await Promise.all([
          ...writes.slice(0, 4).map((write) => write()),
          store.delete(record.id, at(NOW)),
          ...writes.slice(4).map((write) => write()),
        ])
        assert.equal(await store.load(record.id, at(NOW)), undefined)
        assert.equal(await store.update(nextOf(nextOf(record)), at(NOW)), 'gone')
      }
    },
  },
  {
    name: 'touch and update at once, both are kept',
    why: 'a touch that writes back the record it read would undo the update beside it',
    async check(store) {
      for (let round = 0; round < 10; round++) {
        const record = await stored(store)
        const next = nextOf(record, { body: 'next' })
        const touch = (by: number): Answer<boolean> => store.touch(record.id, record.expiresAt + by, at(NOW))
        const update = (): Answer<unknown> => store.update(next, at(NOW))
        // A store that answers at once does what comes first before the rest is asked.
        const calls = [
          [() => touch(5), update, () => touch(9)],
          [() => touch(5), () => touch(9), update],
        ][round % 2]!
        const answers = await Promise.all(calls.map((call) => call()))
        assert.deepEqual(new Set(answers), new Set([true, 'updated']))
        const { version, body } = (await store.load(record.id, at(NOW))) ?? assert.fail('the record is gone')
        assert.deepEqual({ version, body }, { version: 2, body: 'next' })
      }
    },
  },
]

/** Adds a mark to the body as core does: after a conflict again, to the newest record. Returns the version it wrote. */
async function append(store: SessionStore, record: StoredRecord, mark: string): Promise<number> {
  let current = record
  for (let attempts = 0; attempts < 1_000; attempts++) {
    const answer = await store.update(nextOf(current, { body: current.body + mark }), at(NOW))
    if (answer === 'updated') return current.version + 1
    assert.notEqual(answer, 'gone')
    current = answer as StoredRecord
  }
  assert.fail('a thousand conflicts in a row')
}
