import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findEngine } from '../../scripts/engines.ts'
import type { SessionStore } from '../../src/core/contracts/store.ts'
import { createSessions } from '../../src/index.ts'
import { redisStore } from '../../src/stores/redis/index.ts'
import type { RedisClient } from '../../src/stores/redis/index.ts'
import { storeContract, testClock, type EngineTtl } from '../../src/testing/index.ts'
import { at, DAY, MINUTE, newRecord, NOW, stored } from '../../src/testing/store-contract/rule.ts'
import { client as browser } from '../_support/client.ts'
import { testCases } from '../_support/contract-cases.ts'
import { PATIENCE } from '../_support/patience.ts'
import { startRedis } from '../../scripts/engines/redis.ts'
import { startRedisCluster } from '../../scripts/engines/redis-cluster.ts'
import type { RedisEngine } from '../../scripts/engines/redis.ts'
import { losesNoUpdate, missesNoLogin } from './races.ts'

const program = findEngine('redis')
const cli = findEngine('redis-cli')
if (!program || !cli) {
  if (process.env['CI'] === 'true') throw new Error('The Redis store is tested on a real server, and there is none. Install redis-server.')
  console.warn('NOT TESTED: the Redis store. There is no redis-server; install it.')
}

const secrets = ['a secret of these tests, long enough for it']
const engines: RedisEngine[] = []
const closers: (() => unknown)[] = []
let prefixes = 0

afterAll(async () => {
  for (const close of closers) await close()
  for (const engine of engines) await engine.stop()
})

/** Each store has the server to itself, by its prefix. */
function store(client: RedisClient): SessionStore {
  const prefix = `test-${++prefixes}:`
  const made = redisStore(client, { prefix })
  prefixOf.set(made, prefix)
  return made
}
const prefixOf = new WeakMap<SessionStore, string>()

type Connect = (ports: readonly number[]) => Promise<RedisClient>

const single: Readonly<Record<string, Connect>> = {
  'node-redis': async ([port]) => {
    const client = createClient({ socket: { host: '127.0.0.1', port: port! } })
    closers.push(() => client.destroy())
    await client.connect()
    return client
  },
  ioredis: async ([port]) => {
    const client = new Redis({ host: '127.0.0.1', port: port! })
    closers.push(() => client.disconnect())
    return client
  },
}

const cluster: Readonly<Record<string, Connect>> = {
  'node-redis': async (ports) => {
    const client = createCluster({ rootNodes: ports.map((port) => ({ socket: { host: '127.0.0.1', port } })) })
    closers.push(() => client.destroy())
    await client.connect()
    return client
  },
  ioredis: async (ports) => {
    const client = new Cluster(ports.map((port) => ({ host: '127.0.0.1', port })))
    closers.push(() => client.disconnect())
    return client
  },
}

const servers = { Redis: program, Valkey: findEngine('valkey') }
for (const [name, server] of Object.entries(servers)) {
  if (!server && process.env['CI'] === 'true') throw new Error(`The Redis store is tested on ${name}, and it is not installed.`)
}

const places = Object.entries(servers).flatMap(([name, server]) => [
  { place: `one ${name} server`, server, clients: single, start: () => startRedis(server!) },
  {
    place: `a cluster of three masters and three replicas of ${name}`,
    server,
    clients: cluster,
    start: () => startRedisCluster(server!, cli!),
  },
])

for (const { place, server, clients, start } of places) {
  describe.skipIf(!server || !cli)(`redisStore on ${place}`, () => {
    let engine: RedisEngine

    beforeAll(async () => {
      engine = await start()
      engines.push(engine)
    })

    for (const [library, connect] of Object.entries(clients)) {
      describe(library, () => {
        let client: RedisClient

        beforeAll(async () => {
          client = await connect(engine.ports)
        })

        const skip = { sweeper: 'Redis expires records by itself' }
        const ttlOf = (prefix: string | undefined, key: string): Promise<number> =>
          'pttl' in client ? (client as Redis).pttl(prefix + key) : (client as ReturnType<typeof createClient>).pTTL(prefix + key)
        const engineTtl: EngineTtl = {
          record: (one, id) => ttlOf(prefixOf.get(one), `{${id}}`),
          index: (one, principal) => ttlOf(prefixOf.get(one), `of:{${principal}}`),
          epoch: (one, principal) => ttlOf(prefixOf.get(one), `epoch:{${principal}}`),
        }
        testCases(storeContract(() => store(client), { skip, engineTtl }))

        test('fifty keys and fifty increments through two processes are all there', async () => {
          const prefix = `race-${++prefixes}:`
          const [here, there] = [client, await connect(engine.ports)].map((one) => redisStore(one, { prefix }))
          await losesNoUpdate(here!, there!)
        })

        test('revokeAll misses no login that began before it', () => missesNoLogin(store(client)))
      })
    }
  })
}

