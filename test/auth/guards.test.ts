import express from 'express'
import { describe, expect, test } from 'vitest'
import { safeNext } from '../../src/auth/index.ts'
import { guard as guardExpress, session as sessionExpress } from '../../src/frameworks/express.ts'
import { guard as guardFetch, session as sessionFetch } from '../../src/frameworks/fetch.ts'
import { client } from '../_support/client.ts'
import type { Client } from '../_support/client.ts'
import { listenWith } from '../_support/fetch.ts'
import { identity } from '../_support/users.ts'
import type { Identity } from '../_support/users.ts'
import type { Guard, RequestLike, Session } from '../../src/index.ts'
import { urlTransport } from '../../src/transports/url.ts'
import { fetchRaw } from '../frameworks/node/raw-client.ts'
import type { Answer, RawRequest } from '../frameworks/node/raw-client.ts'
import { serve } from '../frameworks/node/server.ts'

const PAGE = { 'Sec-Fetch-Mode': 'navigate', Accept: 'text/html,*/*' }

async function withAlice(options: Parameters<typeof identity>[1] = {}): Promise<Identity & { browser: Client<Record<string, unknown>> }> {
  const app = identity({}, options)
  const alice = await app.add('alice', 'right')
  const browser = client(app.sessions)
  await browser.run((session) => app.auth.loginWithoutPassword(session, alice))
  return { ...app, browser }
}

