import assert from 'node:assert/strict'
import type { Sweeper } from '../../core/contracts/store.ts'
import { at, DAY, idsOf, listed, MINUTE, NOW, stored, requireSweeper, type Rule } from './rule.ts'

/** The deadline of the records that are to be swept. */
const DEADLINE = NOW + 30 * MINUTE

export const sweeperRules: readonly Rule[] = [
  {
    name: 'sweep deletes the expired and only them',
    why: 'what is over must not lie about for ever, and what lives must not notice',
    async check(store) {
      const sweeper = requireSweeper(store)
      const expired = [
        await stored(store, { expiresAt: DEADLINE }),
        await stored(store, { expiresAt: DEADLINE, principal: 'alice' }),
        await stored(store, { expiresAt: DEADLINE - 1 }),
      ]
      const live = [await stored(store, { expiresAt: DEADLINE + 1, principal: 'alice' }), await stored(store, { expiresAt: NOW + DAY })]
      assert.deepEqual((await round(sweeper, 100, DEADLINE - 2)).toSorted(), [])
      assert.deepEqual((await round(sweeper, 100, DEADLINE)).toSorted(), idsOf(expired))
      for (const record of live) assert.deepEqual(await store.load(record.id, at(DEADLINE)), record)
      if (store.principals) assert.deepEqual(await listed(store.principals, 'alice', DEADLINE), [live[0]])
      for (const { id } of expired) assert.equal(await store.delete(id, at(DEADLINE)), false, 'it is still stored')
    },
  },
  {
    name: 'sweep spares what was touched',
    why: 'the deadline that counts is the newest one',
    async check(store) {
      const sweeper = requireSweeper(store)
      const record = await stored(store, { principal: 'alice' })
      await store.touch(record.id, record.expiresAt + DAY, at(NOW))
      assert.deepEqual(await round(sweeper, 100, record.expiresAt + 1), [])
      const touched = { ...record, expiresAt: record.expiresAt + DAY }
      assert.deepEqual(await store.load(record.id, at(record.expiresAt + 1)), touched)
      if (store.principals) assert.deepEqual(await listed(store.principals, 'alice', record.expiresAt + 1), [touched])
    },
  },
  {
    name: 'sweep goes a little at a time, round by round',
    why: 'a sweep of everything at once would hold up every request',
    async check(store) {
      const sweeper = requireSweeper(store)
      const first = await Promise.all(
        Array.from({ length: 35 }, (_, i) => stored(store, { expiresAt: i % 2 ? DEADLINE : DEADLINE + MINUTE })),
      )
      const early = first.filter(({ expiresAt }) => expiresAt === DEADLINE)
      assert.deepEqual((await round(sweeper, 10, DEADLINE)).toSorted(), idsOf(early))
      const second = await Promise.all(Array.from({ length: 12 }, () => stored(store, { expiresAt: DEADLINE + 3 })))
      assert.deepEqual((await round(sweeper, 10, DEADLINE + 3)).toSorted(), idsOf(second))
      assert.deepEqual((await round(sweeper, 10, DEADLINE + MINUTE)).length, first.length - early.length)
    },
  },
]

/** Sweeps until a full round is done. Returns the ids of the deleted records, in any order. */
async function round(sweeper: Sweeper, limit: number, now: number): Promise<string[]> {
  const gone: string[] = []
  for (let slices = 0; slices < 1_000; slices++) {
    const { expired, done } = await sweeper.sweep(limit, at(now))
    assert(expired.length <= limit, 'more than the limit')
    gone.push(...expired)
    if (done) return gone
  }
  assert.fail('a thousand slices and no end of the round')
}