test.skipIf(!program || !cli)('the example of the guide keeps sessions on a cluster', async () => {
  const engine = await startRedisCluster(program!, cli!)
  engines.push(engine)
  const { clusterSessions } = await import('../../examples/guide/stores/redis-cluster.ts')
  const urls = engine.ports.map((port) => `redis://127.0.0.1:${port}`)
  const { client, sessions } = await clusterSessions(urls, secrets[0]!)
  closers.push(() => client.destroy())
  const session = sessions.open({ headers: {} })
  await session.login('bob')
  await session.commit()
  expect(await sessions.of('bob').list()).toHaveLength(1)
})

describe.skipIf(!program)('the index by principal heals itself', () => {
  let client: ReturnType<typeof createClient>
  const prefix = 'heal:'
  const index = `${prefix}of:{alice}`

  beforeAll(async () => {
    const engine = await startRedis(program!)
    engines.push(engine)
    client = createClient({ socket: { host: '127.0.0.1', port: engine.ports[0]! } })
    closers.push(() => client.destroy())
    await client.connect()
  })
  beforeEach(() => client.flushAll())

  test('entries whose records are gone go after a grace, and those of live ones stay (spring-session#2230)', async () => {
    const redis = redisStore(client, { prefix })
    const records = await Promise.all(Array.from({ length: 20 }, () => stored(redis, { principal: 'alice' })))
    // What Redis expires by itself tells nobody.
    for (const { id } of records.slice(0, 15)) await client.del(`${prefix}{${id}}`)
    const listed = async (now: number): Promise<number> => (await redis.principals.list('alice', undefined, at(now))).records.length
    expect(await listed(NOW)).toBe(5)
    expect(await client.zCount(index, NOW + DAY, '+inf'), 'too early').toBe(20)
    expect(await listed(NOW + MINUTE + 1)).toBe(5)
    expect(await client.zCount(index, NOW + DAY, '+inf')).toBe(5)
    expect(await client.zCard(index), 'no marks are left').toBe(5)
  })

  test('the entry of a record that is just being created stays', async () => {
    const redis = redisStore(client, { prefix })
    const record = newRecord({ principal: 'alice' })
    await client.zAdd(index, { score: record.retainUntil, value: record.id })
    expect((await redis.principals.list('alice', undefined, at(NOW))).records).toEqual([])
    await redis.create(record, at(NOW))
    for (const now of [NOW + 1, NOW + 2 * MINUTE, NOW + 4 * MINUTE]) {
      expect((await redis.principals.list('alice', undefined, at(now))).records).toEqual([record])
    }
  })

  test('one that a fast clock takes for expired keeps its entry', async () => {
    const redis = redisStore(client, { prefix })
    const record = await stored(redis, { principal: 'alice' })
    for (const now of [record.expiresAt + 1, record.expiresAt + 2 * MINUTE]) {
      expect((await redis.principals.list('alice', undefined, at(now))).records).toEqual([])
    }
    expect((await redis.principals.list('alice', undefined, at(NOW))).records).toEqual([record])
  })

  test('the index itself expires', async () => {
    const redis = redisStore(client, { prefix })
    const record = await stored(redis, { principal: 'alice' })
    const left = await client.pTTL(index)
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThanOrEqual(record.retainUntil - NOW + MINUTE)
  })
})

