import { createClient } from 'redis'
import { expect, test } from 'vitest'
import type { Server } from '../../bench/growth/engine.ts'
import { engineOf } from '../../bench/growth/engines.ts'
import { copiesOf, idOf } from '../../bench/growth/records.ts'
import { findEngine } from '../../scripts/engines.ts'
import type { StoredRecord } from '../../src/contracts.ts'
import { at, NOW } from '../../src/testing/store-contract/rule.ts'

const programs = { PostgreSQL: 'postgres', MariaDB: 'mariadb', Redis: 'redis' } as const

for (const [name, program] of Object.entries(programs)) {
  test.skipIf(!findEngine(program))(`what is filled in bulk is what the store itself writes: ${name}`, async () => {
    const copies = await copiesOf(500)
    const records = ['filled', 'created'].map((one) => copies(idOf(one), one))
    const engine = engineOf(name)
    const server = await engine.start()
    try {
      const { store, fill, own, expire, close } = await engine.join(server.location)
      await fill([records[0]!])
      await store.create(records[1]!, at(NOW))
      for (const record of records) {
        expect(await store.load(record.id, at(NOW))).toEqual(record)
        expect(await store.principals!.list(record.principal!, undefined, at(NOW))).toEqual({ records: [record] })
        expect(await own.list(record.principal!)).toHaveLength(1)
      }
      if (name === 'Redis') {
        const [filled, created] = [await keysOf(server, records[0]!), await keysOf(server, records[1]!)]
        expect(filled).toEqual(created)
      }
      if (expire) {
        const { isOver } = await expire([copies(idOf('dead'), 'dead', { isDead: true })])
        await expect.poll(isOver).toBe(true)
        expect(await store.load(records[0]!.id, at(NOW))).toBeDefined()
      }
      await close()
    } finally {
      await server.stop()
    }
  })
}

/** Its keys as Redis holds them, with the minutes until they expire. */
async function keysOf({ location }: Server, { id, principal, retainUntil }: StoredRecord): Promise<unknown> {
  const client = await createClient({ url: location }).connect()
  const [record, index] = [`sojourn:{${id}}`, `sojourn:of:{${principal}}`]
  expect(await client.keys(`*{${id}}`)).toEqual([record])
  expect(await client.keys(`*{${principal}}`)).toEqual([index])
  expect(await client.zRangeWithScores(index, 0, -1)).toEqual([{ value: id, score: retainUntil }])
  const kept = await Promise.all(
    [record, index].map(async (key) => [await client.type(key), Math.round((await client.pTTL(key)) / 60_000)]),
  )
  client.destroy()
  return kept
}
