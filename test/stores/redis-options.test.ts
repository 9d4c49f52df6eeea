/** Options of the user's client that change replies, names or the protocol. The store works with each of them. */
import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { Redis as UpstashRedis } from '@upstash/redis'
import { Cluster, Redis } from 'ioredis'
import { createClient, createClientPool, createCluster, RESP_TYPES } from 'redis'
import { beforeAll, describe, expect, test } from 'vitest'
import { findEngine } from '../../scripts/engines.ts'
import { startRedis } from '../../scripts/engines/redis.ts'
import { startRedisCluster } from '../../scripts/engines/redis-cluster.ts'
import type { RedisEngine } from '../../scripts/engines/redis.ts'
import { root } from '../../scripts/run.ts'
import { createSessions } from '../../src/index.ts'
import { shareFlask } from '../../src/interop/flask/index.ts'
import type { ForeignIoRedis } from '../../src/interop/flask/index.ts'
import { redisStore } from '../../src/stores/redis/index.ts'
import type { RedisClient } from '../../src/stores/redis/index.ts'
import { signIn, storeContract } from '../../src/testing/index.ts'
import { at, DAY, MINUTE, NOW, nextOf, newRecord, stored } from '../../src/testing/store-contract/rule.ts'
import { code, SECRET } from '../_support/application.ts'
import { testCases } from '../_support/contract-cases.ts'
import { PATIENCE } from '../_support/patience.ts'
import { startProxy } from '../_support/proxy.ts'
import { redisClients, socketAt } from '../_support/redis-clients.ts'

const program = findEngine('redis')
const cli = findEngine('redis-cli')
const { closers, opened } = redisClients()

const texts = { [RESP_TYPES.NUMBER]: String, [RESP_TYPES.BLOB_STRING]: Buffer, [RESP_TYPES.SIMPLE_STRING]: Buffer }

function ioredis<T extends { disconnect(): void }>(client: T): T {
  closers.push(() => client.disconnect())
  return client
}

type Connect = (port: number) => RedisClient | Promise<RedisClient>

const clients: Readonly<Record<string, Connect>> = {
  'node-redis, RESP 2': (port) => opened(createClient({ socket: socketAt(port), RESP: 2 })),
  'node-redis, RESP 3': (port) => opened(createClient({ socket: socketAt(port), RESP: 3 })),
  'node-redis, typeMapping': (port) => opened(createClient({ socket: socketAt(port), commandOptions: { typeMapping: texts } })),
  'node-redis, a pool with typeMapping': (port) =>
    opened(createClientPool({ socket: socketAt(port), commandOptions: { typeMapping: texts } })),
  'node-redis, keyPrefix': (port) => opened(createClient({ socket: socketAt(port), keyPrefix: 'app[1]*?:' })),
  'ioredis, stringNumbers': (port) => ioredis(new Redis({ ...socketAt(port), stringNumbers: true })),
  'ioredis, keyPrefix': (port) => ioredis(new Redis({ ...socketAt(port), keyPrefix: 'app[1]*?:' })),
  'ioredis, enableAutoPipelining': (port) => ioredis(new Redis({ ...socketAt(port), enableAutoPipelining: true })),
}

let prefixes = 0

describe.skipIf(!program)('redisStore with options of the client', () => {
  let engine: RedisEngine
  beforeAll(async () => {
    engine = await startRedis(program!)
    closers.push(() => engine.stop())
  })

  for (const [name, connect] of Object.entries(clients)) {
    describe(name, () => {
      let client: RedisClient
      beforeAll(async () => void (client = await connect(engine.ports[0]!)))

      const skip = {
        sweeper: 'Redis expires records by itself',
        ...(name.includes('pool') && { notices: 'a pool cannot be duplicated' }),
      }
      testCases(storeContract(() => redisStore(client, { prefix: `options-${++prefixes}:` }), { skip }))
    })
  }
})

describe.skipIf(!program || !cli)('redisStore with options of a cluster', () => {
  let engine: RedisEngine
  beforeAll(async () => {
    engine = await startRedisCluster(program!, cli!)
    closers.push(() => engine.stop())
  })

  test.each(['node-redis', 'ioredis'])('a walk finds what is behind the keyPrefix of %s', async (library) => {
    const roots = engine.ports.map(socketAt)
    const keyPrefix = `${library}:`
    const client =
      library === 'ioredis'
        ? ioredis(new Cluster(roots, { keyPrefix }))
        : await opened(createCluster({ rootNodes: roots.map((socket) => ({ socket })), keyPrefix }))
    const store = redisStore(client)
    const ids = await Promise.all(Array.from({ length: 20 }, async () => (await stored(store)).id))
    const found: string[] = []
    let cursor: string | undefined
    do {
      const page = await store.scanner.scan(cursor, 10, at(NOW))
      found.push(...page.records.map(({ id }) => id))
      cursor = page.next
    } while (cursor !== undefined)
    expect([...new Set(found)].toSorted()).toEqual(ids.toSorted())
  })
})

