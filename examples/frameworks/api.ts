/** What the applications without pages have in common: the same routes, and the same answers. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openExample } from '../../scripts/framework-apps.ts'
import type { App, AppServer } from '../../scripts/framework-apps.ts'
import { Visitor } from './visitor.ts'

/** What of a request's changes is there after its handler threw. */
export type Thrown = 'saved' | 'nothing'

export interface ApiExample {
  /** The running server. */
  readonly server: AppServer
  /** Somebody who has not been here before. */
  visitor(): Visitor
}

/** Builds and serves an application, and defines the tests that all of them pass. */
export function describeApi(name: string, { thrown }: { readonly thrown: Thrown }): ApiExample {
  let app: App
  let server: AppServer
  const example: ApiExample = {
    visitor: () => new Visitor(server.url),
    get server() {
      return server
    },
  }

  beforeAll(async () => {
    app = await openExample(name)
    await app.run('build')
    server = await app.serve('start', { SESSION_SECRET: 'only for this test, and long enough' })
  })
  afterAll(() => app[Symbol.asyncDispose]())

  test('a cart before anybody has signed in, and after', async () => {
    const visitor = example.visitor()
    expect((await visitor.get('/api/cart')).json).toEqual({ cart: [], name: null })
    expect((await visitor.post('/api/cart', { item: 'tea' })).status).toBe(200)
    expect((await visitor.post('/api/sign-in', { name: 'ada' })).json).toEqual({ name: 'ada' })
    expect((await visitor.post('/api/cart', { item: 'cake' })).status).toBe(200)
    const { json, headers } = await visitor.get('/api/cart')
    expect(json).toEqual({ cart: ['tea', 'cake'], name: 'ada' })
    expect([headers.get('cache-control'), headers.get('vary')]).toEqual(['private', expect.stringContaining('Cookie')])
    expect((await example.visitor().get('/api/cart')).json).toEqual({ cart: [], name: null })
  })

  test('the account is for those who are signed in, until they sign out', async () => {
    const visitor = example.visitor()
    expect((await visitor.get('/api/account')).status).toBe(401)
    await visitor.post('/api/sign-in', { name: 'ada' })
    expect((await visitor.get('/api/account')).json).toEqual({ account: 'ada' })
    expect((await visitor.post('/api/sign-out')).json).toEqual({ name: null })
    expect((await visitor.get('/api/account')).status).toBe(401)
  })

  test('many additions at once are all there', async () => {
    const visitor = example.visitor()
    await visitor.post('/api/cart', { item: 'tea' })
    await Promise.all(Array.from({ length: 20 }, (_, i) => visitor.post('/api/cart', { item: `cake ${i}` })))
    expect((await visitor.get('/api/cart')).json).toMatchObject({ cart: { length: 21 } })
  })

  test('a form of another site is refused', async () => {
    expect((await example.visitor().post('/api/cart', { item: 'tea' }, 'cross-site')).status).toBe(403)
  })

  test(`a handler that throws: ${thrown}`, async () => {
    const visitor = example.visitor()
    await visitor.post('/api/cart', { item: 'tea' })
    expect((await visitor.post('/api/throws')).status).toBe(500)
    const left = thrown === 'saved' ? ['tea', 'left behind'] : ['tea']
    expect((await visitor.get('/api/cart')).json).toMatchObject({ cart: left })
  })

  test('a save that fails is answered, and tells the client nothing', async () => {
    const visitor = example.visitor()
    await visitor.post('/api/cart', { item: 'tea' })
    const { status, text, headers } = await visitor.post('/api/spoils')
    expect([status, headers.getSetCookie()]).toEqual([500, []])
    expect(text).not.toMatch(/ERR_SESSION|cart|saved/)
    expect((await visitor.get('/api/cart')).json).toMatchObject({ cart: ['tea'] })
    await expect.poll(() => server.output).toContain('ERR_SESSION_NOT_A_NUMBER')
  })

  return example
}
