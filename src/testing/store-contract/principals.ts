import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import type { Answer } from '../../core/basics/answer.ts'
import type { PrincipalIndex, SessionStore, StoredRecord } from '../../core/contracts/store.ts'
import { at, DAY, idsOf, listed, listedIds, MINUTE, newRecord, nextOf, NOW, requirePrincipals, stored, type Rule } from './rule.ts'

/** More records than a page of any store should hold. */
const MANY = 250

export const principalRules: readonly Rule[] = [
  {
    name: 'list holds the live records of one principal',
    why: 'people look there for sessions that are not theirs, and revocation goes by it',
    async check(store) {
      const index = requirePrincipals(store)
      assert.deepEqual(await listed(index, 'alice'), [])
      const [first, second] = [await stored(store, { principal: 'alice' }), await stored(store, { principal: 'alice' })]
      await stored(store, { principal: 'bob' })
      await stored(store)
      assert.deepEqual(idsOf(await listed(index, 'alice')), idsOf([first, second]))
      assert.deepEqual(
        (await listed(index, 'alice')).find(({ id }) => id === first.id),
        first,
      )
    },
  },
  {
    name: 'an update that signs somebody in enters the index',
    why: 'a login that keeps its session would be missed by every later revocation',
    async check(store) {
      const index = requirePrincipals(store)
      const record = await stored(store)
      const signedIn = nextOf(record, { principal: 'alice' })
      assert.equal(await store.update(signedIn, at(NOW)), 'updated')
      assert.deepEqual(await listed(index, 'alice'), [signedIn])
      const next = nextOf(signedIn, { body: 'next' })
      assert.equal(await store.update(next, at(NOW)), 'updated')
      assert.deepEqual(await listed(index, 'alice'), [next])
    },
  },
  {
    name: 'a refused write does not enter the index',
    why: 'somebody else would be shown a session that is not theirs',
    async check(store) {
      const index = requirePrincipals(store)
      const record = await stored(store)
      await store.create({ ...record, principal: 'alice' }, at(NOW))
      await store.update({ ...record, version: 5, principal: 'alice' }, at(NOW))
      await store.update(newRecord({ version: 2, principal: 'alice' }), at(NOW))
      await store.update(nextOf(record, { principal: 'alice' }), at(record.expiresAt))
      assert.deepEqual(await listed(index, 'alice'), [])
    },
  },
  {
    name: 'list leaves out the dead',
    why: 'a list with sessions that are over frightens people',
    async check(store) {
      const index = requirePrincipals(store)
      const [deleted, expired, live] = [
        await stored(store, { principal: 'alice' }),
        await stored(store, { principal: 'alice' }),
        await stored(store, { principal: 'alice', expiresAt: NOW + DAY }),
      ]
      await store.delete(deleted.id, at(NOW))
      assert.deepEqual(idsOf(await listed(index, 'alice', expired.expiresAt - 1)), idsOf([expired, live]))
      assert.deepEqual(await listed(index, 'alice', expired.expiresAt), [live])
    },
  },
  {
    name: 'an id that is used again is listed for its new principal only',
    why: 'an index entry that was left behind must not show one person the session of another',
    async check(store) {
      const index = requirePrincipals(store)
      const [first, second] = [await stored(store, { principal: 'alice' }), await stored(store, { principal: 'alice' })]
      await store.delete(first.id, at(NOW))
      await index.deleteMany('alice', [second.id], at(NOW))
      const again = [await stored(store, { id: first.id, principal: 'bob' }), await stored(store, { id: second.id, principal: 'bob' })]
      assert.deepEqual(await listed(index, 'alice'), [])
      assert.deepEqual(idsOf(await listed(index, 'bob')), idsOf(again))
    },
  },
  {
    name: 'a touched record stays in the index past its first deadline',
    why: 'an index that forgets at the idle deadline misses the sessions that live longest (counterexample `index-idle`)',
    async check(store) {
      const index = requirePrincipals(store)
      const record = await stored(store, { principal: 'alice' })
      assert.equal(await store.touch(record.id, record.expiresAt + DAY, at(NOW + MINUTE)), true)
      await store.sweeper?.sweep(100, at(record.expiresAt + 1))
      assert.deepEqual(await listed(index, 'alice', record.expiresAt + 1), [{ ...record, expiresAt: record.expiresAt + DAY }])
      await stored(store, { principal: 'alice', expiresAt: NOW + 2 * DAY })
      assert.equal((await listed(index, 'alice', record.expiresAt + 2)).length, 2)
      assert.deepEqual(await index.deleteMany('alice', [record.id], at(record.expiresAt + 3)), [record.id])
    },
  },
  {
    name: 'an updated record stays in the index past its first deadline',
    why: 'the same by way of a write',
    async check(store) {
      const index = requirePrincipals(store)
      const record = await stored(store, { principal: 'alice' })
      const next = nextOf(record, { expiresAt: record.expiresAt + DAY })
      assert.equal(await store.update(next, at(NOW)), 'updated')
      assert.deepEqual(await listed(index, 'alice', record.expiresAt + 1), [next])
    },
  },
  {
    name: 'a record is in the index before it can be loaded',
    why: 'a revocation that looks in between would miss a session that is already good',
    async check(store) {
      const index = requirePrincipals(store)
      for (let round = 0; round < 20; round++) {
        const anonymous = await stored(store)
        const record = newRecord({ principal: 'alice' })
        const writes: Answer<unknown>[] = [store.create(record, at(NOW)), store.update(nextOf(anonymous, { principal: 'alice' }), at(NOW))]
        await during(writes, async () => {
          const loaded = [await store.load(record.id, at(NOW)), await store.load(anonymous.id, at(NOW))]
          const ids = await found(index)
          for (const record of loaded) if (record?.principal) assert(ids.includes(record.id), 'loaded before it was listed')
        })
      }
    },
  },
  {
    name: 'a record leaves the index with or after itself, never before',
    why: 'a deletion that stops half way would leave a session that lives and that no revocation finds',
    async check(store) {
      const index = requirePrincipals(store)
      for (let round = 0; round < 20; round++) {
        const [one, other] = [await stored(store, { principal: 'alice' }), await stored(store, { principal: 'alice' })]
        const writes: Answer<unknown>[] = [store.delete(one.id, at(NOW)), index.deleteMany('alice', [other.id], at(NOW))]
        await during(writes, async () => {
          const ids = await found(index)
          for (const { id } of [one, other]) if (await store.load(id, at(NOW))) assert(ids.includes(id), 'still live, and no longer listed')
        })
      }
    },
  },
  {
    name: 'list comes to an end and shows each record once',
    why: 'who revokes everything must meet every session, however many there are',
    async check(store) {
      const index = requirePrincipals(store)
      const records = await storedMany(store)
      await stored(store, { principal: 'bob' })
      assert.deepEqual(idsOf(await listed(index, 'alice')), idsOf(records))
    },
  },
  {
    name: 'deleting page by page skips nothing',
    why: 'revocation deletes what a page showed before it asks for the next',
    async check(store) {
      const index = requirePrincipals(store)
      const records = await storedMany(store)
      const deleted: string[] = []
      let cursor: string | undefined
      do {
        const page = await index.list('alice', cursor, at(NOW))
        deleted.push(...(await index.deleteMany('alice', idsOf(page.records), at(NOW))))
        cursor = page.next
      } while (cursor !== undefined)
      assert.deepEqual(deleted.toSorted(), idsOf(records))
      assert.deepEqual(await listed(index, 'alice'), [])
    },
  },
  {
    name: 'a walk misses nobody while others come and go',
    why: 'a principal with many sessions signs in and out while they are listed, counted or ended',
    async check(store) {
      const index = requirePrincipals(store)
      await missesNobody(store, index, async (cursor) => {
        const { records, next } = await index.list('alice', cursor, at(NOW))
        return { ids: idsOf(records), next }
      })
      if (index.ids) await missesNobody(store, index, async (cursor) => index.ids!('alice', cursor, at(NOW)))
    },
  },
  {
    name: 'ids are those of list',
    why: 'revocation goes by them where there are some: it would miss whom they leave out, and count whom they add',
    async check(store) {
      const index = requirePrincipals(store)
      const records = await storedMany(store)
      await stored(store, { principal: 'alice', expiresAt: NOW + MINUTE })
      await stored(store, { principal: 'bob' })
      await store.delete(records[0]!.id, at(NOW))
      assert.deepEqual((await listedIds(index, 'alice', NOW + MINUTE)) ?? idsOf(records.slice(1)), idsOf(records.slice(1)))
    },
  },
  {
    name: 'deleting by pages of ids skips nothing',
    why: 'revocation deletes what a page gave before it asks for the next',
    async check(store) {
      const index = requirePrincipals(store)
      const records = await storedMany(store)
      let cursor: string | undefined
      do {
        const page = await index.ids?.('alice', cursor, at(NOW))
        if (page) await index.deleteMany('alice', page.ids, at(NOW))
        cursor = page?.next
      } while (cursor !== undefined)
      assert.deepEqual(idsOf(await listed(index, 'alice')), index.ids ? [] : idsOf(records))
    },
  },
  {
    name: 'deleteMany deletes what is this principal’s, and nothing else',
    why: 'revoking the sessions of one must not end those of another, whatever ids are handed in',
    async check(store) {
      const index = requirePrincipals(store)
      const [own, kept, others, nobodys] = [
        await stored(store, { principal: 'alice' }),
        await stored(store, { principal: 'alice' }),
        await stored(store, { principal: 'bob' }),
        await stored(store),
      ]
      const ids = [others.id, own.id, nobodys.id, newRecord().id, '__proto__', '']
      assert.deepEqual(await index.deleteMany('alice', ids, at(NOW)), [own.id])
      assert.deepEqual(await index.deleteMany('alice', [own.id], at(NOW)), [])
      assert.deepEqual(await index.deleteMany('alice', [], at(NOW)), [])
      assert.equal(await store.load(own.id, at(NOW)), undefined)
      assert.equal(await store.update(nextOf(own), at(NOW)), 'gone')
      for (const record of [kept, others, nobodys]) assert.deepEqual(await store.load(record.id, at(NOW)), record)
      assert.deepEqual(await listed(index, 'alice'), [kept])
      assert.deepEqual(await listed(index, 'bob'), [others])
    },
  },
  {
    name: 'an epoch is the last one raised, for each principal',
    why: 'a sign-in under way compares it before and after, and must notice that everything was revoked in between',
    async check(store) {
      const index = requirePrincipals(store)
      assert.equal(await index.epoch('alice', at(NOW)), undefined)
      await index.raise('alice', 'first', NOW + DAY, at(NOW))
      assert.equal(await index.epoch('alice', at(NOW)), 'first')
      await index.raise('alice', 'second', NOW + DAY, at(NOW + 1))
      assert.equal(await index.epoch('alice', at(NOW + 2)), 'second')
      assert.equal(await index.epoch('bob', at(NOW)), undefined)
      assert.equal(await index.epoch('__proto__', at(NOW)), undefined)
    },
  },
  {
    name: 'an epoch is kept until keepUntil',
    why: 'it must outlast the longest sign-in, also when others are raised and a sweep passes',
    async check(store) {
      const index = requirePrincipals(store)
      await index.raise('alice', 'kept', NOW + DAY, at(NOW))
      for (let i = 0; i < 20; i++) await index.raise(`other ${i}`, 'short', NOW + 10, at(NOW + i))
      await store.sweeper?.sweep(100, at(NOW + DAY - 1))
      assert.equal(await index.epoch('alice', at(NOW + DAY - 1)), 'kept')
    },
  },
  {
    name: 'an epoch raised again is kept as long as either raise promised',
    why: 'the sign-ins that began before the earlier raise would not notice the revocation',
    async check(store) {
      const index = requirePrincipals(store)
      await index.raise('alice', 'first', NOW + 2 * DAY, at(NOW))
      await index.raise('alice', 'second', NOW + DAY, at(NOW))
      await store.sweeper?.sweep(100, at(NOW + DAY))
      assert.equal(await index.epoch('alice', at(NOW + 2 * DAY - 1)), 'second')
    },
  },
]