describe.each(['Express', 'Fetch'])('guards on %s', (framework) => {
  async function ask(app: Identity, guard: Guard, request: RawRequest = {}, browser?: Client<Record<string, unknown>>): Promise<Answer> {
    const router = express.Router().use(guardExpress(app.sessions, guard), (_req, res) => void res.set('Handler', 'ran').send('passed'))
    const application = express().use(sessionExpress(app.sessions)).use('/account', router)
    const handler = guardFetch(app.sessions, guard)(() => new Response('passed', { headers: { Handler: 'ran' } }))
    await using server = await serve(framework === 'Express' ? application : listenWith(sessionFetch(app.sessions, handler)))
    const cookie = [...(browser?.jar ?? [])].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { ...request.headers, ...(cookie && { Cookie: cookie }) }
    return await fetchRaw(server.port, { path: '/account/orders?page=2', ...request, headers })
  }

  describe.each(['GET', 'HEAD', 'POST'])('a %s request', (method) => {
    const guards: Record<string, (app: Identity) => Guard> = {
      requireLogin: ({ auth }) => auth.requireLogin({ redirectTo: '/sign-in' }),
      requireFresh: ({ auth }) => auth.requireFresh('10m', { redirectTo: '/sign-in' }),
      require: ({ auth }) => auth.require((user) => user.email === 'alice'),
    }
    const outcome = async (app: Identity, guard: Guard, headers: Record<string, string>, browser?: Client<Record<string, unknown>>) => {
      const answer = await ask(app, guard, { method, headers }, browser)
      return `${answer.status} ${answer.header('handler') ?? answer.header('location') ?? ''}`.trimEnd()
    }

    test.each(Object.keys(guards))('%s keeps the handler from it unless the right user is signed in', async (name) => {
      const app = await withAlice()
      const guard = guards[name]!(app)
      expect(await outcome(app, guard, {}, app.browser)).toBe('200 ran')
      expect(await outcome(app, guard, {})).toBe('401')
      // The path of a form is no page to return to.
      const redirect = method === 'POST' ? '303 /sign-in' : '303 /sign-in?next=%2Faccount%2Forders%3Fpage%3D2'
      expect(await outcome(app, guard, PAGE)).toBe(name === 'require' ? '401' : redirect)
      const bob = client(app.sessions)
      const user = await app.add('bob', 'also right')
      await bob.run((session) => app.auth.loginWithoutPassword(session, user))
      expect(await outcome(app, guard, {}, bob)).toBe(name === 'require' ? '403' : '200 ran')
      app.clock.advance('11m')
      expect(await outcome(app, guard, {}, app.browser)).toBe(name === 'requireFresh' ? '401' : '200 ran')
    })
  })

  test('requireLogin lets pass who is signed in', async () => {
    const app = await withAlice()
    expect(await ask(app, app.auth.requireLogin(), {}, app.browser)).toMatchObject({ status: 200, body: 'passed' })
  })

  test('requireLogin sends a browser to the sign-in with the way back, and tells programs 401', async () => {
    const app = identity()
    const guard = app.auth.requireLogin({ redirectTo: '/sign-in' })
    const accepted: readonly (readonly [Record<string, string>, number])[] = [
      [PAGE, 303],
      [{ Accept: 'text/html' }, 303],
      [{ Accept: 'text/html', 'Sec-Fetch-Mode': 'cors' }, 401],
      [{ 'Sec-Fetch-Mode': 'same-origin' }, 401],
      [{ Accept: 'application/json' }, 401],
      [{}, 401],
    ]
    for (const [headers, status] of accepted) {
      const answer = await ask(app, guard, { headers })
      expect(answer.status, JSON.stringify(headers)).toBe(status)
      expect(answer.header('cache-control')).toBe('no-store')
      expect(answer.all('vary').join()).toMatch(/Sec-Fetch-Mode, Accept.*Cookie|Cookie.*Sec-Fetch-Mode, Accept/)
      if (status === 303) expect(answer.header('location')).toBe('/sign-in?next=%2Faccount%2Forders%3Fpage%3D2')
      else expect(answer.header('www-authenticate')).toBe('Session')
    }
    expect(await ask(app, app.auth.requireLogin(), { headers: PAGE })).toMatchObject({ status: 401 })
  })

  test('the way back is a path of this site, or none', async () => {
    const app = identity()
    const guard = app.auth.requireLogin({ redirectTo: '/sign-in?from=guard' })
    const locations: (string | undefined)[] = []
    for (const [method, path] of [
      ['GET', '/account/a'],
      ['POST', '/account/a'],
      ['GET', '/account//evil.test'],
      ['GET', '/account/\\evil.test'],
    ] as const) {
      locations.push((await ask(app, guard, { method, path, headers: PAGE })).header('location'))
    }
    expect(locations.slice(0, 3)).toEqual([
      '/sign-in?from=guard&next=%2Faccount%2Fa',
      '/sign-in?from=guard',
      '/sign-in?from=guard&next=%2Faccount%2F%2Fevil.test',
    ])
    for (const location of locations) {
      const next = new URL(location!, 'https://shop.test').searchParams.get('next')
      expect(new URL(safeNext(next), 'https://shop.test').origin).toBe('https://shop.test')
    }
  })

  test('requireFresh: a proof of who it is, ten minutes old at most (ASVS 5.0 7.5.1, 7.5.3)', async () => {
    const app = await withAlice()
    const guard = app.auth.requireFresh('10m', { redirectTo: '/confirm' })
    expect(await ask(app, guard)).toMatchObject({ status: 401 })
    app.clock.advance('10m')
    expect(await ask(app, guard, {}, app.browser)).toMatchObject({ status: 200 })
    app.clock.advance(1)
    const stale = await ask(app, guard, {}, app.browser)
    expect([stale.status, stale.header('www-authenticate')]).toEqual([401, 'Session error="insufficient_user_authentication", max_age=600'])
    const page = await ask(app, guard, { headers: PAGE }, app.browser)
    expect([page.status, page.header('location')]).toEqual([303, '/confirm?next=%2Faccount%2Forders%3Fpage%3D2'])
    await app.browser.run((session) => app.auth.reauthenticate(session, 'right'))
    expect(await ask(app, guard, {}, app.browser)).toMatchObject({ status: 200 })
  })

  test('requireLogin behind a proxy that cuts a prefix off sends people back to the page as they see it', async () => {
    const app = identity()
    const guard = app.auth.requireLogin({ redirectTo: '/app/sign-in', prefix: '/app' })
    const answer = await ask(app, guard, { headers: { ...PAGE, 'X-Forwarded-Prefix': '/elsewhere' } })
    expect(answer.header('location')).toBe(`/app/sign-in?next=${encodeURIComponent('/app/account/orders?page=2')}`)
    const fresh = app.auth.requireFresh('10m', { redirectTo: '/app/confirm', prefix: '/app' })
    expect((await ask(app, fresh, { headers: PAGE })).header('location')).toMatch(/next=%2Fapp%2Faccount/)
  })

  test('requireFresh: a proof from the future is none: another process has a clock that is ahead', async () => {
    let now = Date.UTC(2100, 0, 1)
    const app = await withAlice({ clock: { now: () => now } })
    const guard = app.auth.requireFresh('10m')
    now--
    expect(await ask(app, guard, {}, app.browser)).toMatchObject({ status: 401 })
    now++
    expect(await ask(app, guard, {}, app.browser)).toMatchObject({ status: 200 })
  })

  test('require asks about the user and the request', async () => {
    const app = await withAlice()
    const guard = app.auth.require(async (user, request) => user.email === 'alice' && request.method === 'GET')
    expect(await ask(app, guard)).toMatchObject({ status: 401 })
    expect(await ask(app, guard, {}, app.browser)).toMatchObject({ status: 200 })
    expect(await ask(app, guard, { method: 'DELETE' }, app.browser)).toMatchObject({ status: 403 })
  })

  test('a user who was disabled does not pass, and loses the session with the refusal', async () => {
    const app = await withAlice()
    app.people.get('alice')!.locked = true
    const answer = await ask(app, app.auth.requireLogin(), {}, app.browser)
    expect(answer.status).toBe(401)
    expect(answer.all('set-cookie').join()).toContain('Max-Age=0')
    expect((await app.browser.open().load()).principal).toBeNull()
  })
})

