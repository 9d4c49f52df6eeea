import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { memoryStore } from 'sojourn'
import { createApi, createClient, createCookielessShop, createFormShop } from './transports.ts'

const SECRET = 'the secret of the guide, 32 or more'

async function visiting(listener: RequestListener, visit: (url: string) => Promise<void>): Promise<void> {
  const server = createServer(listener)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  try {
    await visit(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

test('a client keeps the token it is handed', async () => {
  const call = createClient(createApi(SECRET, memoryStore()))
  const user = async (path: string): Promise<unknown> => (await call(`https://api.test${path}`)).json()
  expect(await user('/')).toEqual({ user: null })
  expect(await user('/login')).toEqual({ user: 'user-42' })
  expect(await user('/')).toEqual({ user: 'user-42' })
})

test('addresses lead back, and a one-time link is good once', () =>
  visiting(createCookielessShop(SECRET, memoryStore()), async (url) => {
    const bought = await fetch(`${url}/cart`, { method: 'POST', redirect: 'manual' })
    const page = bought.headers.get('Location')!
    const action = /action="([^"]+)"/.exec(await (await fetch(url + page)).text())![1]!
    expect(action).toMatch(/^\/cart\?session=/)
    const checkout = /action="([^"]+)"/.exec(await (await fetch(url + page.replace('/?', '/checkout?'))).text())![1]!
    const statuses: number[] = []
    for (let i = 0; i < 2; i++) statuses.push((await fetch(url + checkout, { method: 'POST', redirect: 'manual' })).status)
    expect(statuses).toEqual([303, 410])
  }))

test('a form carries its field', () =>
  visiting(createFormShop(SECRET, memoryStore()), async (url) => {
    let page = ''
    for (let i = 1; i <= 3; i++) {
      const session = /value="([^"]+)"/.exec(page)?.[1] ?? ''
      page = await (await fetch(url, { method: 'POST', body: new URLSearchParams({ session }) })).text()
      expect(page).toContain(`${i} in your cart`)
    }
  }))
