/**
 * The cluster grows while its sessions are used. A slot that moves is the hard case: its keys are at the new master
 * already, and the cluster still names the old one, which passes each command on by an ASK reply.
 */
import { Cluster } from 'ioredis'
import { createClient, createCluster } from 'redis'
import { beforeAll, describe, expect, test } from 'vitest'
import { findEngine } from '../../scripts/engines.ts'
import { startRedisCluster } from '../../scripts/engines/redis-cluster.ts'
import type { RedisCluster } from '../../scripts/engines/redis-cluster.ts'
import { redisStore } from '../../src/stores/redis/index.ts'
import type { RedisStore } from '../../src/stores/redis/index.ts'
import { at, DAY, listed, newRecord, nextOf, NOW, stored } from '../../src/testing/store-contract/rule.ts'
import { redisClients, socketAt } from '../_support/redis-clients.ts'

const cli = findEngine('redis-cli')
const servers = { Redis: findEngine('redis'), Valkey: findEngine('valkey') }
for (const [name, server] of Object.entries(servers)) {
  if ((!server || !cli) && process.env['CI'] === 'true') throw new Error(`The cluster grows on ${name}, and it is not installed.`)
}

const { closers, opened } = redisClients()

describe.each(Object.entries(servers))('a cluster of %s', (_name, server) => {
  describe.skipIf(!server || !cli)('that grows', () => {
    let cluster: RedisCluster
    let added: number
    const connect = {
      'node-redis': () => opened(createCluster({ rootNodes: cluster.ports.map((port) => ({ socket: socketAt(port) })) })),
      ioredis: async () => {
        const client = new Cluster(cluster.ports.map(socketAt))
        closers.push(() => client.disconnect())
        return client
      },
    }

    beforeAll(async () => {
      cluster = await startRedisCluster(server!, cli!)
      closers.push(() => cluster.stop())
      added = await cluster.addMaster()
    })

    test('the first slot of a new master moves, and calls wait until node-redis knows that master', async () => {
      const client = await connect['node-redis']()
      const store = redisStore(client)
      const record = await stored(store)
      const key = `sojourn:{${record.id}}`
      let calls: Promise<unknown> | undefined
      await cluster.moveSlot(await cluster.slotOf(key), added, async () => {
        calls = Promise.all([store.load(record.id, at(NOW)), store.update(nextOf(record), at(NOW))])
        // The library itself gives up. If it does not any more, `untilItsMasterIsKnown` can go.
        await expect(client.get(key)).rejects.toThrow('Cannot find node')
      })
      expect(await calls).toEqual([expect.objectContaining({ id: record.id }), 'updated'])
    })

    for (const [library, open] of Object.entries(connect)) {
      test(`${library} finds the keys of a slot that is moving, in every call of the store`, async () => {
        const store = redisStore(await open())
        // The record, its index and its epoch are in one slot.
        const { id } = newRecord()
        const record = await stored(store, { id, principal: id })
        await store.principals.raise(id, 'epoch', NOW + DAY, at(NOW))

        const meanwhile = (): Promise<void> => everyCall(store, id)
        await cluster.moveSlot(await cluster.slotOf(`sojourn:{${id}}`), added, meanwhile)
        expect(await store.load(id, at(NOW)), 'it was deleted in the end').toBe(undefined)
        expect(await store.principals.epoch(id, at(NOW))).toBe('raised')
        expect(record.version).toBe(1)
      })

      test(`${library} loses no write of those that meet the move of their slot`, async () => {
        const store = redisStore(await open())
        const tag = newRecord().id
        const record = await stored(store, { id: tag })
        let written = record
        let isMoving = true
        const write = async (): Promise<void> => {
          while (isMoving) {
            expect(await store.update(nextOf(written), at(NOW))).toBe('updated')
            written = nextOf(written)
            expect(await store.load(tag, at(NOW))).toEqual(written)
          }
        }
        const writing = write()
        const slot = await cluster.slotOf(`sojourn:{${tag}}`)
        const writesOn = async (): Promise<void> => {
          const { version } = written
          await expect.poll(() => written.version).toBeGreaterThan(version)
        }
        const home = await cluster.masterOf(slot)
        for (const to of [added, home, added]) await cluster.moveSlot(slot, to, writesOn)
        isMoving = false
        await writing
        expect(await store.load(tag, at(NOW))).toEqual(written)
      })
    }
  })
})

// The server makes no difference here.
test.skipIf(!servers.Redis || !cli)(
  'a master loses its last slot, and a read that waits for its reply is repeated at the new one',
  async () => {
    const cluster = await startRedisCluster(servers.Redis!, cli!)
    closers.push(() => cluster.stop())
    const client = await opened(createCluster({ rootNodes: cluster.ports.map((port) => ({ socket: socketAt(port) })) }))
    const store = redisStore(client)
    const leaving = await cluster.addMaster()
    const [record, other] = [await stored(store), await stored(store)]
    const slots = [await cluster.slotOf(`sojourn:{${record.id}}`), await cluster.slotOf(`sojourn:{${other.id}}`)] as const
    const home = await cluster.masterOf(slots[1])
    const away = [...(await cluster.masters()).keys()].find((port) => port !== leaving && port !== home)!
    await cluster.moveSlot(slots[0], leaving)
    for (const each of [record, other]) expect(await store.load(each.id, at(NOW)), 'node-redis knows where it is').toEqual(each)
    await cluster.moveSlot(slots[0], home)
    await cluster.moveSlot(slots[1], away)

    // The read is on its way to a master that is silent when node-redis learns that it has no slots any more.
    const direct = await opened(createClient({ socket: socketAt(leaving) }))
    const pid = Number(/^process_id:(\d+)/m.exec(await direct.info('server'))![1])
    process.kill(pid, 'SIGSTOP')
    const reads = Promise.allSettled([store.load(record.id, at(NOW)), client.get(`sojourn:{${record.id}}`)])
    expect(await store.load(other.id, at(NOW))).toEqual(other)
    expect(await reads).toEqual([
      { status: 'fulfilled', value: record },
      // The library itself gives up. If it does not any more, `alsoIfItsMasterLeaves` can go.
      { status: 'rejected', reason: expect.objectContaining({ message: 'Disconnects client' }) },
    ])
  },
)

async function everyCall(store: RedisStore, id: string): Promise<void> {
  const record = (await store.load(id, at(NOW)))!
  expect(record.id).toBe(id)
  const many = await Promise.all(Array.from({ length: 100 }, () => store.load(id, at(NOW))))
  expect(many.every((one) => one?.version === 1)).toBe(true)
  const winners = await Promise.all(Array.from({ length: 20 }, () => store.update(nextOf(record), at(NOW))))
  expect(
    winners.filter((answer) => answer === 'updated'),
    'one of them is first',
  ).toHaveLength(1)
  expect(await store.create(newRecord({ id }), at(NOW))).toBe('exists')
  expect(await store.touch(id, NOW + DAY, at(NOW))).toBe(true)
  expect(await listed(store.principals, id)).toHaveLength(1)
  expect(await store.principals.epoch(id, at(NOW))).toBe('epoch')
  await store.principals.raise(id, 'raised', NOW + DAY, at(NOW))
  expect(await store.principals.deleteMany(id, [id], at(NOW))).toEqual([id])
  expect(await store.create(newRecord({ id, principal: id }), at(NOW)), 'begun anew while the slot moves').toBe('created')
  expect(await store.delete(id, at(NOW))).toBe(true)
  expect(await listed(store.principals, id)).toEqual([])
}