test('signing in over Express: throttled, it is 429 by itself', async () => {
  const app = identity({ throttle: { account: { failures: 2, per: '1m' } } })
  await app.add('alice', 'right')
  const server = express().use(sessionExpress(app.sessions), express.urlencoded({ extended: false }))
  server.post('/sign-in', async (req, res) => {
    const { name, password, next } = req.body as Record<string, string>
    const proof = await app.auth.authenticate(name!, password!, { address: req.ip })
    if (!proof) return void res.status(401).send('Wrong name or password.')
    await app.auth.login(app.sessions.open(req), proof)
    res.redirect(303, safeNext(next, '/account'))
  })
  await using running = await serve(server)
  const send = (password: string): Promise<Answer> =>
    fetchRaw(running.port, {
      method: 'POST',
      path: '/sign-in',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: `name=alice&password=${password}&next=//evil.test`,
    })
  expect((await send('wrong')).status).toBe(401)
  const entered = await send('right')
  expect([entered.status, entered.header('location')]).toEqual([303, '/account'])
  await send('wrong')
  await send('wrong')
  const refused = await send('right')
  // The address is known by now and has a count of its own, which is full as well.
  expect([refused.status, refused.header('retry-after')]).toEqual([429, '60'])
})

describe.each(['requireLogin', 'requireFresh'] as const)('%s, where sessions travel in addresses', (name) => {
  async function redirected(path = '/account?page=2'): Promise<Identity & { location: URL; token: string }> {
    const app = identity({}, { transport: urlTransport() })
    const session = app.sessions.open({ headers: {} })
    session.set('cart', 'full')
    if (name === 'requireFresh') await app.auth.loginWithoutPassword(session, await app.add('alice', 'right'))
    await session.commit()
    const address = session.url(path)
    app.clock.advance('11m')
    const options = { redirectTo: '/sign-in' }
    const guard = name === 'requireLogin' ? app.auth.requireLogin(options) : app.auth.requireFresh('10m', options)
    const handler = guardFetch(app.sessions, guard)(() => new Response('passed'))
    await using server = await serve(listenWith(sessionFetch(app.sessions, handler)))
    const answer = await fetchRaw(server.port, { path: address, headers: PAGE })
    expect([answer.status, answer.header('referrer-policy'), answer.header('cache-control')]).toEqual([303, 'no-referrer', 'no-store'])
    return {
      ...app,
      location: new URL(answer.header('location')!, 'https://shop.test'),
      token: new URL(address, 'https://shop.test').searchParams.get('session')!,
    }
  }

  test('the session comes along to the sign-in', async () => {
    const { sessions, location } = await redirected()
    expect(location.pathname).toBe('/sign-in')
    const session = sessions.open({ method: 'GET', url: location.pathname + location.search, headers: {} })
    expect(await session.get('cart')).toBe('full')
    expect(session.principal).toBe(name === 'requireFresh' ? '1' : null)
  })

  test('the way back holds no token', async () => {
    const { location } = await redirected()
    expect(location.searchParams.get('next')).toBe('/account?page=2')
  })
})

test('where sessions travel in addresses, a visitor without one is led on without a token, and what the application recorded is saved', async () => {
  const app = identity({}, { transport: urlTransport() })
  const guard = app.auth.requireLogin({ redirectTo: '/sign-in' })
  const visit = (url: string): RequestLike => ({ method: 'GET', url, headers: { accept: 'text/html' } })
  const locationOf = async (url: string, act?: (session: Session) => void): Promise<string | undefined> => {
    const session = app.sessions.open(visit(url))
    act?.(session)
    return (await guard(visit(url), session))?.headers.find(([name]) => name === 'Location')?.[1]
  }
  expect(await locationOf('/account')).toBe('/sign-in?next=%2Faccount')
  expect(await locationOf('/..//evil.test')).toBe('/sign-in')
  expect(await locationOf(`/account?search=${'%20'.repeat(600)}`)).toBe('/sign-in')
  const location = await locationOf('/account', (session) => session.set('cart', 'full'))
  expect(location).toMatch(/^\/sign-in\?next=%2Faccount&session=[\w-]{84}$/)
  expect(await app.sessions.open(visit(location!)).get('cart')).toBe('full')
})
