import session from 'express-session'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RedisStore } from 'connect-redis'
import { createClient } from 'redis'
import { findEngine } from '../../../scripts/engines.ts'
import { startRedis } from '../../../scripts/engines/redis.ts'
import type { RedisEngine } from '../../../scripts/engines/redis.ts'
import { createSessions } from '../../../src/index.ts'
import { wrapExpressStore } from '../../../src/interop/express-session/index.ts'
import type { ExpressStore } from '../../../src/interop/express-session/index.ts'
import { storeContract } from '../../../src/testing/index.ts'
import { at, newRecord, NOW } from '../../../src/testing/store-contract/rule.ts'
import { SECRET } from '../../_support/application.ts'
import { client } from '../../_support/client.ts'
import { leftOut } from '../../_support/left-out.ts'

const skip = {
  principals: 'a store of express-session cannot find sessions by principal',
  sweeper: 'a store of express-session deletes expired sessions by itself',
  notices: 'a store of express-session has no way to tell other processes',
  scanner: 'few stores of express-session can be walked over',
}

function contractOf(make: () => ExpressStore): void {
  for (const { name, why, skip: reason, run } of storeContract(() => wrapExpressStore(make()), { skip })) {
    test(`${name}: ${why}`, leftOut(reason), run)
  }
}

describe('wrapExpressStore over MemoryStore', () => {
  contractOf(() => new session.MemoryStore())

  test('tells a fault of the store from a missing session', async () => {
    const failing = (error: unknown): ExpressStore => ({
      get: (_sid, callback) => callback(error, null),
      set: (_sid, _session, callback) => callback?.(error),
      destroy: (_sid, callback) => callback?.(error),
    })
    const missing = wrapExpressStore(failing(Object.assign(new Error('no such file'), { code: 'ENOENT' })))
    expect(await missing.load('x', at(NOW))).toBeUndefined()
    for (const error of [new Error('down'), 'down']) {
      const down = wrapExpressStore(failing(error))
      await expect(down.load('x', at(NOW))).rejects.toThrow('down')
      await expect(down.create(newRecord(), at(NOW))).rejects.toThrow('down')
      await expect(down.delete('x', at(NOW))).rejects.toThrow('down')
    }
  })

  test('takes nothing for a record that it did not write', async () => {
    const store = new session.MemoryStore()
    const bridge = wrapExpressStore(store)
    for (const sojourn of [
      undefined,
      null,
      1,
      {},
      { version: 1 },
      { version: '1', expiresAt: 1, retainUntil: 1, principal: null, body: '' },
    ]) {
      store.set('x', { cookie: {}, sojourn } as never)
      expect(await bridge.load('x', at(NOW))).toBeUndefined()
    }
  })
})

const program = findEngine('redis')
if (!program) {
  if (process.env['CI'] === 'true') throw new Error('Install redis-server.')
  console.warn('NOT TESTED: wrapExpressStore over connect-redis. There is no redis-server; install it.')
}

describe.skipIf(!program)('wrapExpressStore over connect-redis', () => {
  let engine: RedisEngine
  let redis: ReturnType<typeof createClient>
  beforeAll(async () => {
    engine = await startRedis(program!)
    redis = createClient({ url: `redis://127.0.0.1:${engine.ports[0]}` })
    await redis.connect()
  })
  afterAll(async () => {
    await redis.close()
    await engine.stop()
  })

  let made = 0
  contractOf(() => new RedisStore({ client: redis, prefix: `${made++}:` }))

  test('fifty parallel requests of one process lose nothing', async () => {
    const sessions = createSessions({ secrets: [SECRET], store: wrapExpressStore(new RedisStore({ client: redis })) })
    const browser = client(sessions)
    await browser.run((session) => session.set('start', true))
    await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        browser.run((session) => {
          session.set(`key${i}`, i)
          session.increment('count')
        }),
      ),
    )
    const { result } = await browser.run(async (session) => (await session.load()).data)
    expect([Object.keys(result).length, result['count']]).toEqual([52, 50])
  })
})
