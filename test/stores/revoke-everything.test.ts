/** `sessions.revokeEverything()`, on real engines: after a leak, and after a backup was restored. */
import { describe, expect, test } from 'vitest'
import { createSessions, memoryStore } from '../../src/index.ts'
import type { StoredRecord } from '../../src/contracts.ts'
import type { Sessions, SessionStore } from '../../src/index.ts'
import { redisStore } from '../../src/stores/redis/index.ts'
import { sealedStore } from '../../src/stores/sealed.ts'
import { testClock } from '../../src/testing/index.ts'
import { application, code, SECRET, stopAt } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import type { Client } from '../_support/client.ts'
import { leftOut } from '../_support/left-out.ts'
import { PATIENCE } from '../_support/patience.ts'
import { storeOf } from '../_support/store-of.ts'
import { sharedStores } from '../_support/stores.ts'

type Browser = Client<Record<string, unknown>>

const call = (): { now: number; signal: AbortSignal } => ({ now: Date.now(), signal: new AbortController().signal })

async function seen(browser: Browser): Promise<unknown> {
  const session = await browser.open().load()
  return session.principal ?? (await session.get('cart')) ?? null
}

async function signedIn(sessions: Sessions, principal: string): Promise<Browser> {
  const browser = client(sessions)
  await browser.run((session) => session.login(principal))
  return browser
}

async function visiting(sessions: Sessions): Promise<Browser> {
  const browser = client(sessions)
  await browser.run((session) => session.set('cart', 'full'))
  return browser
}

async function backupOf(store: SessionStore): Promise<StoredRecord[]> {
  const records = new Map<string, StoredRecord>()
  let cursor: string | undefined
  do {
    const page = await store.scanner!.scan(cursor, 100, call())
    for (const record of page.records) records.set(record.id, record)
    cursor = page.next
  } while (cursor !== undefined)
  return [...records.values()]
}

describe.each(sharedStores)('$name', ({ missing, start }) => {
  const store = storeOf({ missing, start })

  test('what a restored backup revives ends by one call', leftOut(missing), async () => {
    const sessions = createSessions({ ...PATIENCE, secrets: [SECRET], store: store(), name: 'restored' })
    const browsers = [await signedIn(sessions, 'ada'), await signedIn(sessions, 'bob'), await visiting(sessions)]
    const copies = browsers.map((browser) => browser.copy())
    const backup = await backupOf(store())
    await sessions.of('bob').revokeAll()
    for (const browser of browsers) await browser.run((session) => session.destroy())
    expect(await Promise.all(copies.map(seen))).toEqual([null, null, null])

    for (const record of backup) await store().create(record, call())
    expect(await Promise.all(copies.map(seen)), 'they live again').toEqual(['ada', 'bob', 'full'])

    expect(await sessions.revokeEverything()).toBe(3)
    expect(await Promise.all(copies.map(seen))).toEqual([null, null, null])
    expect([await sessions.of('ada').list(), await backupOf(store())]).toEqual([[], []])
  })

  test('a thousand sessions end step by step, and those of another application stay', leftOut(missing), async () => {
    const sessions = createSessions({ ...PATIENCE, secrets: [SECRET], store: store(), name: 'leaked' })
    const other = await signedIn(createSessions({ ...PATIENCE, secrets: [SECRET], store: store(), name: 'other' }), 'ada')
    for (let i = 0; i < 20; i++) await Promise.all(Array.from({ length: 50 }, (_, j) => signedIn(sessions, `user ${(i * 50 + j) % 300}`)))
    const told: number[] = []
    expect(await sessions.revokeEverything({ onProgress: ({ ended }) => void told.push(ended) })).toBe(1_000)
    expect([told.length >= 20, told, told.at(-1)]).toEqual([true, told.toSorted((a, b) => a - b), 1_000])
    expect(await sessions.of('user 7').list()).toEqual([])
    expect(await seen(other)).toBe('ada')
    await other.run((session) => session.logout())
  })
})

