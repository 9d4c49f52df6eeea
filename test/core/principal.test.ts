import { describe, expect, test } from 'vitest'
import type { Exchange } from '../../src/contracts.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { sealedStore } from '../../src/stores/sealed.ts'
import { application, settled } from '../_support/application.ts'
import { client } from '../_support/client.ts'

describe("the list of a principal's sessions", () => {
  test('tells what they are, the last seen first, and which one is this', async () => {
    const { sessions, clock } = application()
    const start = clock.now()
    const [phone, laptop] = [client(sessions), client(sessions)]
    await phone.run((session) => session.set('cart', 'full'), { headers: { 'user-agent': 'Phone' } })
    clock.advance('5m')
    await phone.run((session) => session.login('alice'))
    await laptop.run((session) => session.login('alice'), { headers: { 'user-agent': 'Laptop' } })
    clock.advance('10m')
    await phone.run((session) => session.get('cart'))
    await settled()
    const { result } = await phone.run((session) => sessions.of('alice').list({ current: session }))

    const minute = 60_000
    const same = { address: undefined, authenticatedAt: start + 5 * minute }
    const ids = await Promise.all([phone, laptop].map(async (browser) => (await browser.open().load()).id))
    expect(result).toEqual([
      {
        ...same,
        id: ids[0],
        userAgent: 'Phone',
        createdAt: start,
        lastSeenAt: start + 15 * minute,
        expiresAt: start + 45 * minute,
        current: true,
      },
      {
        ...same,
        id: ids[1],
        userAgent: 'Laptop',
        createdAt: start + 5 * minute,
        lastSeenAt: start + 5 * minute,
        expiresAt: start + 35 * minute,
        current: false,
      },
    ])
  })

  test('holds the address that the adapter saw, and no more of a user agent than is good', async () => {
    const { sessions } = application()
    const exchange: Exchange = { accessed: () => undefined, changed: () => undefined, address: '192.0.2.1', userAgent: 'x'.repeat(10_000) }
    const session = sessions.open({ headers: {} }, exchange)
    await session.login('alice')
    await session.commit()
    const [info] = await sessions.of('alice').list()
    expect([info!.address, info!.userAgent!.length]).toEqual(['192.0.2.1', 256])
  })

  test('holds nothing of others, of the anonymous, nor what has ended', async () => {
    const { sessions, clock } = application({ idleTimeout: '30m' })
    const [old, other, anonymous, alice] = Array.from({ length: 4 }, () => client(sessions))
    await old!.run((session) => session.login('alice'))
    clock.advance('30m')
    await other!.run((session) => session.login('bob'))
    await anonymous!.run((session) => session.set('cart', 'full'))
    await alice!.run((session) => session.login('alice'))
    expect((await sessions.of('alice').list()).map(({ id }) => id)).toEqual([(await alice!.open().load()).id])
    expect(await sessions.of('nobody').list()).toEqual([])
  })

  test('holds no secret', async () => {
    const { sessions } = application()
    const browser = client(sessions)
    await browser.run((session) => session.login('alice'))
    const [token] = [...browser.jar.values()]
    expect(JSON.stringify(await sessions.of('alice').list())).not.toContain(token!.slice(24))
  })
})

describe('revoking', () => {
  test('one of them ends that one', async () => {
    const { sessions } = application()
    const [phone, laptop] = [client(sessions), client(sessions)]
    for (const browser of [phone, laptop]) await browser.run((session) => session.login('alice'))
    const id = (await laptop.open().load()).id!
    expect(await sessions.of('alice').revoke(id)).toBe(true)
    expect(await sessions.of('alice').revoke(id)).toBe(false)
    expect([(await phone.open().load()).principal, (await laptop.open().load()).principal]).toEqual(['alice', null])
  })

  test("somebody else's does nothing", async () => {
    const { sessions } = application()
    const [alice, anonymous] = [client(sessions), client(sessions)]
    await alice.run((session) => session.login('alice'))
    await anonymous.run((session) => session.set('cart', 'full'))
    expect(await sessions.of('mallory').revoke((await alice.open().load()).id!)).toBe(false)
    expect(await sessions.of('mallory').revoke((await anonymous.open().load()).id!)).toBe(false)
    expect(await sessions.of('mallory').revoke('')).toBe(false)
    expect((await alice.open().load()).principal).toBe('alice')
  })

  test.each([false, true])('not of another, while a request of that one is under way: its write is kept (sealed: %s)', async (isSealed) => {
    const options = isSealed ? { store: sealedStore({ revocations: memoryStore() }) } : {}
    const { sessions } = application(options)
    const alice = client(sessions)
    const dropped: unknown[] = []
    sessions.on('dropped', (event) => dropped.push(event))
    await alice.run((session) => session.login('alice'))
    await alice.run(async (session) => {
      session.set('cart', 'full')
      expect(await sessions.of('mallory').revoke((await session.load()).id!)).toBe(false)
    })
    expect([await alice.open().get('cart'), dropped]).toEqual(['full', []])
  })

  test('by id, an administrator ends any', async () => {
    const { sessions } = application()
    const browser = client(sessions)
    await browser.run((session) => session.set('cart', 'full'))
    const id = (await browser.open().load()).id!
    expect(await sessions.revoke(id)).toBe(true)
    expect(await browser.open().get('cart')).toBe(undefined)
    expect(await sessions.revoke(id)).toBe(false)
  })

  test.each(['', 'x', '../../etc/passwd', 'a'.repeat(23), '*'])('what is no id asks no store: %j', async (id) => {
    const { sessions, store } = application()
    expect(await sessions.revoke(id)).toBe(false)
    expect(store.count()).toBe(0)
  })

  test('all, however many there are', async () => {
    const { sessions } = application()
    for (let i = 0; i < 300; i++) await client(sessions).run((session) => session.login('alice'))
    const bob = client(sessions)
    await bob.run((session) => session.login('bob'))
    expect(await sessions.of('alice').revokeAll()).toBe(300)
    expect(await sessions.of('alice').list()).toEqual([])
    expect((await bob.open().load()).principal).toBe('bob')
  })

  test('all except one that is not theirs spares nothing', async () => {
    const { sessions } = application()
    const [alice, bob] = [client(sessions), client(sessions)]
    await alice.run((session) => session.login('alice'))
    await bob.run((session) => session.login('bob'))
    expect((await bob.run((session) => sessions.of('alice').revokeAll({ except: session }))).result).toBe(1)
  })
})
