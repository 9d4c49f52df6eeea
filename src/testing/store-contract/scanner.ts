import assert from 'node:assert/strict'
import type { Scanner, StoredRecord } from '../../core/contracts/store.ts'
import { at, DAY, idsOf, MINUTE, nextOf, NOW, requireScanner, stored, type Rule } from './rule.ts'

export const scannerRules: readonly Rule[] = [
  {
    name: 'scan gives every live record, as it is',
    why: 'what a copy does not see is signed out',
    async check(store) {
      const scanner = requireScanner(store)
      assert.deepEqual(await walked(scanner, 10), [])
      const records = await Promise.all(
        Array.from({ length: 45 }, (_, i) => stored(store, i % 3 ? {} : { principal: `user-${i % 2}`, body: 'ü\n"\'' })),
      )
      const newer = nextOf(records[0]!, { body: 'newer' })
      assert.equal(await store.update(newer, at(NOW)), 'updated')
      await store.delete(records[1]!.id, at(NOW))
      const expected = [newer, ...records.slice(2)]
      for (const limit of [1, 7, 45, 1_000]) {
        const found = await walked(scanner, limit)
        assert.deepEqual([...new Set(idsOf(found))], idsOf(expected))
        for (const record of found)
          assert.deepEqual(
            record,
            expected.find(({ id }) => id === record.id),
          )
      }
    },
  },
  {
    name: 'scan and count leave out the expired',
    why: 'a copy would carry the dead over, and a figure would count them',
    async check(store) {
      const scanner = requireScanner(store)
      for (let i = 0; i < 4; i++) await stored(store, { expiresAt: NOW + 30 * MINUTE, principal: 'alice' })
      const live = await stored(store, { expiresAt: NOW + DAY })
      assert.deepEqual(await walked(scanner, 2, NOW + 30 * MINUTE), [live])
      if (!scanner.count) return
      assert.equal(await scanner.count(at(NOW)), 5)
      assert.equal(await scanner.count(at(NOW + 30 * MINUTE)), 1)
    },
  },
  {
    name: 'scan misses nothing that lives while others come and go',
    why: 'sessions go on while they are copied',
    async check(store) {
      const scanner = requireScanner(store)
      const leaving = await Promise.all(Array.from({ length: 40 }, () => stored(store)))
      const staying = await Promise.all(Array.from({ length: 40 }, () => stored(store)))
      const seen = new Set<string>()
      let cursor: string | undefined
      for (let turn = 0; turn < 10_000; turn++) {
        const page = await scanner.scan(cursor, 3, at(NOW))
        for (const { id } of page.records) seen.add(id)
        if (page.next === undefined) break
        cursor = page.next
        await stored(store)
        const left = leaving.shift()
        if (left) await store.delete(left.id, at(NOW))
        if (turn > 300) break
      }
      // New records may make the walk very long. So the rest of it is done while none are added.
      for (const { id } of cursor === undefined ? [] : await walked(scanner, 50, NOW, cursor)) seen.add(id)
      for (const { id } of staying) assert(seen.has(id), 'a record that was there all the time was not in the walk')
    },
  },
]

async function walked(scanner: Scanner, limit: number, now: number = NOW, from?: string): Promise<StoredRecord[]> {
  const records: StoredRecord[] = []
  let cursor = from
  for (let pages = 0; pages < 10_000; pages++) {
    const page = await scanner.scan(cursor, limit, at(now))
    records.push(...page.records)
    if (page.next === undefined) return records
    cursor = page.next
  }
  assert.fail('scan never came to an end')
}
