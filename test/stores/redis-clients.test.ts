import { createClient, createClientPool, createCluster, createSentinel, RESP_TYPES, TimeoutError } from 'redis'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { findEngine } from '../../scripts/engines.ts'
import { startRedis, startRedisSentinel } from '../../scripts/engines/redis.ts'
import { startRedisCluster } from '../../scripts/engines/redis-cluster.ts'
import { redisStore } from '../../src/stores/redis/index.ts'
import type { RedisClient } from '../../src/stores/redis/index.ts'
import { redisClients, socketAt } from '../_support/redis-clients.ts'
import { at, nextOf, NOW, stored } from '../../src/testing/store-contract/rule.ts'

// What node-redis adds to each command, and how the store sets it up.

const program = findEngine('redis')
const cli = findEngine('redis-cli')
const { closers, opened } = redisClients()

afterEach(() => void vi.restoreAllMocks())

/** What a command of each kind of client may be told. Here: texts come as buffers. */
const commandOptions = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } }

const kinds: Readonly<Record<string, () => Promise<RedisClient>>> = {
  'a client': async () => {
    const engine = await startRedis(program!)
    closers.push(() => engine.stop())
    return opened(createClient({ socket: socketAt(engine.ports[0]!), commandOptions }))
  },
  'a client pool': async () => {
    const engine = await startRedis(program!)
    closers.push(() => engine.stop())
    return opened(createClientPool({ socket: socketAt(engine.ports[0]!), commandOptions }))
  },
  'a sentinel': async () => {
    const { ports, name, stop } = await startRedisSentinel(program!, cli!)
    closers.push(() => stop())
    return opened(createSentinel({ name, sentinelRootNodes: ports.map(socketAt), commandOptions }))
  },
  'a cluster': async () => {
    const engine = await startRedisCluster(program!, cli!)
    closers.push(() => engine.stop())
    return opened(createCluster({ rootNodes: engine.ports.map((port) => ({ socket: socketAt(port) })), commandOptions }))
  },
}

for (const [kind, make] of Object.entries(kinds)) {
  describe.skipIf(!program || !cli)(`${kind} of node-redis`, () => {
    let client: RedisClient

    beforeAll(async () => void (client = await make()))

    test('has no timer for the commands of the store, and its texts may come as buffers', async () => {
      const store = redisStore(client)
      const record = await stored(store, { principal: 'Zoë', body: 'crème brûlée' })
      const timers = vi.spyOn(AbortSignal, 'timeout')
      const call = { now: NOW, signal: new AbortController().signal }
      expect(await store.load(record.id, call)).toEqual(record)
      expect(await store.update(nextOf(record), call)).toBe('updated')
      expect(await store.update(nextOf(record), call)).toEqual(nextOf(record))
      expect(await store.delete(record.id, call)).toBe(true)
      expect(timers).not.toHaveBeenCalled()
    })
  })
}

test.skipIf(!program)('a command that waits for its server leaves the queue when the time of the client is over', async () => {
  const engine = await startRedis(program!)
  closers.push(() => engine.stop())
  const client = await opened(createClient({ socket: socketAt(engine.ports[0]!), commandOptions: { timeout: 50 } }))
  const store = redisStore(client)
  // By a client without a limit, which a slow machine could exceed.
  const record = await stored(redisStore(await opened(createClient({ socket: socketAt(engine.ports[0]!) }))))
  const lost = new Promise((resolve) => client.once('reconnecting', resolve))
  await engine.kill(engine.ports[0]!)
  await lost
  await expect(store.load(record.id, at(NOW))).rejects.toThrow(TimeoutError)
})

test.skipIf(!program)('what has the shape of no record is no session, and is reported', async () => {
  const engine = await startRedis(program!)
  closers.push(() => engine.stop())
  const client = await opened(createClient({ socket: socketAt(engine.ports[0]!) }))
  const store = redisStore(client)
  const record = await stored(store, { principal: 'alice' })
  const unreadable: unknown[] = []
  store.onEvent((event) => unreadable.push(event))
  const key = `sojourn:{${record.id}}`
  const text = (await client.get(key))!
  const head = text.slice(0, 48)
  const broken = ['', 'x', head, `${head}------`.slice(0, 53), `x${text.slice(1)}`, `${text.slice(0, 47)}-${text.slice(48)}`]
  const noPrincipal = [`${head}-----0alice`, `${head}00001xalice`, `${head}000006alice`, `${head}     5alice`]
  for (const each of [...broken, ...noPrincipal]) {
    await client.set(key, each)
    expect(await store.load(record.id, at(NOW)), JSON.stringify(each)).toBe(undefined)
  }
  expect(unreadable).toHaveLength(broken.length + noPrincipal.length)
  await client.set(key, text)
  expect(await store.load(record.id, at(NOW))).toEqual(record)
})
