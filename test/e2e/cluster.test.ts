/**
 * The example of several machines: a visitor hops between three processes at every request, and the server that holds
 * the session is killed.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startShopCluster } from '../../examples/cluster/cluster.ts'
import type { ShopCluster } from '../../examples/cluster/cluster.ts'
import { findEngine } from '../../scripts/engines.ts'
import { startBrowser } from './shop.ts'
import { Shopper } from './shopper.ts'

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

describe.skipIf(missing.length > 0).each(['redis', 'postgres'])('%s', (store) => {
  test('shopping goes on while the server that holds the cart is killed, and nothing that was confirmed is lost', async () => {
    cluster = await startShopCluster(store, 0)
    const context = await browser.newContext({ baseURL: cluster.url })
    const shopper = await Shopper.arrive(context)
    for (let i = 0; i < 12; i++) expect(await shopper.add()).toBe(true)
    expect(shopper.answeredBy.size, 'each request is answered by another process').toBe(3)

    const before = shopper.statuses.length
    const killed = cluster.servers.kill()
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
    // One whose answer was lost may be in it.
    expect(amounts[0]).toBeGreaterThanOrEqual(shopper.confirmed)
    expect(amounts[0]).toBeLessThanOrEqual(shopper.confirmed + failed.length)
  })
})
