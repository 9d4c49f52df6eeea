/** The dashboard and its alerts, by a real Prometheus that asks the real shop on a real database. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findEngine } from '../../scripts/engines.ts'
import { freePort } from '../../scripts/engines/machine.ts'
import { startPostgres } from '../../scripts/engines/postgres.ts'
import type { DatabaseEngine } from '../../scripts/engines/postgres.ts'
import { startPrometheus } from '../../scripts/engines/prometheus.ts'
import type { PrometheusEngine } from '../../scripts/engines/prometheus.ts'
import { root } from '../../scripts/run.ts'
import { dataFolder, startShop, stopShops } from '../e2e/shop.ts'
import type { Shop } from '../e2e/shop.ts'
import { leftOut } from '../_support/left-out.ts'

interface Panel {
  readonly title: string
  readonly targets: readonly { readonly expr: string }[]
}

const read = (file: string): string => readFileSync(`${root}docs/guide/telemetry/${file}`, 'utf8')
const { panels } = JSON.parse(read('dashboard.json')) as { readonly panels: readonly Panel[] }
const queries = panels.flatMap(({ title, targets }) => targets.map(({ expr }): [string, string] => [title, expr]))
/** What happens too rarely for a test of the shop to make it happen. */
const RARE = /token_refused/

/** One of the shop's own. */
const USER = { name: 'anna', password: 'wild-strawberry' }

const programs = [findEngine('prometheus'), findEngine('postgres')]
const missing = programs.includes(undefined) ? 'Prometheus or PostgreSQL is not installed' : undefined
if (missing && process.env['CI'] === 'true') throw new Error(missing)

describe('the dashboard', leftOut(missing), () => {
  let database: DatabaseEngine | undefined
  let prometheus: PrometheusEngine | undefined
  let shop: Shop
  beforeAll(async () => {
    const metrics = await freePort()
    database = await startPostgres(programs[1]!)
    shop = await startShop(dataFolder(), { STORE: database.url, METRICS_PORT: String(metrics) })
    prometheus = await startPrometheus(programs[0]!, metrics, inSeconds(read('alerts.yml')))
  })
  afterAll(async () => {
    await stopShops()
    await prometheus?.stop()
    await database?.stop()
  })

  test('each of its queries has a result, while people use the shop', async () => {
    expect(queries.length).toBeGreaterThan(8)
    const wanted = queries.filter(([, query]) => !RARE.test(query) && !query.includes('error_type!=""'))
    await expect
      .poll(async () => {
        await useShop(shop)
        const results = await Promise.all(wanted.map(async ([title, query]) => [title, await valuesOf(prometheus!, query)] as const))
        return results.filter(([, values]) => values.every((value) => !(value > 0))).map(([title]) => title)
      })
      .toEqual([])
  })

  test('what is rare is at least a query that Prometheus understands', async () => {
    for (const [, query] of queries) expect(await valuesOf(prometheus!, query)).toBeInstanceOf(Array)
  })

  test('no alert fires as long as all is well', async () => {
    // On a slow machine the store is slow.
    expect((await firing(prometheus!)).filter(({ alertname }) => alertname !== 'SessionStoreIsSlow')).toEqual([])
  })

  test('an alert fires when the database is stopped, and the dashboard shows which calls fail', async () => {
    const headers = { cookie: await useShop(shop) }
    await database!.stop()
    database = undefined
    await expect
      .poll(async () => {
        expect((await fetch(shop.url, { headers })).status).toBe(503)
        return firing(prometheus!)
      })
      .toContainEqual(expect.objectContaining({ alertname: 'SessionStoreFails', sojourn_store: 'postgresql' }))
    const failing = queries.find(([, query]) => query.includes('error_type!=""'))!
    expect(Math.max(...(await valuesOf(prometheus!, failing[1])))).toBeGreaterThan(0)
  })
})

/** A minute of the rules as two seconds, so that nobody has to wait. */
function inSeconds(rules: string): string {
  return rules.replace(/\[\d+m\]/g, '[10s]').replace(/for: \d+m/g, 'for: 2s')
}

async function ask(prometheus: PrometheusEngine, path: string): Promise<unknown> {
  const { status, data, error } = (await (await fetch(`${prometheus.url}/api/v1/${path}`)).json()) as Record<string, unknown>
  expect(status, `${path}: ${String(error)}`).toBe('success')
  return data
}

async function valuesOf(prometheus: PrometheusEngine, query: string): Promise<number[]> {
  const expr = query.replaceAll('$__rate_interval', '10s')
  const { result } = (await ask(prometheus, `query?query=${encodeURIComponent(expr)}`)) as { result: { value: [number, string] }[] }
  return result.map(({ value }) => Number(value[1]))
}

async function firing(prometheus: PrometheusEngine): Promise<Record<string, string>[]> {
  const { alerts } = (await ask(prometheus, 'alerts')) as { alerts: { state: string; labels: Record<string, string> }[] }
  return alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels)
}

/** Somebody shops, signs in with a wrong and the right password, and out; another site sends a form. Returns a cookie. */
async function useShop(shop: Shop): Promise<string> {
  const browser = new Jar(shop)
  await browser.post('/cart/add', { product: 'mug' })
  await browser.post('/sign-in', { name: `nobody ${Math.random()}`, password: 'wrong' })
  await browser.post('/sign-in', USER)
  await browser.post('/cart/add', { product: 'mug' })
  await browser.post('/cart/add', { product: 'mug' }, 'cross-site')
  await browser.post('/sign-out', {})
  await browser.post('/cart/add', { product: 'mug' })
  return browser.cookie
}

class Jar {
  readonly #cookies = new Map<string, string>()
  readonly #shop: Shop

  constructor(shop: Shop) {
    this.#shop = shop
  }

  get cookie(): string {
    return [...this.#cookies].map((pair) => pair.join('=')).join('; ')
  }

  async post(path: string, fields: Record<string, string>, site = 'same-origin'): Promise<void> {
    const headers = { cookie: this.cookie, 'sec-fetch-site': site }
    const response = await fetch(this.#shop.url + path, { method: 'POST', body: new URLSearchParams(fields), headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
      if (value) this.#cookies.set(name!, value)
      else this.#cookies.delete(name!)
    }
  }
}
