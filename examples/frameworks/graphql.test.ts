import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openExample } from '../../scripts/framework-apps.ts'
import type { App, AppServer } from '../../scripts/framework-apps.ts'
import { visitorOf } from '../../test/_support/visitor.ts'

let app: App
beforeAll(async () => {
  app = await openExample('graphql')
  await app.run('build')
})
afterAll(() => app[Symbol.asyncDispose]())

describe.each(['start', 'start:yoga', 'start:yoga-fetch'])('npm run %s', (script) => {
  let server: AppServer
  let visitor: ReturnType<typeof visitorOf>
  beforeAll(async () => {
    const env = { SESSION_SECRET: 'a secret of 32 characters or more', SESSIONS_FILE: `${script.replace(':', '-')}.db` }
    server = await app.serve(script, env)
    visitor = visitorOf(server.url)
  })
  afterAll(() => server?.stop())

  const send = (query: string, from = visitor, headers = {}): Promise<Response> =>
    from.send('/graphql', { body: { query }, headers: { Accept: 'application/graphql-response+json', ...headers } })
  const ask = async (query: string): Promise<unknown> => (await send(query)).json()

  test('a visitor has a cart, which the sign-in keeps, until the sign-out', async () => {
    expect(await ask('mutation { addToCart(item: "tea") }')).toEqual({ data: { addToCart: ['tea'] } })
    expect(await ask('{ cart }')).toEqual({ data: { cart: ['tea'] } })
    const refused = await send('{ account { name } }')
    expect([refused.status, await refused.json()]).toMatchObject([
      401,
      { errors: [{ message: 'Sign in first.', extensions: { code: 'UNAUTHENTICATED' } }] },
    ])
    const before = visitor.cookie
    expect(await ask('mutation { signIn(name: "ada") }')).toEqual({ data: { signIn: true } })
    expect(visitor.cookie).not.toBe(before)
    expect(await ask('{ account { name cart } }')).toEqual({ data: { account: { name: 'ada', cart: ['tea'] } } })
    expect((await send('{ account { name } }', visitorOf(server.url))).status).toBe(401)
    expect(await ask('mutation { signOut }')).toEqual({ data: { signOut: true } })
    expect((await send('{ account { name } }')).status).toBe(401)
  })

  test('several mutations of one document have one session, and are saved together', async () => {
    expect(await ask('mutation { a: addToCart(item: "a") b: addToCart(item: "b") }')).toEqual({ data: { a: ['a'], b: ['a', 'b'] } })
    expect(await ask('{ cart }')).toEqual({ data: { cart: ['a', 'b'] } })
  })

  test('no mutation comes by GET, which the guard lets pass', async () => {
    const response = await visitor.send(`/graphql?query=${encodeURIComponent('mutation { signOut }')}`)
    expect(response.status).toBeGreaterThanOrEqual(400)
    expect(response.headers.getSetCookie()).toEqual([])
  })

  test('other sites are refused', async () => {
    expect((await send('mutation { addToCart(item: "poison") }', visitor, { 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403)
  })

  test('what a resolver changed before it threw is saved, and the client is not told the message', async () => {
    const response = await send('mutation { failAfterChange }')
    expect(response.status).toBe(200)
    const text = await response.text()
    expect(text).toContain('errors')
    expect(text).not.toContain('secret')
    expect(await ask('{ cart }')).toEqual({ data: { cart: ['a', 'b', 'kept'] } })
  })

  test('a failed save is a 500, not a result with errors', async () => {
    const response = await send('mutation { failToSave }')
    expect(response.status).toBe(500)
    expect(response.headers.get('content-type') ?? '').not.toContain('json')
    expect(response.headers.getSetCookie()).toEqual([])
  })
})
