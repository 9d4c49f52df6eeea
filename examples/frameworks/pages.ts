/** What the applications with pages have in common: one shop, the same in each, driven in Chromium. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { findEngine } from '../../scripts/engines.ts'
import { openExample } from '../../scripts/framework-apps.ts'
import type { App, AppServer } from '../../scripts/framework-apps.ts'
import { startBrowser } from '../../test/e2e/shop.ts'
import type { Thrown } from './api.ts'

export interface PagesExample {
  /** The running server. */
  readonly server: AppServer
  /** A window of somebody who has not been here before, at the front page. */
  arrive(): Promise<Shopper>
}

/** Somebody in Chromium. */
export class Shopper {
  page: Page
  readonly context: BrowserContext

  constructor(context: BrowserContext, page: Page) {
    this.context = context
    this.page = page
  }

  /** Presses a button, and waits until what it sent was answered. */
  async press(name: string): Promise<void> {
    await Promise.all([
      this.page.waitForResponse((answer) => answer.request().method() === 'POST'),
      this.page.getByRole('button', { name }).click(),
    ])
  }

  /** Leaves the page, whatever it is still about to show, and comes back in another window. */
  async comeBack(): Promise<void> {
    await this.page.close()
    this.page = await this.context.newPage()
    await this.page.goto('/')
  }

  /** What the page shows, once it shows what was expected. */
  async sees(name: string, cart: readonly string[]): Promise<void> {
    await expect.poll(() => this.page.locator('#name').textContent()).toBe(name)
    await expect.poll(() => this.page.locator('li').allTextContents()).toEqual(cart)
  }

  /** The status of a page, as it is asked for anew. */
  async statusOf(path: string): Promise<number | undefined> {
    return (await this.page.goto(path))?.status()
  }

  /** The names of the cookies of sessions. */
  async cookies(): Promise<string[]> {
    const cookies = await this.context.cookies()
    return cookies.map(({ name }) => name).filter((name) => name.startsWith('__Host-session'))
  }
}

const NOBODY = 'Nobody is signed in'

/** Builds and serves an application, and defines the tests that all of them pass. */
export function describePages(name: string, { thrown }: { readonly thrown: Thrown }): PagesExample {
  let app: App
  let server: AppServer
  let browser: Browser
  const example: PagesExample = {
    get server() {
      return server
    },
    async arrive() {
      const context = await browser.newContext({ baseURL: server.url })
      onTestFinished(() => context.close())
      const shopper = new Shopper(context, await context.newPage())
      await shopper.page.goto('/', { waitUntil: 'networkidle' })
      return shopper
    },
  }

  beforeAll(async () => {
    const chromium = findEngine('chromium')
    if (!chromium) throw new Error('There is no Chromium.')
    browser = await startBrowser(chromium)
    app = await openExample(name)
    await app.run('build')
    server = await app.serve('start', SECRET)
  })
  afterAll(async () => {
    await browser?.close()
    await app?.[Symbol.asyncDispose]()
  })

  test('a visitor fills a cart, signs in with it, and signs out', async () => {
    const shopper = await example.arrive()
    await shopper.sees(NOBODY, [])
    expect(await shopper.cookies(), 'a visit that sets nothing leaves nothing behind').toEqual([])
    await shopper.press('Add tea')
    await shopper.sees(NOBODY, ['tea'])
    await shopper.press('Sign in as Ada')
    await shopper.sees('ada', ['tea'])
    expect(await shopper.cookies()).toEqual(['__Host-session'])
    await shopper.press('Add tea')
    await shopper.sees('ada', ['tea', 'tea'])
    await shopper.page.reload()
    await shopper.sees('ada', ['tea', 'tea'])
    await shopper.press('Sign out')
    await shopper.sees(NOBODY, [])
    expect(await shopper.cookies()).toEqual([])
  })

  test('the account is for those who are signed in', async () => {
    const shopper = await example.arrive()
    expect(await shopper.statusOf('/account')).toBe(401)
    expect(await shopper.page.textContent('body')).not.toContain('Account of')
    await shopper.page.goto('/', { waitUntil: 'networkidle' })
    await shopper.press('Sign in as Ada')
    await shopper.sees('ada', [])
    expect(await shopper.statusOf('/account')).toBe(200)
    expect(await shopper.page.locator('h1').textContent()).toBe('Account of ada')
  })

  test('a page that shows a session is kept by no shared cache', async () => {
    const { context } = await example.arrive()
    const headers = (await context.request.get('/')).headers()
    expect(headers['cache-control']).toMatch(/\b(private|no-store)\b/)
    expect(headers['vary']).toMatch(/\bCookie\b/i)
  })

  test(`an action that throws: ${thrown}`, async () => {
    const shopper = await example.arrive()
    await shopper.press('Add tea')
    await shopper.sees(NOBODY, ['tea'])
    await shopper.page.goto('/mishaps', { waitUntil: 'networkidle' })
    await shopper.press('Add, and throw')
    await shopper.comeBack()
    await shopper.sees(NOBODY, thrown === 'saved' ? ['tea', 'left behind'] : ['tea'])
  })

  test('a save that fails is answered, and tells the client nothing', async () => {
    const shopper = await example.arrive()
    await shopper.press('Add tea')
    await shopper.sees(NOBODY, ['tea'])
    await shopper.page.goto('/mishaps', { waitUntil: 'networkidle' })
    const [response] = await Promise.all([
      shopper.page.waitForResponse((answer) => answer.request().method() === 'POST'),
      shopper.page.getByRole('button', { name: 'Spoil the save' }).click(),
    ])
    expect(response.status()).toBe(500)
    expect(await response.text()).not.toContain('ERR_SESSION')
    await shopper.comeBack()
    await shopper.sees(NOBODY, ['tea'])
  })

  return example
}

const SECRET = { SESSION_SECRET: 'only for this test, and long enough' }
