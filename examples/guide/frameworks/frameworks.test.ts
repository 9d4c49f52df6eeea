import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { app as fastify } from './fastify.ts'
import { app as h3 } from './h3.ts'
import hono from './hono.ts'
import { app as koa } from './koa.ts'

/** Visits, puts tea into the cart, is sent back, and visits again. */
async function shop(ask: (request: Request) => Promise<Response>, origin = 'http://localhost'): Promise<void> {
  const first = await ask(new Request(origin))
  expect(await first.text()).toBe('Visit number 1')
  const cookie = first.headers.getSetCookie()[0]!.split(';')[0]!
  const add = async (site: string): Promise<Response> =>
    ask(new Request(`${origin}/cart/tea`, { method: 'POST', headers: { cookie, 'sec-fetch-site': site }, redirect: 'manual' }))
  expect((await add('cross-site')).status).toBe(403)
  const second = await add('same-origin')
  expect([second.status, second.headers.get('location')]).toEqual([302, '/'])
  const third = await ask(new Request(origin, { headers: { cookie } }))
  expect(await third.text()).toBe('Visit number 2')
}

test('Fastify', async () => {
  const origin = await fastify.listen({ host: '127.0.0.1', port: 0 })
  await shop(fetch, origin)
  await fastify.close()
})

test('Koa', async () => {
  const listener = koa.callback()
  const server = createServer((request, response) => void listener(request, response))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  await shop(fetch, `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  server.closeAllConnections()
  server.close()
})

test('Hono', () => shop(async (request) => hono.fetch(request)))

test('h3', () => shop(async (request) => h3.fetch(request)))
