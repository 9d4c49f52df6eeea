/** One principal with thousands of sessions: a service account, a shared login, an attack. */
import { describe, expect, test } from 'vitest'
import { createSessions } from '../../src/index.ts'
import type { Sessions } from '../../src/index.ts'
import { SECRET } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import { leftOut } from '../_support/left-out.ts'
import { PATIENCE } from '../_support/patience.ts'
import { storeOf } from '../_support/store-of.ts'
import { sharedStores } from '../_support/stores.ts'

const AT_ONCE = 50
/** Several pages, and several deletions at once. */
const MANY = 700

async function signIn(sessions: Sessions, count: number): Promise<void> {
  for (let i = 0; i < count; i += AT_ONCE)
    await Promise.all(Array.from({ length: AT_ONCE }, () => client(sessions).run((session) => session.login('alice'))))
}

describe.each(sharedStores.filter(({ name }) => !name.includes('Sentinel')))('$name', ({ name, missing, start }) => {
  const store = storeOf({ missing, start })

  // The number of the report; elsewhere fewer, because each is a sign-in that reaches the disk.
  const count = name === 'Redis' ? 20_000 : MANY

  test(`${count} are listed in pages, and end`, leftOut(missing), async () => {
    const sessions = createSessions({ ...PATIENCE, secrets: [SECRET], store: store() })
    await signIn(sessions, count)
    const ids = new Set<string>()
    let biggest = 0
    for await (const page of sessions.of('alice').pages()) {
      biggest = Math.max(biggest, page.length)
      for (const { id } of page) ids.add(id)
    }
    expect([ids.size, biggest <= 100]).toEqual([count, true])
    expect(await sessions.of('alice').revokeAll()).toBe(count)
    expect(await sessions.of('alice').list()).toEqual([])
  })

  test('a limit over all the old ones leaves as many as it allows', leftOut(missing), async () => {
    await signIn(createSessions({ ...PATIENCE, secrets: [SECRET], store: store() }), count / 2)
    const limited = createSessions({ ...PATIENCE, secrets: [SECRET], store: store(), maxSessionsPerPrincipal: 5 })
    const newest = client(limited)
    await newest.run((session) => session.login('alice'))
    const left = await limited.of('alice').list({ current: newest.open() })
    expect([left.length, left.some(({ current }) => current)]).toEqual([5, true])
    await limited.of('alice').revokeAll()
  })
})

test(
  'a page of Redis costs what is in it, however long the index is',
  leftOut(sharedStores.find((kind) => kind.name === 'Redis')!.missing),
  async () => {
    const { createClient } = await import('redis')
    const { redisStore } = await import('../../src/stores/redis/index.ts')
    const engine = await sharedStores.find((kind) => kind.name === 'Redis')!.start()
    if (engine.location.kind !== 'redis') throw new Error('It is another kind.')
    const redis = await createClient({ url: `redis://127.0.0.1:${engine.location.ports[0]}` }).connect()
    const lengths: number[] = []
    const counting = {
      get: (key: string) => redis.get(key),
      eval: async (...args: Parameters<typeof redis.eval>) => counted(await redis.eval(...args)),
      evalSha: async (...args: Parameters<typeof redis.evalSha>) => counted(await redis.evalSha(...args)),
    }
    const counted = <T>(reply: T): T => {
      if (Array.isArray(reply)) lengths.push(reply.length)
      return reply
    }
    // At one instant, so that all entries have one deadline.
    const clock = { now: () => 4_000_000_000_000 }
    const sessions = createSessions({ ...PATIENCE, secrets: [SECRET], store: redisStore(counting), clock })
    await signIn(sessions, 1_000)
    const ids = (await sessions.of('alice').list()).map(({ id }) => id)
    expect(new Set(ids).size).toBe(1_000)
    expect(await sessions.of('alice').revokeAll()).toBe(1_000)
    expect(Math.max(...lengths)).toBeLessThanOrEqual(2 * 101)
    redis.destroy()
    await engine.stop()
  },
)
