/**
 * Counterexample `evicted-index`: the engine drops the index by principal. `revokeAll` finds nothing to end, and the
 * epoch ends it at the next touch.
 */
import { describe, expect, test } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import type { SessionStore } from '../../src/index.ts'
import { application } from '../_support/application.ts'
import type { Application } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import type { Client } from '../_support/client.ts'

type Browser = Client<Record<string, unknown>>

interface Forgetful extends Application {
  /** From now on the store lists nothing and deletes nothing by principal. */
  dropIndex(): void
}

function forgetful(options: Parameters<typeof application>[0] = {}): Forgetful {
  const inner = memoryStore()
  let isDropped = false
  const store: SessionStore = {
    load: (id, call) => inner.load(id, call),
    create: (record, call) => inner.create(record, call),
    update: (record, call) => inner.update(record, call),
    touch: (id, expiresAt, call) => inner.touch(id, expiresAt, call),
    delete: (id, call) => inner.delete(id, call),
    close: () => inner.close(),
    principals: {
      ...inner.principals,
      list: async (principal, cursor, call) => (isDropped ? { records: [] } : inner.principals.list(principal, cursor, call)),
      deleteMany: async (principal, ids, call) => (isDropped ? [] : inner.principals.deleteMany(principal, ids, call)),
    },
  }
  return { ...application(options, store), dropIndex: () => void (isDropped = true) }
}

async function signIn({ sessions }: Application, options: { remember?: boolean } = {}): Promise<Browser> {
  const browser = client(sessions)
  await browser.run((session) => session.login('alice', options))
  return browser
}

async function principalOf(browser: Browser): Promise<string | null> {
  return (await browser.run(async (session) => (await session.load()).principal)).result
}

/** Visits, and waits for what goes on beside the visit. */
async function visit(app: Application, browser: Browser): Promise<string | null> {
  const asked = app.store.count('principals.epoch')
  const principal = await principalOf(browser)
  await expect.poll(() => app.store.count('principals.epoch')).toBeGreaterThan(asked)
  await expect.poll(() => app.store.count('touch') + app.store.count('delete')).toBeGreaterThan(0)
  return principal
}

describe('counterexample `evicted-index`', () => {
  test('a session that revokeAll could not find ends within a tenth of the idle timeout', async () => {
    const app = forgetful()
    const thief = await signIn(app)
    app.dropIndex()
    expect(await app.sessions.of('alice').revokeAll()).toBe(0)
    const revoked: string[] = []
    app.sessions.on('revoked', ({ id }) => void revoked.push(id))
    expect(await principalOf(thief), 'the miss').toBe('alice')
    app.clock.advance('3m')
    await visit(app, thief)
    await expect.poll(() => revoked.length).toBe(1)
    expect(await principalOf(thief)).toBe(null)
    expect(app.store.count('touch'), 'it is not touched').toBe(0)
  })

  test('without a revocation it is touched and goes on: the control', async () => {
    const app = forgetful()
    const browser = await signIn(app)
    app.dropIndex()
    for (let i = 0; i < 20; i++) {
      app.clock.advance('10m')
      await visit(app, browser)
      await expect.poll(() => app.store.count('touch')).toBe(i + 1)
    }
    expect(await principalOf(browser)).toBe('alice')
  })

  test('also one that is remembered, which no touch is due for', async () => {
    const app = forgetful()
    const thief = await signIn(app, { remember: true })
    expect(await principalOf(thief)).toBe('alice')
    app.dropIndex()
    await app.sessions.of('alice').revokeAll()
    app.clock.advance('3m')
    await principalOf(thief)
    await expect.poll(() => app.store.count('delete')).toBe(1)
    expect(await principalOf(thief)).toBe(null)
  })

  test('one that is remembered is looked up once in a tenth of the idle timeout, not at each visit', async () => {
    const app = forgetful()
    const browser = await signIn(app, { remember: true })
    const asked = app.store.count('principals.epoch')
    for (let i = 0; i < 10; i++) await principalOf(browser)
    expect(app.store.count('principals.epoch')).toBe(asked + 1)
    app.clock.advance('3m')
    for (let i = 0; i < 10; i++) await principalOf(browser)
    expect(app.store.count('principals.epoch')).toBe(asked + 2)
  })

  test('also shortly before the absolute deadline, when no touch is due any more', async () => {
    const app = forgetful({ absoluteTimeout: '31m', idleTimeout: '30m' })
    const thief = await signIn(app)
    app.clock.advance('3m')
    expect(await principalOf(thief)).toBe('alice')
    app.dropIndex()
    await app.sessions.of('alice').revokeAll()
    app.clock.advance('4m')
    await principalOf(thief)
    await expect.poll(() => app.store.count('delete')).toBe(1)
    expect(await principalOf(thief)).toBe(null)
  })

  test('the session that was left out stays, whenever its touch comes', async () => {
    const app = forgetful()
    const owner = await signIn(app)
    const thief = await signIn(app)
    app.dropIndex()
    const late = owner.open()
    // A request of the owner that read its record before, and whose touch comes while the others are revoked.
    app.clock.advance('4m')
    let go = (): void => {}
    const held = new Promise<void>((resolve) => void (go = resolve))
    app.store.before('principals.epoch', async () => held)
    await late.load()
    app.store.before('principals.epoch')
    await owner.run((session) => app.sessions.of('alice').revokeAll({ except: session }))
    go()
    for (let i = 0; i < 4; i++) {
      app.clock.advance('4m')
      await visit(app, owner)
    }
    expect(await principalOf(owner)).toBe('alice')
    await visit(app, thief)
    await expect.poll(() => principalOf(thief)).toBe(null)
  })

  test('one that was left out of several revocations stays, and ends by the one that means it', async () => {
    const app = forgetful()
    const owner = await signIn(app)
    app.dropIndex()
    for (let i = 0; i < 7; i++) {
      await owner.run((session) => app.sessions.of('alice').revokeAll({ except: session }))
      app.clock.advance('4m')
      await visit(app, owner)
    }
    expect(await principalOf(owner)).toBe('alice')
    await app.sessions.of('alice').revokeAll()
    app.clock.advance('4m')
    await principalOf(owner)
    await expect.poll(() => principalOf(owner)).toBe(null)
  })

  test('a sign-in after a revocation stays', async () => {
    const app = forgetful()
    await app.sessions.of('alice').revokeAll()
    const browser = await signIn(app)
    app.clock.advance('4m')
    await visit(app, browser)
    await expect.poll(() => app.store.count('touch')).toBe(1)
    expect(await principalOf(browser)).toBe('alice')
  })

  test('a sign-in that revokes all others in the same request stays', async () => {
    const app = forgetful()
    const browser = client(app.sessions)
    await browser.run(async (session) => {
      await session.login('alice')
      await app.sessions.of('alice').revokeAll({ except: session })
    })
    app.dropIndex()
    app.clock.advance('4m')
    await visit(app, browser)
    expect(await principalOf(browser)).toBe('alice')
  })

  test('if the epoch cannot be read, the session is not touched; the next visit asks again', async () => {
    const app = forgetful()
    const browser = await signIn(app)
    app.clock.advance('4m')
    app.store.before('principals.epoch', () => {
      throw new Error('connection reset')
    })
    expect(await principalOf(browser)).toBe('alice')
    await expect.poll(() => app.store.count('principals.epoch')).toBeGreaterThan(2)
    app.store.before('principals.epoch')
    expect(app.store.count('touch')).toBe(0)
    await visit(app, browser)
    await expect.poll(() => app.store.count('touch')).toBe(1)
  })
})
