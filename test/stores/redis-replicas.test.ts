/** What `acknowledge` waits for, and what a client's own cache does to reads. */
import { Cluster, Redis } from 'ioredis'
import { createClient, createClientPool, createCluster, createSentinel } from 'redis'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { findEngine } from '../../scripts/engines.ts'
import { startRedis } from '../../scripts/engines/redis.ts'
import { startRedisCluster } from '../../scripts/engines/redis-cluster.ts'
import type { RedisEngine } from '../../scripts/engines/redis.ts'
import { createSessions } from '../../src/index.ts'
import { redisStore } from '../../src/stores/redis/index.ts'
import type { RedisClient } from '../../src/stores/redis/index.ts'
import { SECRET, code } from '../_support/application.ts'
import { client as browserOf } from '../_support/client.ts'
import { PATIENCE } from '../_support/patience.ts'

const program = findEngine('redis')
const cli = findEngine('redis-cli')
const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

describe.skipIf(!program || !cli)('acknowledge', () => {
  let master: RedisEngine
  let replica: RedisEngine
  let cluster: RedisEngine
  beforeAll(async () => {
    master = await startRedis(program!, ['--repl-diskless-sync-delay', '0'])
    replica = await startRedis(program!, ['--replicaof', '127.0.0.1', String(master.ports[0])])
    cluster = await startRedisCluster(program!, cli!)
    const client = createClient({ url: `redis://127.0.0.1:${master.ports[0]}` })
    await client.connect()
    while (!(await client.info('replication')).includes('state=online')) await new Promise((resolve) => setTimeout(resolve, 20))
    client.destroy()
  })
  afterAll(() => Promise.all([master, replica, cluster].map((engine) => engine.stop())))

  const clients: Readonly<Record<string, () => Promise<RedisClient>>> = {
    'node-redis': async () => {
      const client = createClient({ url: `redis://127.0.0.1:${master.ports[0]}` })
      closers.push(() => client.destroy())
      return client.connect()
    },
    ioredis: async () => {
      const client = new Redis(master.ports[0]!, '127.0.0.1')
      closers.push(() => client.disconnect())
      return client
    },
    'a cluster of node-redis': async () => {
      const client = createCluster({ rootNodes: cluster.ports.map((port) => ({ url: `redis://127.0.0.1:${port}` })) })
      closers.push(() => client.destroy())
      await client.connect()
      return client
    },
  }

  test.each(Object.keys(clients))('%s: as many replicas as there are hold a login, a logout and a revocation', async (name) => {
    const sessions = createSessions({ ...PATIENCE, secrets: [SECRET], store: redisStore(await clients[name]!(), { acknowledge: 1 }) })
    const browser = browserOf(sessions)
    await browser.run((session) => session.set('cart', ['tea']))
    await browser.run((session) => session.login('alice'))
    await browser.run((session) => session.logout())
    await browser.run((session) => session.login('alice'))
    expect(await sessions.of('alice').revokeAll()).toBe(1)
    expect((await browser.run(async (session) => (await session.load()).principal)).result).toBeNull()
  })

  test.each(Object.keys(clients))('%s: without enough of them these fail, and what concerns no sign-in does not wait', async (name) => {
    const one = await clients[name]!()
    const prefix = `ack-${name.length}:`
    const sessions = createSessions({ ...PATIENCE, secrets: [SECRET], store: redisStore(one, { acknowledge: 2, prefix }) })
    const browser = browserOf(sessions)
    await browser.run((session) => session.set('cart', ['tea']))
    await browser.run((session) => session.increment('visits'))
    expect((await browser.run((session) => session.get('visits'))).result).toBe(1)
    await expect(browser.run((session) => session.login('alice'))).rejects.toThrow(/replicas|cannot be known|failed/)
    expect([...browser.jar.keys()], 'nobody is signed in').toEqual(['__Host-session-anon'])

    const lenient = createSessions({ ...PATIENCE, secrets: [SECRET], store: redisStore(one, { prefix }) })
    const signedIn = browserOf(lenient)
    await signedIn.run((session) => session.login('bob'))
    await expect(signedIn.run((session) => session.logout(), { at: sessions })).rejects.toThrow(code('ERR_SESSION_STORE'))
    await expect(sessions.of('bob').revokeAll()).rejects.toThrow(code('ERR_SESSION_STORE'))
  })

  test('is refused where WAIT could go by another connection than the write', () => {
    const port = master.ports[0]!
    const others = [
      createClientPool({ url: `redis://127.0.0.1:${port}` }),
      createSentinel({ name: 'main', sentinelRootNodes: [{ host: '127.0.0.1', port }] }),
      new Cluster([{ host: '127.0.0.1', port }], { lazyConnect: true }),
    ]
    for (const other of others) expect(() => redisStore(other, { acknowledge: 1 })).toThrow(code('ERR_SESSION_OPTIONS'))
    for (const wrong of [-1, 0.5, '1']) {
      expect(() => redisStore(others[0]!, { acknowledge: wrong as number })).toThrow(code('ERR_SESSION_OPTIONS'))
    }
  })

  test('replicas are read only by those who ask for it', () => {
    const node = { host: '127.0.0.1', port: master.ports[0]! }
    const rootNodes = [{ url: `redis://127.0.0.1:${node.port}` }]
    const stale = [createCluster({ rootNodes, useReplicas: true }), new Cluster([node], { lazyConnect: true, scaleReads: 'slave' })]
    for (const client of stale) {
      expect(() => redisStore(client)).toThrow(expect.objectContaining({ message: expect.stringContaining('a replica may still have') }))
      expect(redisStore(client, { staleReads: true })).toBeDefined()
    }
    for (const client of [createCluster({ rootNodes }), new Cluster([node], { lazyConnect: true })])
      expect(redisStore(client)).toBeDefined()
  })

  test("a client's own cache is only for those who ask for it", async () => {
    const client = createClient({ url: `redis://127.0.0.1:${master.ports[0]}`, RESP: 3, clientSideCache: { maxEntries: 100 } })
    closers.push(() => client.destroy())
    await client.connect()
    expect(() => redisStore(client)).toThrow(code('ERR_SESSION_OPTIONS'))
    const sessions = createSessions({ ...PATIENCE, secrets: [SECRET], store: redisStore(client, { staleReads: true }) })
    const browser = browserOf(sessions)
    await browser.run((session) => session.set('visits', 1))
    await browser.run((session) => session.increment('visits'))
    expect((await browser.run((session) => session.get('visits'))).result, 'its own writes it sees').toBe(2)
  })
})
