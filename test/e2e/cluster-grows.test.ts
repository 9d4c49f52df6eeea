/**
 * The example of several machines grows: a master and a process come and go while a browser and many other visitors
 * shop, and what moves is the very slots that they use.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startShopCluster } from '../../examples/cluster/cluster.ts'
import type { ShopCluster } from '../../examples/cluster/cluster.ts'
import { commands } from '../../examples/cluster/commands.ts'
import { products } from '../../examples/shop/catalogue.ts'
import { findEngine } from '../../scripts/engines.ts'
import { visitorOf } from '../_support/visitor.ts'
import type { Visitor } from '../_support/visitor.ts'
import { startBrowser } from './shop.ts'
import { Shopper } from './shopper.ts'

const missing = (['redis', 'redis-cli', 'chromium'] as const).filter((name) => !findEngine(name))
if (missing.length > 0) {
  if (process.env['CI'] === 'true') throw new Error(`The example that grows needs ${missing.join(', ')}.`)
  console.warn(`NOT TESTED: the example that grows. There is no ${missing.join(', no ')}.`)
}

const VISITORS = 24

/** How long a visitor looks at a page. Without it the visitors leave no time to the servers. Milliseconds. */
const PAUSE = 200

/** So many things a visitor buys at once. */
const CART_SIZE = 200

let browser: Browser
let shop: ShopCluster | undefined
beforeAll(async () => {
  if (missing.length === 0) browser = await startBrowser(findEngine('chromium')!)
})
afterEach(async () => {
  await shop?.stop()
  shop = undefined
})
afterAll(() => browser?.close())

test.skipIf(missing.length > 0)('a master and a process come and go, and no visitor loses anything', async () => {
  shop = await startShopCluster('redis', 0)
  const cluster = shop.servers.cluster!
  const context = await browser.newContext({ baseURL: shop.url })
  const shopper = await Shopper.arrive(context)
  await shopper.signIn('anna', 'wild-strawberry')
  const id = await shopper.sessionId()
  const visitors = Array.from({ length: VISITORS }, () => new Customer(shop!.url))
  // One after the other: so many sign-ins of one account at the same moment are refused.
  for (const visitor of visitors) await visitor.arrive()

  let isOpen = true
  const shopping = [shopper, ...visitors].map(async (one) => {
    while (isOpen) await one.add()
  })
  /** Until each has gone on for a while. */
  const goesOn = async (): Promise<void> => {
    const before = visitors.map(({ confirmed }) => confirmed)
    const here = shopper.confirmed
    await expect.poll(() => shopper.confirmed >= here + 3 && visitors.every(({ confirmed }, i) => confirmed >= before[i]! + 3)).toBe(true)
  }
  const slots = await Promise.all([`sojourn:{${id}}`, 'sojourn:of:{anna}', 'sojourn:epoch:{anna}'].map(cluster.slotOf))
  await goesOn()
  const [first] = await cluster.masters().then((masters) => [...masters.keys()])
  console.log(await commands['master']!.run(shop))
  const masters = await cluster.masters()
  expect(masters.size).toBe(4)
  const added = cluster.ports.findLast((port) => masters.has(port))!
  // The new one has them in the end, whether they came with its share or not.
  for (const slot of slots) {
    if ((await cluster.masterOf(slot)) === added) await cluster.moveSlot(slot, first!, goesOn)
    await cluster.moveSlot(slot, added, goesOn)
    expect(await cluster.masterOf(slot)).toBe(added)
  }

  console.log(await commands['process']!.run(shop))
  await goesOn()
  expect(shopper.answeredBy, 'all processes have answered the browser').toEqual(new Set(shop.processes.map(String)))
  expect(shop.processes).toHaveLength(4)

  console.log(await commands['remove process']!.run(shop))
  console.log(await commands['remove master']!.run(shop))
  expect((await cluster.masters()).size).toBe(3)
  await goesOn()
  isOpen = false
  await Promise.all(shopping)

  const confirmed = [shopper, ...visitors].map((one) => one.confirmed)
  const statuses = [shopper, ...visitors].flatMap((one) => one.statuses)
  const failed = statuses.filter((status) => status >= 400)
  const total = confirmed.reduce((sum, one) => sum + one, 0)
  console.log(`the cluster grows: ${total} confirmed, ${failed.length} of ${statuses.length} requests failed`)
  expect(failed).toEqual([])
  const amounts: number[] = []
  for (const one of [shopper, ...visitors]) amounts.push(await one.amount())
  expect(amounts).toEqual(confirmed)
  for (const one of [shopper, ...visitors]) expect(await one.isSignedIn(), 'nobody was signed out').toBe(true)
  await context.close()
})

/** A visitor without a browser, who is signed in and adds two things at a time. */
class Customer {
  readonly statuses: number[] = []
  confirmed = 0
  readonly #visitor: Visitor
  #csrf = ''
  #tries = 0
  #bought = 0

  constructor(url: string) {
    this.#visitor = visitorOf(url)
  }

  async arrive(): Promise<void> {
    this.#csrf = csrfIn(await this.#page('/sign-in'))
    expect(await this.#post('/sign-in', { name: 'boris', password: 'morning-train' })).toBe(303)
    this.#csrf = csrfIn(await this.#page('/'))
  }

  async add(): Promise<void> {
    await Promise.all([this.#addOne(), this.#addOne()])
    if (this.#tries % CART_SIZE === 0) await this.#buy()
    await delay(PAUSE)
  }

  /** Makes room for more. */
  async #buy(): Promise<void> {
    this.#bought = await this.amount()
    expect(await this.#post('/checkout', {})).toBe(303)
  }

  /** Each time another product, because a cart has room for 99 of each. */
  async #addOne(): Promise<void> {
    const { id: product } = products[this.#tries++ % products.length]!
    if ((await this.#post('/cart/add', { product })) === 303) this.confirmed += 1
  }

  /** How many the carts have said there are. */
  async amount(): Promise<number> {
    const amounts = (await this.#page('/cart')).matchAll(/<output[^>]*>(\d+)</g)
    return Array.from(amounts, ([, amount]) => Number(amount)).reduce((sum, amount) => sum + amount, this.#bought)
  }

  async isSignedIn(): Promise<boolean> {
    return (await this.#page('/')).includes('action="/sign-out"')
  }

  async #page(path: string): Promise<string> {
    const response = await this.#visitor.send(path)
    this.statuses.push(response.status)
    return response.text()
  }

  async #post(path: string, fields: Readonly<Record<string, string>>): Promise<number> {
    const { status } = await this.#visitor.send(path, { body: new URLSearchParams({ ...fields, csrf_token: this.#csrf }) })
    this.statuses.push(status)
    return status
  }
}

function csrfIn(page: string): string {
  return /name="csrf_token" value="([^"]+)"/.exec(page)![1]!
}