test('a client of a library that only looks alike is refused at start', () => {
  const upstash = new UpstashRedis({ url: 'http://127.0.0.1:1', token: 'none', enableTelemetry: false })
  expect(upstash, 'it has the names of the commands').toMatchObject({ get: expect.any(Function), evalsha: expect.any(Function) })
  for (const other of [upstash, {}, { evalsha: () => undefined }]) {
    expect(() => redisStore(other as unknown as RedisClient)).toThrow(code('ERR_SESSION_OPTIONS'))
    const client = other as unknown as ForeignIoRedis
    expect(() => shareFlask({ redis: { client } })).toThrow(code('ERR_SESSION_OPTIONS'))
  }
  expect(() => redisStore(upstash as unknown as RedisClient)).toThrow(/@upstash\/redis/)
})

describe.skipIf(!program)('the entries of the index that the engine has dropped', () => {
  test.each(['update', 'touch'] as const)('are there again after an %s, so that revokeAll finds the session', async (how) => {
    const engine = await startRedis(program!)
    closers.push(() => engine.stop())
    const client = await opened(createClient({ socket: socketAt(engine.ports[0]!) }))
    const store = redisStore(client)
    const record = await stored(store, { principal: 'Zoë' })
    await client.del('sojourn:of:{Zoë}')
    if (how === 'update') expect(await store.update(nextOf(record), at(NOW))).toBe('updated')
    else expect(await store.touch(record.id, NOW + 31 * MINUTE, at(NOW))).toBe(true)
    expect((await store.principals.list('Zoë', undefined, at(NOW))).records).toHaveLength(1)
    expect(await client.pTTL('sojourn:of:{Zoë}')).toBeGreaterThan(29 * DAY)
  })

  test('are not made for a session that is gone, nor for nobody', async () => {
    const engine = await startRedis(program!)
    closers.push(() => engine.stop())
    const client = await opened(createClient({ socket: socketAt(engine.ports[0]!) }))
    const store = redisStore(client)
    expect(await store.touch(newRecord().id, NOW + DAY, at(NOW))).toBe(false)
    const anonymous = await stored(store)
    expect(await store.touch(anonymous.id, NOW + DAY, at(NOW))).toBe(true)
    expect(await store.update(nextOf(anonymous), at(NOW))).toBe('updated')
    expect(await client.keys('sojourn:of:*')).toEqual([])
  })
})

describe.skipIf(!program)('maxmemory-policy', () => {
  // Each policy has its own message, because a message is emitted once in a process.
  test.each([
    ['volatile-lru', true],
    ['allkeys-lfu', true],
    ['volatile-ttl', true],
    ['noeviction', false],
  ])('%s', async (policy, warns) => {
    const engine = await startRedis(program!, ['--maxmemory-policy', policy])
    closers.push(() => engine.stop())
    const client = await opened(createClient({ socket: socketAt(engine.ports[0]!) }))
    const seen: string[] = []
    const listen = ({ message }: Error): void => void seen.push(message)
    process.on('warning', listen)
    const store = redisStore(client)
    await stored(store)
    await client.ping()
    await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => setImmediate(resolve))
    process.off('warning', listen)
    expect(seen.filter((message) => message.includes('maxmemory-policy')).map((message) => message.includes(policy))).toEqual(
      warns ? [true] : [],
    )
  })
})

