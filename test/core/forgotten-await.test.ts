/** A forgotten `await` is harmless: what was asked for at the call is part of the next commit. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createAuth } from '../../src/auth/index.ts'
import type { Session } from '../../src/index.ts'
import { application, code } from '../_support/application.ts'

const unhandled: unknown[] = []
const listener = (error: unknown): void => void unhandled.push(error)
beforeEach(() => {
  unhandled.length = 0
  process.on('unhandledRejection', listener)
})
afterEach(async () => {
  await new Promise((resolve) => setImmediate(resolve))
  process.off('unhandledRejection', listener)
  expect(unhandled).toEqual([])
})

const open = (app: ReturnType<typeof application>, cookie = ''): Session => app.sessions.open({ headers: { cookie } })
const down = (): Promise<never> => Promise.reject(new Error('down'))

async function cookieOf(session: Session): Promise<string> {
  await session.commit()
  return session
    .takeHeaders()
    .map(([, line]) => line.split(';')[0]!)
    .filter((pair) => !pair.endsWith('='))
    .join('; ')
}

test('things happen in the order of the calls', async () => {
  const app = application()
  const session = open(app)
  session.set('before', 1)
  void session.login('alice')
  session.set('between', 1)
  void session.logout()
  session.set('after', 1)
  void session.login('bob')
  const found = await open(app, await cookieOf(session)).load()
  expect([found.principal, found.data]).toEqual(['bob', { after: 1 }])
})

test('a read waits, too', async () => {
  const app = application()
  const session = open(app)
  session.set('cart', 'tea')
  void session.login('alice', { keep: [] })
  expect(await session.get('cart')).toBe(undefined)
  expect((await session.load()).principal).toBe('alice')
  void session.logout()
  expect((await session.load()).principal).toBe(null)
})

test('an error of which nobody has heard is that of the commit, once', async () => {
  const app = application()
  const session = open(app)
  session.set('cart', 'tea')
  app.store.before('principals.epoch', down)
  void session.login('alice')
  await new Promise((resolve) => setImmediate(resolve))
  await expect(session.commit()).rejects.toThrow(code('ERR_SESSION_STORE'))
  app.store.before('principals.epoch')
  await session.commit()
  const found = await session.load()
  expect([found.principal, found.data]).toEqual([null, { cart: 'tea' }])
})

test.each<[what: string, hear: (login: Promise<void>) => Promise<unknown>]>([
  [
    'await',
    async (login) => {
      try {
        await login
      } catch {}
    },
  ],
  ['catch', (login) => login.catch(() => undefined)],
  ['allSettled', (login) => Promise.allSettled([login])],
  ['an async function', async (login) => (async () => login)().catch(() => undefined)],
])('an error of which somebody has heard is theirs alone: %s', async (_what, hear) => {
  const session = open(application())
  session.set('cart', 'tea')
  await hear(session.login(''))
  await session.commit()
  expect(await session.get('cart')).toBe('tea')
})

test('what was heard too late is told at once, and names the cause', async () => {
  const app = application()
  const late = new Response()
  let handle: Session | undefined
  await app.sessions.handle(new Request('http://localhost/'), (session) => {
    handle = session
    return late
  })
  await expect(handle!.logout()).rejects.toThrow(/Was an `await` forgotten\?/)
})

test('nothing is held by what has been awaited', async () => {
  const app = application()
  const cookie = await cookieOf(await signedIn(open(app)))
  app.store.reset()
  const session = open(app, cookie)
  await session.rotate()
  await session.commit()
  expect([app.store.count('load'), app.store.count('update')]).toEqual([1, 1])
})

async function signedIn(session: Session): Promise<Session> {
  await session.login('alice')
  return session
}

describe('sojourn/auth', () => {
  const user = { id: 'alice', password: null }
  const users = { findByName: () => user, findById: () => user, savePassword: () => undefined, describe: (one: typeof user) => one }

  test('login', async () => {
    const app = application()
    const auth = createAuth({ sessions: app.sessions, users })
    const session = open(app)
    void auth.loginWithoutPassword(session, user)
    session.set('cart', 'tea')
    const found = await open(app, await cookieOf(session)).load()
    expect([found.principal, found.data]).toEqual(['alice', { cart: 'tea' }])
  })

  test('a login that fails', async () => {
    const app = application()
    const auth = createAuth({ sessions: app.sessions, users })
    const session = open(app)
    void auth.login(session, undefined as never)
    await expect(session.commit()).rejects.toThrow(code('ERR_SESSION_PROOF'))
  })

  test('logout', async () => {
    const app = application()
    const auth = createAuth({ sessions: app.sessions, users })
    const cookie = await cookieOf(await signedIn(open(app)))
    const session = open(app, cookie)
    void auth.logout(session)
    await session.commit()
    expect((await open(app, cookie).load()).isNew).toBe(true)
  })
})
