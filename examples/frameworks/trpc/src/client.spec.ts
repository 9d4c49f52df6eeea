import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { after, before, test } from 'node:test'
import { createTRPCClient, httpBatchLink, httpBatchStreamLink } from '@trpc/client'
import { signIn } from 'sojourn/testing'
import { app } from './express.js'
import type { AppRouter } from './router.js'
import { sessions } from './sessions.js'

let server: Server
let url: string
before(async () => {
  server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/trpc`
})
after(async () => {
  server.close()
  await sessions.close()
})

test('a batch has one session, and is saved once', async () => {
  // #region signIn
  const { headers } = await signIn(sessions, 'ada')
  const client = createTRPCClient<AppRouter>({ links: [httpBatchLink({ url, headers: { ...headers, 'sec-fetch-site': 'same-origin' } })] })
  await Promise.all([client.addToCart.mutate({ item: 'tea' }), client.addToCart.mutate({ item: 'milk' })])
  assert.deepEqual(await client.account.query(), { name: 'ada', cart: ['tea', 'milk'] })
  // #endregion
})

test('a streamed batch has sent its headers before a mutation runs', async () => {
  const { headers } = await signIn(sessions, 'grace')
  const client = createTRPCClient<AppRouter>({
    links: [httpBatchStreamLink({ url, headers: { ...headers, 'sec-fetch-site': 'same-origin' } })],
  })
  assert.deepEqual(await client.cart.query(), [])
  await assert.rejects(client.addToCart.mutate({ item: 'tea' }), /Internal server error/)
  assert.deepEqual(await client.cart.query(), [])
})