// The counterexample `refused-as-unknown`.
describe.skipIf(!program)('what Redis refuses', () => {
  const clientsOf: Readonly<Record<string, (port: number) => Promise<RedisClient>>> = {
    'node-redis': (port) => opened(createClient({ socket: socketAt(port) })),
    ioredis: async (port) => ioredis(new Redis(socketAt(port))),
  }
  const refusals: Readonly<Record<string, readonly [command: string, ...args: string[]]>> = {
    OOM: ['CONFIG', 'SET', 'maxmemory', '1'],
    READONLY: ['REPLICAOF', '127.0.0.1', '1'],
    NOREPLICAS: ['CONFIG', 'SET', 'min-replicas-to-write', '3'],
    NOPERM: ['ACL', 'SETUSER', 'default', '-evalsha', '-eval'],
  }

  for (const [library, connect] of Object.entries(clientsOf)) {
    test.each(Object.entries(refusals))(`${library}: %s is an outcome`, async (reason, command) => {
      const engine = await startRedis(program!)
      closers.push(() => engine.stop())
      const admin = await opened(createClient({ socket: socketAt(engine.ports[0]!) }))
      const sessions = createSessions({ ...PATIENCE, secrets: [SECRET], store: redisStore(await connect(engine.ports[0]!)) })
      const { headers } = await signIn(sessions, 'alice')
      await admin.sendCommand([...command])
      const writes = [{ ...headers }, {}].map(async (each) => {
        const session = sessions.open({ headers: each })
        session.set('card', '4111 1111')
        await session.commit()
      })
      for (const write of await Promise.allSettled(writes)) {
        expect(write).toMatchObject({
          status: 'rejected',
          reason: { code: 'ERR_SESSION_STORE', message: expect.stringContaining(reason), cause: { written: false, reason } },
        })
        expect(inspect(write, { depth: 10 })).not.toContain('4111')
      }
      await sessions.close()
    })
  }

  test('the rights that the guide names are enough, for notices too', async () => {
    const engine = await startRedis(program!)
    closers.push(() => engine.stop())
    const rights = '~sojourn:* &sojourn:* +@read +@write +@scripting +@pubsub +@connection +info'
    expect(readFileSync(`${root}docs/guide/stores/redis.md`, 'utf8')).toContain(`\`${rights}\``)
    const admin = await opened(createClient({ socket: socketAt(engine.ports[0]!) }))
    await admin.sendCommand(['ACL', 'SETUSER', 'app', 'reset', 'on', '>pw', ...rights.split(' ')])
    const client = await opened(createClient({ socket: socketAt(engine.ports[0]!), username: 'app', password: 'pw' }))
    const sessions = createSessions({ ...PATIENCE, secrets: [SECRET], store: redisStore(client) })
    const failed: string[] = []
    sessions.on('storeError', ({ operation }) => failed.push(operation))
    await sessions.ready()
    const { headers } = await signIn(sessions, 'alice')
    const live = await sessions.open({ headers: { ...headers } }).live()
    expect(await sessions.of('alice').list()).toHaveLength(1)
    expect(await sessions.of('alice').revokeAll()).toBe(1)
    await expect.poll(() => live.ended).toBe('revoked')
    await sessions.revokeEverything()
    await sessions.close()
    expect([failed, await admin.sendCommand(['ACL', 'LOG'])]).toEqual([[], []])
  })

  test('revokeAll deletes what it can when the epoch cannot be raised, and throws then', async () => {
    const engine = await startRedis(program!)
    closers.push(() => engine.stop())
    const client = await opened(createClient({ socket: socketAt(engine.ports[0]!) }))
    const sessions = createSessions({ ...PATIENCE, secrets: [SECRET], store: redisStore(client) })
    const { headers } = await signIn(sessions, 'alice')
    await client.configSet('maxmemory', '1')
    await expect(sessions.of('alice').revokeAll()).rejects.toThrow(code('ERR_SESSION_STORE'))
    const session = sessions.open({ headers: { ...headers } })
    expect((await session.load()).principal).toBe(null)
    await sessions.close()
  })
})

describe.skipIf(!program)('a URL', () => {
  test('leaves a server that was demoted, and writes to the new one', async () => {
    const [before, after] = [await startRedis(program!), await startRedis(program!)]
    const proxy = await startProxy(before.ports[0]!)
    closers.push(
      () => before.stop(),
      () => after.stop(),
      () => proxy.close(),
    )
    const store = redisStore(`redis://127.0.0.1:${proxy.port}`)
    const kept = await stored(store)
    proxy.leadTo(after.ports[0]!)
    const old = await opened(createClient({ socket: socketAt(before.ports[0]!) }))
    await old.sendCommand(['REPLICAOF', '127.0.0.1', String(after.ports[0]!)])
    await expect(stored(store)).rejects.toMatchObject({ written: false, reason: 'READONLY' })
    await stored(store)
    expect(await store.load(kept.id, at(NOW))).toBe(undefined)
    await store.close()
  })

  test('of a server that is down is an error at once, with its cause, and no wait', async () => {
    const engine = await startRedis(program!)
    const port = engine.ports[0]!
    await engine.stop()
    const sessions = createSessions({ ...PATIENCE, secrets: [SECRET], store: redisStore(`redis://127.0.0.1:${port}`) })
    const session = sessions.open({ headers: {} })
    session.set('a', 1)
    await expect(session.commit()).rejects.toMatchObject({ code: 'ERR_SESSION_STORE', cause: { code: 'ECONNREFUSED' } })
    await sessions.close()
  })
})
