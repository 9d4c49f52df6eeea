/** The client of an app, against the server over real HTTP. */
import type { RequestListener } from 'node:http'
import { beforeAll, expect, test } from 'vitest'
import { serve } from '../../../test/frameworks/node/server.ts'
import { createApi } from './api.ts'
import type { SecureStore } from './api.ts'

beforeAll(() => {
  process.env['SESSION_SECRET'] = 'only for this test, and long enough'
})

/** What a phone keeps, also when the app is closed. */
function phone(): SecureStore & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>()
  return {
    kept,
    getItemAsync: async (key) => kept.get(key) ?? null,
    setItemAsync: async (key, value) => void kept.set(key, value),
    deleteItemAsync: async (key) => void kept.delete(key),
  }
}

const json = (body: object): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
})

test('a cart, a sign-in that outlives the app, a sign-out, and 401 for others', async () => {
  const { app } = await import('./server.ts')
  await using server = await serve(app as RequestListener)
  const origin = `http://127.0.0.1:${server.port}`
  const store = phone()
  const api = createApi(origin, store)
  expect((await api('/api/account')).status).toBe(401)
  expect(store.kept.size).toBe(0)
  const first = await api('/api/cart', json({ item: 'tea' }))
  expect(first.headers.getSetCookie()).toEqual([])
  await api('/api/sign-in', json({}))
  const anotherStart = createApi(origin, store)
  expect(await (await anotherStart('/api/account')).json()).toEqual({ name: 'ada', cart: ['tea'] })
  const token = store.kept.get('session')!
  expect((await createApi(origin, phone())('/api/account')).status).toBe(401)
  await anotherStart('/api/sign-out', json({}))
  expect(store.kept.size).toBe(0)
  const thief = phone()
  thief.kept.set('session', token)
  expect((await createApi(origin, thief)('/api/account')).status).toBe(401)
})
