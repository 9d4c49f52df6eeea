/**
 * While the store is down: a clear error or an anonymous session, never a hang, never "signed in", never a lost change.
 */
import { describe, expect, test } from 'vitest'
import { createSessions } from '../../src/index.ts'
import type { SessionsOptions } from '../../src/index.ts'
import { application, code, SECRET } from '../_support/application.ts'
import type { Application } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import type { Client } from '../_support/client.ts'

interface SignedIn extends Application {
  readonly browser: Client<Record<string, unknown>>
  goDown(): void
  comeBack(): void
}

async function signedIn(options: SessionsOptions & { readonly schema?: never } = {}): Promise<SignedIn> {
  const app = application(options)
  const browser = client(app.sessions)
  await browser.run(async (session) => {
    session.set('cart', 'full')
    session.flash('note', 'hello')
    await session.login('alice')
  })
  const operations = ['load', 'create', 'update', 'touch', 'delete'] as const
  const down = (): never => {
    throw new Error('connection refused')
  }
  return {
    ...app,
    browser,
    goDown: () => operations.forEach((operation) => app.store.before(operation, down)),
    comeBack: () => operations.forEach((operation) => app.store.before(operation)),
  }
}

const STORE = code('ERR_SESSION_STORE')

describe("onStoreDown: 'fail', the default", () => {
  test('every read fails with an error that can be answered by 503, and the session is there afterwards', async () => {
    const { browser, goDown, comeBack } = await signedIn()
    goDown()
    await expect(browser.run((session) => session.get('cart'))).rejects.toThrow(STORE)
    await expect(browser.run((session) => session.load())).rejects.toThrow(STORE)
    await expect(browser.run((session) => session.set('cart', 'empty'))).rejects.toThrow(STORE)
    comeBack()
    expect((await browser.run((session) => session.get('cart'))).result).toBe('full')
  })
})

describe("onStoreDown: 'anonymous'", () => {
  test('a read gives an empty session that is nobody’s, and no cookie', async () => {
    const { browser, goDown, comeBack } = await signedIn({ onStoreDown: 'anonymous' })
    goDown()
    const { result, setCookies } = await browser.run(async (session) => {
      const cart = await session.get('cart')
      await session.load()
      const { principal, isNew, id, data } = session
      return { cart, has: await session.has('cart'), principal, isNew, id, data, flash: await session.takeFlash('note') }
    })
    expect(result).toEqual({ cart: undefined, has: false, principal: null, isNew: true, id: undefined, data: {}, flash: [] })
    expect(setCookies).toEqual([])
    comeBack()
    expect((await browser.run(async (session) => (await session.load()).principal)).result).toBe('alice')
    expect((await browser.run((session) => session.takeFlash('note'))).result).toEqual(['hello'])
  })

  test('what was decided by an empty read is never saved over the real session, even when the store is back in time', async () => {
    const { browser, goDown, comeBack } = await signedIn({ onStoreDown: 'anonymous' })
    goDown()
    const visit = browser.run(async (session) => {
      if (!(await session.has('cart'))) session.set('cart', 'new')
      comeBack()
    })
    await expect(visit).rejects.toThrow(STORE)
    expect((await browser.run((session) => session.get('cart'))).result).toBe('full')
  })

  test('one request sees one state: down stays down', async () => {
    const { browser, goDown, comeBack, store } = await signedIn({ onStoreDown: 'anonymous' })
    goDown()
    const { result } = await browser.run(async (session) => {
      const before = await session.get('cart')
      comeBack()
      store.reset()
      return [before, await session.get('cart')]
    })
    expect(result).toEqual([undefined, undefined])
    expect(store.count()).toBe(0)
  })

  test('login, logout, destroy and rotate fail: nobody is told that they are signed out while they are not', async () => {
    const { browser, goDown } = await signedIn({ onStoreDown: 'anonymous' })
    goDown()
    for (const end of ['logout', 'destroy', 'rotate'] as const) {
      await expect(
        browser.run(async (session) => {
          await session.get('cart')
          await session[end]()
        }),
      ).rejects.toThrow(STORE)
    }
    await expect(browser.run((session) => session.login('bob'))).rejects.toThrow(STORE)
  })

  test('a write without a read still goes to the real session, or fails', async () => {
    const { browser, goDown, comeBack } = await signedIn({ onStoreDown: 'anonymous' })
    goDown()
    await expect(browser.run((session) => session.set('theme', 'dark'))).rejects.toThrow(STORE)
    comeBack()
    await browser.run((session) => session.set('theme', 'dark'))
    expect((await browser.run(async (session) => (await session.load()).data)).result).toMatchObject({ cart: 'full', theme: 'dark' })
  })

  test('one request may choose for itself', async () => {
    const lenient = await signedIn({ onStoreDown: 'anonymous' })
    lenient.goDown()
    await expect(lenient.browser.run((session) => session.load({ onStoreDown: 'fail' }))).rejects.toThrow(STORE)
    const strict = await signedIn()
    strict.goDown()
    const { result } = await strict.browser.run(async (session) => {
      await session.load({ onStoreDown: 'anonymous' })
      return [session.principal, await session.get('cart')]
    })
    expect(result).toEqual([null, undefined])
    await expect(strict.browser.run((session) => session.load({ onStoreDown: 'maybe' as 'fail' }))).rejects.toThrow(
      code('ERR_SESSION_OPTIONS'),
    )
  })
})

test('a store that hangs is down after storeTimeout, and its call is told', async () => {
  const { browser, store, sessions } = await signedIn({ storeTimeout: 20, onStoreDown: 'anonymous' })
  const operations: string[] = []
  sessions.on('storeError', ({ operation }) => operations.push(operation))
  store.before('load', () => new Promise(() => {}))
  expect((await browser.run((session) => session.get('cart'))).result).toBeUndefined()
  await expect(browser.run((session) => session.load({ onStoreDown: 'fail' }))).rejects.toThrow(code('ERR_SESSION_STORE_TIMEOUT'))
  expect(operations).toEqual(['load', 'load'])
})

test('the signal of a call aborts at storeTimeout', async () => {
  const app = application({ storeTimeout: 20 })
  const browser = client(app.sessions)
  await browser.run((session) => session.set('a', 1))
  const load = app.store.load
  let aborted: Promise<unknown> | undefined
  const sessions = createSessions({
    secrets: [SECRET],
    clock: app.clock,
    storeTimeout: 20,
    store: {
      ...app.store,
      load: (id, call) => {
        aborted = new Promise((resolve) => call.signal.addEventListener('abort', resolve))
        return aborted.then(() => load(id, call))
      },
    },
  })
  await expect(browser.run((session) => session.get('a'), { at: sessions })).rejects.toThrow(code('ERR_SESSION_STORE_TIMEOUT'))
  await aborted
})

test('wrong options are refused at start', () => {
  expect(() => createSessions({ secrets: [SECRET], onStoreDown: 'ignore' as 'fail' })).toThrow(code('ERR_SESSION_OPTIONS'))
  expect(() => createSessions({ secrets: [SECRET], storeTimeout: '2 parsecs' as '2s' })).toThrow(code('ERR_SESSION_DURATION'))
})