function storedMany(store: SessionStore): Promise<StoredRecord[]> {
  return Promise.all(Array.from({ length: MANY }, () => stored(store, { principal: 'alice' })))
}

/** Walks while of five records one is deleted after each of the first four pages, wherever it is, and others come. */
async function missesNobody(
  store: SessionStore,
  index: PrincipalIndex,
  pageOf: (cursor: string | undefined) => Promise<{ readonly ids: readonly string[]; readonly next?: string | undefined }>,
): Promise<void> {
  const all = idsOf(await storedMany(store))
  const left = new Set(all)
  const seen = new Set<string>()
  let cursor: string | undefined
  let pages = 0
  do {
    const { ids, next } = await pageOf(cursor)
    for (const id of ids) seen.add(id)
    const turn = pages++
    const going = all.filter((_, i) => turn < 4 && i % 5 === turn)
    for (const id of await index.deleteMany('alice', going, at(NOW))) left.delete(id)
    for (let i = 0; i < 5; i++) await stored(store, { principal: 'alice' })
    cursor = next
  } while (cursor !== undefined)
  assert.deepEqual(
    [...left].filter((id) => !seen.has(id)),
    [],
    'lived through the whole walk, and was missed',
  )
}

/** What the index finds of alice, in each of the ways it has. */
async function found(index: PrincipalIndex): Promise<string[]> {
  const ids = idsOf(await listed(index, 'alice'))
  const alone = new Set((await listedIds(index, 'alice')) ?? ids)
  return ids.filter((id) => alone.has(id))
}

/** Looks again and again while the writes are under way, and once afterwards. */
async function during(writes: readonly Answer<unknown>[], look: () => Promise<void>): Promise<void> {
  let underWay = true
  const all = Promise.all(writes).finally(() => (underWay = false))
  do {
    await look()
    await setImmediate()
  } while (underWay)
  await all
  await look()
}
