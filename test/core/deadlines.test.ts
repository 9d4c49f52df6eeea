import { describe, expect, test } from 'vitest'
import { backendOf } from '../../src/core/session.ts'
import type { Lifetime } from '../../src/core/record/operations.ts'
import type { Session, SessionsOptions } from '../../src/index.ts'
import { application, settled, signal, stopFirst } from '../_support/application.ts'
import type { Application } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import type { Client } from '../_support/client.ts'

const MINUTE = 60_000

interface Visited extends Application {
  readonly browser: Client<Record<string, unknown>>
  alive(): Promise<boolean>
}

async function visited(options: SessionsOptions & { readonly schema?: never } = {}): Promise<Visited> {
  const app = application({ idleTimeout: '30m', absoluteTimeout: '2h', ...options })
  const browser = client(app.sessions)
  await browser.run((session) => session.set('cart', 'full'))
  const alive = async (): Promise<boolean> => (await browser.run((session) => session.get('cart'))).result === 'full'
  return { ...app, browser, alive }
}

describe('the idle timeout', () => {
  test('ends a session that nobody used, to the millisecond', async () => {
    const { clock, alive, browser } = await visited()
    const thief = browser.copy()
    clock.advance(30 * MINUTE - 1)
    expect((await thief.open().get('cart')) === 'full').toBe(true)
    await settled()
    clock.advance(30 * MINUTE)
    expect(await alive()).toBe(false)
  })

  test('begins anew with each visit that counts', async () => {
    const { clock, alive } = await visited()
    for (let i = 0; i < 4; i++) {
      clock.advance('29m')
      expect(await alive()).toBe(true)
      await settled()
    }
  })

  test('ends it up to a tenth early, never late', async () => {
    const { clock, alive } = await visited()
    clock.advance(3 * MINUTE - 1)
    expect(await alive()).toBe(true)
    await settled()
    clock.advance(27 * MINUTE)
    expect(await alive(), 'the visit before was too early for a touch').toBe(true)
  })

  test('counts from a write, too', async () => {
    const { clock, alive, browser } = await visited()
    clock.advance('20m')
    await browser.run((session) => session.set('other', 1))
    clock.advance('29m')
    expect(await alive()).toBe(true)
  })

  test('a visit does not revive what has ended', async () => {
    const { clock, alive, store } = await visited()
    clock.advance('30m')
    expect([await alive(), await alive()]).toEqual([false, false])
    await settled()
    expect(store.count('touch')).toBe(0)
  })
})

describe('the absolute timeout', () => {
  test('ends a session however much it is used, to the millisecond', async () => {
    const { clock, browser, alive } = await visited()
    for (let minute = 20; minute < 120; minute += 20) {
      clock.advance('20m')
      expect(await alive()).toBe(true)
      await browser.run((session) => session.increment('visits'))
      await settled()
    }
    clock.advance(20 * MINUTE - 1)
    expect(await alive()).toBe(true)
    clock.advance(1)
    expect(await alive()).toBe(false)
  })

  test('is what the cookie is told, so that a touch needs none', async () => {
    const { clock, browser } = await visited()
    clock.advance('20m')
    const { setCookies } = await browser.run((session) => session.get('cart'))
    expect(setCookies).toEqual([])
    const { setCookies: rotated } = await browser.run((session) => session.rotate())
    expect(rotated).toEqual([expect.stringContaining(`; Max-Age=${100 * 60};`)])
  })

  test('begins anew with a login, and with a second proof of who it is', async () => {
    const { clock, browser, sessions } = await visited({ idleTimeout: '2h' })
    for (let i = 0; i < 3; i++) {
      clock.advance('90m')
      const { setCookies } = await browser.run((session) => session.login('alice'))
      expect(setCookies[0]).toContain('; Max-Age=7200;')
    }
    const { result } = await browser.run((session) => session.load())
    expect([result.principal, result.absoluteExpiresAt, result.authenticatedAt]).toEqual(['alice', clock.now() + 120 * MINUTE, clock.now()])
    expect(await sessions.of('alice').list(), 'it is one session').toHaveLength(1)
  })
})

