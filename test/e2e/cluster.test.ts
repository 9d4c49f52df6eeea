/** The example of several machines: a visitor hops between three processes at every request, and the server that holds the session is killed. */
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { startShopCluster } from '../../examples/cluster/cluster.ts'
import type { ShopCluster } from '../../examples/cluster/cluster.ts'
import { findEngine } from '../../scripts/engines.ts'

const missing = (['redis', 'redis-cli', 'postgres'] as const).filter((name) => !findEngine(name))
if (missing.length > 0) {
  if (process.env['CI'] === 'true') throw new Error(`The example of several machines needs ${missing.join(', ')}.`)
  console.warn(`NOT TESTED: the example of several machines. There is no ${missing.join(', no ')}.`)
}

let cluster: ShopCluster | undefined
afterEach(async () => {
  await cluster?.stop()
  cluster = undefined
})

/** Somebody who shops without a browser's patience: what fails is noted and not tried again. */
class Shopper {
  readonly answeredBy = new Set<string>()
  readonly statuses: number[] = []
  readonly #url: string
  #cookie = ''

  constructor(url: string) {
    this.#url = url
  }

  async page(path: string): Promise<string> {
    return (await this.#fetch(path)).text()
  }

  async add(product: string): Promise<number> {
    const headers = { Origin: this.#url, 'Content-Type': 'application/x-www-form-urlencoded' }
    const { status } = await this.#fetch('/cart/add', { method: 'POST', body: new URLSearchParams({ product }).toString(), headers })
    this.statuses.push(status)
    return status
  }

  async #fetch(path: string, init: { method?: string; body?: string; headers?: Record<string, string> } = {}): Promise<Response> {
    const response = await fetch(this.#url + path, { redirect: 'manual', ...init, headers: { ...init.headers, Cookie: this.#cookie } })
    for (const line of response.headers.getSetCookie()) this.#cookie = line.slice(0, line.indexOf(';'))
    this.answeredBy.add(response.headers.get('X-Answered-By') ?? '')
    return response
  }
}

describe.skipIf(missing.length > 0).each(['redis', 'postgres'])('%s', (store) => {
  test('shopping goes on while the server that holds the cart is killed, and nothing that was confirmed is lost', async () => {
    cluster = await startShopCluster(store, 0)
    const shopper = new Shopper(cluster.url)
    const product = /name="product" value="([^"]+)"/.exec(await shopper.page('/'))![1]!
    for (let i = 0; i < 12; i++) expect(await shopper.add(product)).toBe(303)
    expect(shopper.answeredBy.size, 'each request is answered by another process').toBe(3)

    const killed = cluster.killServer()
    let recovered = 0
    for (let tries = 0; recovered < 12 && tries < 200; tries++) {
      recovered = (await shopper.add(product)) === 303 ? recovered + 1 : 0
      await delay(50)
    }
    await killed
    expect(recovered, 'it goes on').toBe(12)
    const confirmed = shopper.statuses.filter((status) => status === 303).length
    const failed = shopper.statuses.filter((status) => status !== 303)
    // Each a clear error that says: try again.
    expect(new Set(failed).size).toBeLessThanOrEqual(1)
    expect(failed.every((status) => status === 503)).toBe(true)

    const carts = await Promise.all([1, 2, 3].map(() => shopper.page('/cart')))
    const amounts = carts.map((cart) => Number(/<output[^>]*>(\d+)/.exec(cart)?.[1]))
    console.log(`several machines, ${store}: ${confirmed} confirmed, ${failed.length} answered 503, ${amounts[0]} in the cart`)
    expect(new Set(amounts).size, 'all processes see the same cart').toBe(1)
    // One whose answer was lost may be in it.
    expect(amounts[0]).toBeGreaterThanOrEqual(Math.min(confirmed, 99))
    expect(amounts[0]).toBeLessThanOrEqual(confirmed + failed.length)
  }, 120_000)
})
