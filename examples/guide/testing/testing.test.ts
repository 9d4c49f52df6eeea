// #region sign-in
import { createSessions, memoryStore } from 'sojourn'
import { scriptedStore, signIn, testClock } from 'sojourn/testing'
import request from 'supertest'
import { expect, test } from 'vitest'
// #endregion
import { session } from 'sojourn/fetch'
import { shop } from './shop.ts'
import type { Data } from './shop.ts'

// #region sign-in

const clock = testClock()
const store = scriptedStore(memoryStore())
const sessions = createSessions<Data>({ development: true, store, clock })
const app = shop(sessions)

test('shows the cart of whoever is signed in', async () => {
  const { cookie } = await signIn(sessions, 'user-42', { cart: ['tea'] })
  await request(app).get('/cart').set('Cookie', cookie).expect(200, ['tea'])
  await request(app).get('/cart').expect(401)
})
// #endregion

// #region clock
test('ends after half an hour', async () => {
  const { cookie } = await signIn(sessions, 'user-42', { cart: ['tea'] })
  clock.advance('31m')
  await request(app).get('/cart').set('Cookie', cookie).expect(401)
})
// #endregion

// #region failing
test('says so when the store is down', async () => {
  const { cookie } = await signIn(sessions, 'user-42', { cart: ['tea'] })
  store.before('load', () => {
    throw new Error('connection refused')
  })
  await request(app).get('/cart').set('Cookie', cookie).expect(503)
  store.before('load') // up again
  await request(app).get('/cart').set('Cookie', cookie).expect(200)
})
// #endregion

// #region fetch
test('works with whatever takes headers', async () => {
  const { headers } = await signIn(sessions, 'user-42', { cart: ['tea'] })
  const handler = session(sessions, async (_request, visit) => Response.json(await visit.get('cart')))
  const response = await handler(new Request('http://shop.test/cart', { headers }))
  expect(await response.json()).toEqual(['tea'])
})
// #endregion