describe('a touch', () => {
  test('is throttled to a tenth of the idle timeout', async () => {
    const { clock, alive, store } = await visited()
    for (let i = 0; i < 12; i++) {
      clock.advance('1m')
      expect(await alive()).toBe(true)
      await settled()
    }
    expect(store.count('touch')).toBe(4)
    expect(store.count('update')).toBe(0)
  })

  test('runs beside the handler, not before it', async () => {
    const { clock, alive, store } = await visited()
    const touch = stopFirst()
    const [touched, isTouched] = signal()
    store.before('touch', touch.hook)
    store.after('touch', isTouched)
    clock.advance('20m')
    const visit = alive()
    await touch.reached
    await settled()
    expect(await Promise.race([visit, settled()]), 'the response does not wait for it').toBe(true)
    touch.release()
    await touched
  })

  test('never moves the deadline past the absolute one', async () => {
    const { clock, browser, alive, store } = await visited()
    const deadlines: unknown[] = []
    store.before('touch', ({ args }) => void deadlines.push(args[1]))
    const { absoluteExpiresAt } = (await browser.run((session) => session.load())).result
    for (let i = 0; i < 5; i++) {
      clock.advance('20m')
      await alive()
      await settled()
    }
    expect(deadlines).toEqual([
      ...Array.from({ length: 4 }, (_, i) => clock.now() - (4 - i) * 20 * MINUTE + 30 * MINUTE),
      absoluteExpiresAt,
    ])
    expect((await browser.run((session) => session.load())).result.absoluteExpiresAt).toBe(absoluteExpiresAt)
  })

  test('that fails fails no read', async () => {
    const { clock, alive, store, sessions } = await visited()
    const errors: string[] = []
    sessions.on('storeError', ({ operation }) => void errors.push(operation))
    store.before('touch', () => {
      throw new Error('connection reset')
    })
    clock.advance('20m')
    expect(await alive()).toBe(true)
    await settled()
    expect(errors).toEqual(['touch'])
  })

  test('is not needed beside a write', async () => {
    const { clock, browser, store } = await visited()
    clock.advance('20m')
    await browser.run((session) => session.set('other', 1))
    await settled()
    expect([store.count('touch'), store.count('update')]).toEqual([0, 1])
  })
})

describe('remember', () => {
  test('left out: both timeouts count, and the cookie stays', async () => {
    const { browser, clock } = await visited()
    const { setCookies } = await browser.run((session) => session.login('alice'))
    expect(setCookies[0]).toContain('; Max-Age=7200;')
    clock.advance('30m')
    expect((await browser.run((session) => session.load())).result.principal).toBe(null)
  })

  test('true: no idle timeout, until the absolute one, without a touch', async () => {
    const { browser, clock, store } = await visited()
    const { setCookies } = await browser.run((session) => session.login('alice', { remember: true }))
    expect(setCookies[0]).toContain('; Max-Age=7200;')
    clock.advance(120 * MINUTE - 1)
    const { result } = await browser.run((session) => session.load())
    expect([result.principal, result.expiresAt]).toEqual(['alice', clock.now() + 1])
    await settled()
    expect(store.count('touch')).toBe(0)
    clock.advance(1)
    expect((await browser.run((session) => session.load())).result.principal).toBe(null)
  })

  test('false: both timeouts count, and the browser forgets the cookie when it closes', async () => {
    const { browser, clock } = await visited()
    const { setCookies } = await browser.run((session) => session.login('alice', { remember: false }))
    expect(setCookies[0]).toMatch(/^__Host-session=[\w-]{64}; Path=/)
    expect((await browser.run((session) => session.rotate())).setCookies[0]).toMatch(/^__Host-session=[\w-]{64}; Path=/)
    clock.advance('30m')
    expect((await browser.run((session) => session.load())).result.principal).toBe(null)
  })

  test('is asked anew at each login', async () => {
    const { browser, clock } = await visited()
    await browser.run((session) => session.login('alice', { remember: true }))
    await browser.run((session) => session.login('alice'))
    clock.advance('30m')
    expect((await browser.run((session) => session.load())).result.principal).toBe(null)
  })
})

function setLifetime(session: Session, lifetime: Lifetime): void {
  backendOf(session).change({ type: 'lifetime', ...lifetime })
}

describe('a lifetime of its own', () => {
  test("counts instead of the application's, also across a touch", async () => {
    const { clock, alive, browser } = await visited()
    await browser.run((session) => setLifetime(session, { idleTimeout: 5 * MINUTE, persistence: 'normal' }))
    clock.advance('4m')
    expect(await alive()).toBe(true)
    await settled()
    clock.advance('4m')
    expect(await alive()).toBe(true)
    await settled()
    clock.advance('6m')
    expect(await alive()).toBe(false)
  })

  test('longer than the absolute timeout moves that deadline, and the client is told with a new token', async () => {
    const { clock, alive, browser } = await visited()
    const before = browser.copy()
    const { setCookies } = await browser.run((session) => setLifetime(session, { idleTimeout: 180 * MINUTE, persistence: 'normal' }))
    expect(setCookies[0]).toContain('Max-Age=10800')
    clock.advance('170m')
    expect(await alive()).toBe(true)
    expect(await before.open().get('cart')).toBeUndefined()
  })

  test('may end with the browser, and to say it again is no news', async () => {
    const { browser } = await visited()
    const untilClosed = { idleTimeout: undefined, persistence: 'session' } as const
    const { setCookies } = await browser.run((session) => setLifetime(session, untilClosed))
    expect(setCookies[0]).not.toContain('Max-Age')
    expect((await browser.run((session) => setLifetime(session, untilClosed))).setCookies).toEqual([])
  })

  test('begins no session', async () => {
    const { store, sessions } = application()
    await client(sessions).run((session) => setLifetime(session, { idleTimeout: MINUTE, persistence: 'normal' }))
    expect(store.count()).toBe(0)
  })
})

test('an announced id is that of the record', async () => {
  const { sessions } = application()
  const session = await client(sessions).open().load()
  const { nextId } = backendOf(session)
  session.set('cart', 'full')
  await session.commit()
  expect(nextId).toMatch(/^[\w-]{22}$/)
  expect([session.id, backendOf(session).nextId]).toEqual([nextId, nextId])
})