test('it finds what the index has lost', leftOut(sharedStores.find(({ name }) => name === 'Redis')!.missing), async () => {
  const { createClient } = await import('redis')
  const engine = await sharedStores.find(({ name }) => name === 'Redis')!.start()
  if (engine.location.kind !== 'redis') throw new Error('It is another kind.')
  const redis = await createClient({ url: `redis://127.0.0.1:${engine.location.ports[0]}` }).connect()
  const sessions = createSessions({ ...PATIENCE, secrets: [SECRET], store: redisStore(redis) })
  const ada = await signedIn(sessions, 'ada')
  for (const key of await redis.keys('sojourn:of:*')) await redis.del(key)
  expect(await sessions.revokeEverything()).toBe(1)
  expect(await seen(ada)).toBe(null)
  redis.destroy()
  await engine.stop()
})

test('every session that ends is told, as are open connections', async () => {
  const { sessions, another } = application()
  const [ada, visitor] = [await signedIn(sessions, 'ada'), await visiting(sessions)]
  const live = await (await ada.open().load()).live()
  const told = new Map<string, string | null>()
  const ids = await Promise.all([ada, visitor].map(async (browser) => (await browser.open().load()).id!))
  sessions.on('revoked', ({ id, principal }) => void told.set(id, principal))
  await sessions.revokeEverything()
  expect(ids.map((id) => told.get(id))).toEqual(['ada', null])
  expect([live.signal.aborted, live.ended]).toEqual([true, 'revoked'])
  expect(await another().of('ada').list()).toEqual([])
})

test('a late write brings none back', async () => {
  const { sessions, store, another } = application()
  const ada = await signedIn(sessions, 'ada')
  const stop = stopAt()
  store.before('update', stop.hook)
  const writing = ada.run((session) => session.set('key', 1))
  await stop.reached
  expect(await another().revokeEverything()).toBe(1)
  stop.release()
  await writing
  expect(await seen(ada)).toBe(null)
})

test('it can be stopped, and called again', async () => {
  const { sessions } = application()
  for (let i = 0; i < 120; i++) await signedIn(sessions, `user ${i}`)
  const stop = new AbortController()
  const stopped = sessions.revokeEverything({ signal: stop.signal, onProgress: () => stop.abort(new Error('enough')) })
  await expect(stopped).rejects.toThrow('enough')
  expect(await sessions.revokeEverything()).toBe(70)
})

test('if the store fails it throws, and what is left ends at the next call', async () => {
  const { sessions, store } = application()
  for (let i = 0; i < 10; i++) await signedIn(sessions, `user ${i}`)
  store.before('delete', ({ nth }) => {
    if (nth === 3) throw new Error('connection reset')
  })
  await expect(sessions.revokeEverything()).rejects.toThrow(code('ERR_SESSION_STORE'))
  store.before('delete')
  await sessions.revokeEverything()
  expect((await Promise.all(Array.from({ length: 10 }, (_, i) => sessions.of(`user ${i}`).list()))).flat()).toEqual([])
})

test('a store that cannot be walked over says so', async () => {
  const inner = memoryStore()
  const store: SessionStore = {
    load: (...args) => inner.load(...args),
    create: (...args) => inner.create(...args),
    update: (...args) => inner.update(...args),
    touch: (...args) => inner.touch(...args),
    delete: (...args) => inner.delete(...args),
    close: () => inner.close(),
  }
  await expect(createSessions({ ...PATIENCE, secrets: [SECRET], store }).revokeEverything()).rejects.toThrow(code('ERR_SESSION_CAPABILITY'))
})

describe('sealed sessions', () => {
  test('with revocations end at their next check', async () => {
    const clock = testClock()
    const sessions = createSessions({ ...PATIENCE, secrets: [SECRET], store: sealedStore({ revocations: memoryStore() }), clock })
    const ada = await signedIn(sessions, 'ada')
    const copy = ada.copy()
    expect(await sessions.revokeEverything()).toBe(1)
    clock.advance('31s')
    expect(await seen(copy)).toBe(null)
  })

  test('alone are in no store: without the old secret none is left', async () => {
    const make = (secret: string): Sessions => createSessions({ ...PATIENCE, secrets: [secret], store: sealedStore() })
    const ada = await signedIn(make(SECRET), 'ada')
    await expect(make(SECRET).revokeEverything()).rejects.toThrow(code('ERR_SESSION_CAPABILITY'))
    expect(await seen(client(make('the next secret of the tests, 32 or more'), ada.jar))).toBe(null)
  })
})