/** The evictions themselves are made by hand here: which key a server drops is chance. */
describe.skipIf(!program)('an index that the engine dropped (counterexample `evicted-index`)', () => {
  test('hides a session from revokeAll, and the epoch ends it within a tenth of the idle timeout', async () => {
    const engine = await startRedis(program!)
    engines.push(engine)
    const client = createClient({ socket: { host: '127.0.0.1', port: engine.ports[0]! } })
    closers.push(() => client.destroy())
    await client.connect()
    const clock = testClock(Date.now())
    const sessions = createSessions({ ...PATIENCE, secrets, store: redisStore(client), clock })
    const browsers = Array.from({ length: 20 }, () => browser(sessions))
    for (const one of browsers) await one.run((session) => session.login('alice', { remember: browsers.indexOf(one) % 2 === 0 }))
    const signedIn = async (): Promise<number> => {
      const found = await Promise.all(browsers.map((one) => one.run(async (session) => (await session.load()).principal)))
      return found.filter(({ result }) => result === 'alice').length
    }
    const indexes = (await client.keys('*')).filter((key) => key.includes('alice'))
    expect(indexes).toHaveLength(1)
    await client.del(indexes)
    expect(await sessions.of('alice').revokeAll()).toBe(0)
    expect(await signedIn(), 'the miss').toBe(20)
    clock.advance('3m')
    await expect.poll(signedIn).toBe(0)
    expect((await sessions.of('alice').list()).length).toBe(0)
  })
})

describe.skipIf(!program)('redisStore', () => {
  let client: Redis

  beforeAll(async () => {
    const engine = await startRedis(program!)
    engines.push(engine)
    client = new Redis({ host: '127.0.0.1', port: engine.ports[0]! })
    closers.push(() => client.disconnect())
  })

  test('a server that has forgotten the scripts is told them again', async () => {
    const sessions = createSessions<{ theme: string }>({ ...PATIENCE, secrets, store: store(client) })
    const visitor = browser(sessions)
    await visitor.run((session) => session.set('theme', 'dark'))
    await client.script('FLUSH')
    await visitor.run((session) => session.set('theme', 'light'))
    expect((await visitor.run((session) => session.get('theme'))).result).toBe('light')
  })

  test('a read is one command, a change two, and Redis forgets the record by itself', async () => {
    const prefix = `count-${++prefixes}:`
    const sessions = createSessions<{ theme: string }>({ ...PATIENCE, secrets, store: redisStore(client, { prefix }), idleTimeout: '30m' })
    const visitor = browser(sessions)
    await visitor.run((session) => session.set('theme', 'dark'))
    const commands = async (visit: () => Promise<unknown>): Promise<number> => {
      const count = async (): Promise<number> => Number(/total_commands_processed:(\d+)/.exec(await client.info('stats'))![1])
      const before = await count()
      await visit()
      return (await count()) - before - 1
    }
    // The load, and one script, which counts what it calls besides: GETRANGE and SET.
    expect(await commands(() => visitor.run((session) => session.get('theme')))).toBe(1)
    expect(await commands(() => visitor.run((session) => session.set('theme', 'light')))).toBe(4)
    const [key] = await client.keys(`${prefix}*`)
    const left = await client.pttl(key!)
    expect(left).toBeGreaterThan(29 * 60_000)
    expect(left).toBeLessThanOrEqual(31 * 60_000)
  })

  test('something else under the key is no session, and is reported', async () => {
    const prefix = `foreign-${++prefixes}:`
    const sessions = createSessions<{ theme: string }>({ ...PATIENCE, secrets, store: redisStore(client, { prefix }) })
    const visitor = browser(sessions)
    await visitor.run((session) => session.set('theme', 'dark'))
    const [key] = await client.keys(`${prefix}*`)
    await client.set(key!, 'something else')
    const unreadable: unknown[] = []
    sessions.on('unreadable', (event) => unreadable.push(event))
    expect((await visitor.run((session) => session.get('theme'))).result).toBeUndefined()
    expect(unreadable).toHaveLength(1)
  })

  test('the example of the guide keeps sessions', async () => {
    const { redisSessions } = await import('../../examples/guide/stores/redis.ts')
    const { sessions, client: own } = await redisSessions(`redis://127.0.0.1:${client.options.port}`, secrets[0]!)
    closers.push(() => own.destroy())
    const session = sessions.open({ headers: {} })
    await session.login('alice')
    await session.commit()
    expect(await sessions.of('alice').list()).toHaveLength(1)
  })

  test('what is no client is refused at once', () => {
    expect(() => redisStore({} as RedisClient)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' }))
    expect(() => redisStore(client, { prefix: '{x}' })).toThrow(expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' }))
  })
})
