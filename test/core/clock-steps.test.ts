/**
 * A clock that steps back and forth, as that of a machine that is set right: it neither ends a session for good nor
 * revives one.
 */
import { expect, test, vi } from 'vitest'
import { systemClock } from '../../src/core/basics/time.ts'
import { memoryStore } from '../../src/index.ts'
import type { Sessions } from '../../src/index.ts'
import { sqliteStore } from '../../src/stores/sqlite/index.ts'
import { signIn } from '../../src/testing/index.ts'
import { application, settled } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import type { Client } from '../_support/client.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

const stores = { memory: () => memoryStore(), SQLite: () => sqliteStore(':memory:') }

/** One that can be set back. */
class Clock {
  #now = Date.UTC(2100, 0, 1)

  now(): number {
    return this.#now
  }

  step(by: number): void {
    this.#now += by
  }
}

interface Visited {
  readonly clock: Clock
  readonly sessions: Sessions
  readonly browser: Client<Record<string, unknown>>
  alive(): Promise<boolean>
}

async function visited(make: keyof typeof stores): Promise<Visited> {
  const clock = new Clock()
  const { sessions } = application({ clock, idleTimeout: '30m', absoluteTimeout: '10h' }, stores[make]())
  const browser = client(sessions)
  await browser.run(async (session) => {
    session.set('cart', 'full')
    await session.login('alice')
  })
  const alive = async (): Promise<boolean> => (await browser.copy().run((session) => session.get('cart'))).result === 'full'
  return { clock, sessions, browser, alive }
}

for (const name of ['memory', 'SQLite'] as const) {
  test(`${name}: ahead for a moment, it ends nobody`, async () => {
    const { clock, alive } = await visited(name)
    clock.step(HOUR)
    expect(await alive()).toBe(false)
    clock.step(-HOUR)
    expect(await alive()).toBe(true)
  })

  test(`${name}: what was swept or logged out while it was ahead stays gone`, async () => {
    const swept = await visited(name)
    swept.clock.step(HOUR)
    expect(await swept.sessions.sweep()).toBe(1)
    swept.clock.step(-HOUR)
    expect(await swept.alive()).toBe(false)
    const left = await visited(name)
    const thief = left.browser.copy()
    left.clock.step(-HOUR)
    await left.browser.run((session) => session.logout())
    for (const step of [0, HOUR, -2 * HOUR]) {
      left.clock.step(step)
      expect((await thief.run((session) => session.get('cart'))).result).toBeUndefined()
    }
    expect(await left.sessions.of('alice').list()).toEqual([])
  })

  test(`${name}: behind, neither a visit nor a write takes away what was promised`, async () => {
    const { clock, browser, alive } = await visited(name)
    clock.step(-HOUR)
    expect(await alive()).toBe(true)
    await settled()
    await browser.run((session) => session.increment('visits'))
    clock.step(HOUR + 29 * MINUTE)
    expect(await alive()).toBe(true)
  })

  test(`${name}: behind, it does not move the absolute deadline`, async () => {
    const { clock, browser, alive } = await visited(name)
    for (let visits = 0; visits < 23; visits++) {
      clock.step(28 * MINUTE)
      clock.step(-HOUR)
      await browser.run((session) => session.increment('visits'))
      clock.step(HOUR)
    }
    // 10 hours and 44 minutes after the login.
    expect(await alive()).toBe(false)
  })
}

test('without a clock of its own, an application goes by Date, also by one that its tests replace', async () => {
  const { sessions } = application({ clock: systemClock, idleTimeout: '30m' })
  vi.useFakeTimers({ toFake: ['Date'] })
  try {
    const { headers } = await signIn(sessions, 'alice')
    vi.setSystemTime(Date.now() + 29 * MINUTE)
    expect((await sessions.open({ headers }).load()).principal).toBe('alice')
    vi.setSystemTime(Date.now() + HOUR)
    expect((await sessions.open({ headers }).load()).principal).toBeNull()
  } finally {
    vi.useRealTimers()
  }
})
