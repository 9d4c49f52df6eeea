import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openExample } from '../../scripts/framework-apps.ts'
import type { App, AppServer } from '../../scripts/framework-apps.ts'
import { visitorOf } from '../../test/_support/visitor.ts'
import type { Visitor } from '../../test/_support/visitor.ts'

const secret = 'a secret of 32 characters or more'

let app: App
beforeAll(async () => {
  app = await openExample('trpc')
  await app.run('build')
})
afterAll(() => app[Symbol.asyncDispose]())

test('its own tests pass', async () => {
  expect(await app.run('test', { SESSION_SECRET: secret, SESSIONS_FILE: 'own.db' })).toContain('fail 0')
})

describe.each(['start', 'start:fetch'])('npm run %s', (script) => {
  let server: AppServer
  let visitor: Visitor
  beforeAll(async () => {
    server = await app.serve(script, { SESSION_SECRET: secret, SESSIONS_FILE: `${script.replace(':', '-')}.db` })
    visitor = visitorOf(server.url)
  })
  afterAll(() => server?.stop())

  const query = async (name: string, from = visitor): Promise<unknown> => (await from.send(`/trpc/${name}`)).json()
  const mutate = (name: string, body: object = {}, headers = {}): Promise<Response> => visitor.send(`/trpc/${name}`, { body, headers })

  test('a visitor has a cart, which the sign-in keeps, until the sign-out', async () => {
    expect((await mutate('addToCart', { item: 'tea' })).status).toBe(200)
    expect(await query('cart')).toMatchObject({ result: { data: ['tea'] } })
    const refused = await visitor.send('/trpc/account')
    expect([refused.status, await refused.json()]).toMatchObject([401, { error: { message: 'Sign in first.' } }])
    const before = visitor.cookie
    expect((await mutate('signIn', { name: 'ada' })).status).toBe(200)
    expect(visitor.cookie).not.toBe(before)
    expect(await query('account')).toMatchObject({ result: { data: { name: 'ada', cart: ['tea'] } } })
    expect(await query('account', visitorOf(server.url))).toMatchObject({ error: { data: { httpStatus: 401 } } })
    expect((await mutate('signOut')).status).toBe(200)
    expect((await visitor.send('/trpc/account')).status).toBe(401)
  })

  test('other sites are refused', async () => {
    expect((await mutate('addToCart', { item: 'poison' }, { 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403)
  })

  test('what a procedure changed before it threw is saved', async () => {
    expect((await mutate('failAfterChange')).status).toBe(400)
    expect(await query('cart')).toMatchObject({ result: { data: ['kept'] } })
    expect((await mutate('checkout')).status).toBe(200)
    expect(await query('cart')).toMatchObject({ result: { data: [] } })
  })

  test('a failed save is a 500, not an answer of tRPC', async () => {
    const response = await mutate('failToSave')
    expect(response.status).toBe(500)
    expect(response.headers.get('content-type') ?? '').not.toContain('json')
    expect(response.headers.getSetCookie()).toEqual([])
  })
})
