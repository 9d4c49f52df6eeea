// #region sign-in
import { createSessions, memoryStore } from 'sojourn'
import { scriptedStore, signIn, testClock } from 'sojourn/testing'
import request from 'supertest'
import { expect, test } from 'vitest'
import { fastifyShop, honoShop, shop } from './shop.ts' // your application
import type { Data } from './shop.ts'

const clock = testClock()
const store = scriptedStore(memoryStore())
const sessions = createSessions<Data>({ development: true, store, clock })
const app = shop(sessions)
const [fastifyApp, honoApp] = [await fastifyShop(sessions), honoShop(sessions)] // the same in other frameworks

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

// #region headers
test('Fastify: inject', async () => {
  const { headers } = await signIn(sessions, 'user-42', { cart: ['tea'] })
  const response = await fastifyApp.inject({ url: '/cart', headers })
  expect(response.json()).toEqual(['tea'])
})

test('Hono: app.request', async () => {
  const { headers } = await signIn(sessions, 'user-42', { cart: ['tea'] })
  const response = await honoApp.request('/cart', { headers })
  expect(await response.json()).toEqual(['tea'])
})
// #endregion

test('without the headers nobody is signed in', async () => {
  expect((await fastifyApp.inject({ url: '/cart' })).statusCode).toBe(401)
  expect((await honoApp.request('/cart')).status).toBe(401)
})
