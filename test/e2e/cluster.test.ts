/**
 * The example of several machines: a visitor hops between three processes at every request, and the server that holds
 * the session is killed.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startShopCluster } from '../../examples/cluster/cluster.ts'
import type { ShopCluster } from '../../examples/cluster/cluster.ts'
import { findEngine } from '../../scripts/engines.ts'
import { startBrowser } from './shop.ts'

const missing = (['redis', 'redis-cli', 'postgres', 'chromium'] as const).filter((name) => !findEngine(name))
if (missing.length > 0) {
  if (process.env['CI'] === 'true') throw new Error(`The example of several machines needs ${missing.join(', ')}.`)
  console.warn(`NOT TESTED: the example of several machines. There is no ${missing.join(', no ')}.`)
}

let browser: Browser
let cluster: ShopCluster | undefined
beforeAll(async () => {
  if (missing.length === 0) browser = await startBrowser(findEngine('chromium')!)
})
afterEach(async () => {
  await cluster?.stop()
  cluster = undefined
})
afterAll(() => browser?.close())

/** Somebody in Chromium without patience: what fails is noted, and the next try begins at the front page. */
class Shopper {
  readonly answeredBy = new Set<string>()
  /** Of every page and every form. */
  readonly statuses: number[] = []
  confirmed = 0
  readonly #page: Page

  private constructor(page: Page) {
    this.#page = page
    page.on('response', (response) => {
      if (!response.request().isNavigationRequest()) return
      this.statuses.push(response.status())
      this.answeredBy.add(response.headers()['x-answered-by'] ?? '')
    })
  }

  static async arrive(context: BrowserContext): Promise<Shopper> {
    return new Shopper(await context.newPage())
  }

  async add(): Promise<boolean> {
    const shown = await this.#page.goto('/', { waitUntil: 'domcontentloaded' })
    if (shown?.status() !== 200) return false
    const [answer] = await Promise.all([
      this.#page.waitForResponse((response) => response.request().method() === 'POST'),
      this.#page.locator('.card button').first().click(),
    ])
    if (answer.status() !== 303) return false
    this.confirmed += 1
    return true
  }

  /** How many the cart says there are. */
  async amount(): Promise<number> {
    await this.#page.goto('/cart', { waitUntil: 'domcontentloaded' })
    return Number(await this.#page.locator('.stepper output').innerText())
  }
}

describe.skipIf(missing.length > 0).each(['redis', 'postgres'])('%s', (store) => {
  test('shopping goes on while the server that holds the cart is killed, and nothing that was confirmed is lost', async () => {
    cluster = await startShopCluster(store, 0)
    const context = await browser.newContext({ baseURL: cluster.url })
    const shopper = await Shopper.arrive(context)
    for (let i = 0; i < 12; i++) expect(await shopper.add()).toBe(true)
    expect(shopper.answeredBy.size, 'each request is answered by another process').toBe(3)

    const before = shopper.statuses.length
    const killed = cluster.killServer()
    let recovered = 0
    while (recovered < 12) {
      recovered = (await shopper.add()) ? recovered + 1 : 0
      await delay(50)
    }
    await killed
    expect(Math.max(...shopper.statuses.slice(0, before)), 'no failure before').toBeLessThan(400)
    const failed = shopper.statuses.filter((status) => status >= 400)
    // Each a clear error that says: try again.
    expect(failed.every((status) => status === 503)).toBe(true)

    const amounts: number[] = []
    for (let i = 0; i < 3; i++) amounts.push(await shopper.amount())
    await context.close()
    console.log(`several machines, ${store}: ${shopper.confirmed} confirmed, ${failed.length} answered 503, ${amounts[0]} in the cart`)
    expect(new Set(amounts).size, 'all processes see the same cart').toBe(1)
    // The shop sells 99 at most; one whose answer was lost may be in it.
    expect(amounts[0]).toBeGreaterThanOrEqual(Math.min(shopper.confirmed, 99))
    expect(amounts[0]).toBeLessThanOrEqual(shopper.confirmed + failed.length)
  })
})
