import express from 'express'
import expressSession from 'express-session'
import { memoryStore } from 'sojourn'
import { expect, test } from 'vitest'
import { before } from './before.ts'
import { adopting, after, compatibleAdopting, onTheOldStore, sharing } from './express-session.ts'
import { browser, serve } from './visit.ts'

const SECRETS = ['a secret of this guide, long enough for it']
const OLD_SECRET = 'keyboard cat'
test('on the day of the move everybody keeps their cart and stays signed in', async () => {
  const store = new expressSession.MemoryStore()
  const old = await serve(before(OLD_SECRET, store))
  const visitor = browser()
  await visitor.ask('POST', `${old}/cart/tea`)
  await visitor.ask('POST', `${old}/login/42`)

  const moved = await serve(after(adopting(SECRETS, memoryStore(), { secret: OLD_SECRET, store })))
  expect(await visitor.ask('GET', `${moved}/cart`)).toEqual({ user: '42', cart: ['tea'] })
  expect(await visitor.ask('POST', `${moved}/cart/milk`)).toEqual(['tea', 'milk'])
  expect([...visitor.jar.keys()]).toEqual(['__Host-session'])
  expect(await visitor.ask('POST', `${moved}/logout`)).toBe('out')
  expect(await visitor.ask('GET', `${moved}/cart`)).toEqual({ user: null, cart: [] })
})

test('with the compatibility layer, nothing but the middleware changes', async () => {
  const store = new expressSession.MemoryStore()
  const old = await serve(before(OLD_SECRET, store))
  const visitor = browser()
  await visitor.ask('POST', `${old}/cart/tea`)
  await visitor.ask('POST', `${old}/login/42`)

  const app = express()
  app.use(compatibleAdopting(SECRETS[0]!, memoryStore(), { secret: OLD_SECRET, store }))
  app.get('/cart', (req, res) => res.json({ user: req.session.userId, cart: req.session.cart }))
  const moved = await serve(app)
  expect(await visitor.ask('GET', `${moved}/cart`)).toEqual({ user: 42, cart: ['tea'] })
  expect(await visitor.ask('GET', `${moved}/cart`)).toEqual({ user: 42, cart: ['tea'] })
  expect([...visitor.jar.keys()]).toEqual(['__Host-connect-sid'])
})

test('page by page: both applications serve one session', async () => {
  const store = new expressSession.MemoryStore()
  const old = await serve(before(OLD_SECRET, store))
  const moved = await serve(after(sharing(OLD_SECRET, store)))
  const visitor = browser()
  await visitor.ask('POST', `${old}/cart/tea`)
  await visitor.ask('POST', `${moved}/login/42`)
  expect(await visitor.ask('GET', `${old}/cart`)).toEqual({ user: 42, cart: ['tea'] })
  await visitor.ask('POST', `${moved}/cart/milk`)
  expect(await visitor.ask('GET', `${old}/cart`)).toEqual({ user: 42, cart: ['tea', 'milk'] })
  await visitor.ask('POST', `${old}/logout`)
  expect(await visitor.ask('GET', `${moved}/cart`)).toEqual({ user: null, cart: [] })
})

test('on the old store', async () => {
  const moved = await serve(after(onTheOldStore(SECRETS, new expressSession.MemoryStore())))
  const visitor = browser()
  await visitor.ask('POST', `${moved}/cart/tea`)
  await visitor.ask('POST', `${moved}/login/42`)
  expect(await visitor.ask('GET', `${moved}/cart`)).toEqual({ user: '42', cart: ['tea'] })
})
