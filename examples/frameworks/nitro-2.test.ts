/** Nitro 2, which stands on h3 1, as Nuxt does. */
import { expect, test } from 'vitest'
import { describeApi } from './api.ts'

const example = describeApi('nitro-2', { thrown: 'saved' })

test('a request that the server sends to itself brings its cookies, and does not take the session of its sender', async () => {
  const visitor = example.visitor()
  await visitor.post('/api/cart', { item: 'tea' })
  expect((await visitor.get('/api/inside')).json).toEqual({ cart: ['tea'], stillMine: true })
})
