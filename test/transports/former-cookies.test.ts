/** What a browser still holds of an earlier deployment: cookies of our name under other attributes. */
import { describe, expect, test } from 'vitest'
import type { CookieOptions, Session, Sessions, SessionsOptions } from '../../src/index.ts'
import { application, code } from '../_support/application.ts'
import type { Application } from '../_support/application.ts'

const ATTRIBUTES = ['Domain', 'Path', 'Partitioned']

/** A browser at `https://app.example.com/shop/…`: it keeps cookies apart by name, domain, path and partition, as RFC 6265 says. */
class Browser {
  readonly jar = new Map<string, string>()

  async run<Result>(
    sessions: Sessions,
    handler: (session: Session) => Result | Promise<Result>,
  ): Promise<{ result: Result; set: string[] }> {
    const cookie = [...this.jar].map(([key, value]) => `${key.split(';')[0]}=${value}`).join('; ')
    let result!: Result
    const response = await sessions.handle(new Request('https://app.example.com/shop/', { headers: { cookie } }), async (session) => {
      result = await handler(session)
      return new Response('ok')
    })
    const set = response.headers.getSetCookie()
    for (const line of set) this.#keep(line)
    return { result, set }
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split('; ')
    const [name, value = ''] = pair.split('=')
    const place = attributes.filter((attribute) => ATTRIBUTES.includes(attribute.split('=')[0]!)).toSorted()
    const key = [name, ...place].join(';')
    if (attributes.includes('Max-Age=0')) this.jar.delete(key)
    else this.jar.set(key, value)
  }

  principal(sessions: Sessions): Promise<string | null> {
    return this.run(sessions, async (session) => (await session.load()).principal).then(({ result }) => result)
  }
}

/** Two deployments over one store: before and after a change of the cookie's attributes. */
function deployments(
  before: CookieOptions,
  after: CookieOptions,
  options: SessionsOptions & { readonly schema?: never } = {},
): { readonly app: Application; readonly old: Sessions; readonly sessions: Sessions; readonly refused: unknown[] } {
  const app = application({ ...options, cookie: after })
  const old = application({ ...options, cookie: before, store: app.store, clock: app.clock }).sessions
  const refused: unknown[] = []
  app.sessions.on('refused', (event) => refused.push(event))
  return { app, old, sessions: app.sessions, refused }
}

const CHANGES: [what: string, before: CookieOptions, after: CookieOptions][] = [
  ['a narrower domain', { domain: 'example.com' }, { domain: 'app.example.com' }],
  ['a wider domain', { domain: 'app.example.com' }, { domain: 'example.com' }],
  ['another path', { path: '/shop' }, { path: '/shop/' }],
  ['Partitioned', {}, { partitioned: true }],
  ['no longer Partitioned', { partitioned: true }, {}],
]

describe.each(CHANGES)('a cookie of before the change to %s', (_what, before, after) => {
  /** Signed in before the change, and signed out after it: the old cookie stays, for its session. */
  async function leftBehind(options?: Parameters<typeof deployments>[2]) {
    const all = deployments(before, after, options)
    const browser = new Browser()
    await browser.run(all.old, (session) => session.login('alice'))
    await browser.run(all.sessions, (session) => session.logout())
    expect(browser.jar.size).toBe(1)
    return { ...all, browser }
  }

  test('does not refuse the next sign-in: only two living sessions are ambiguous (counterexample `dead-twin`)', async () => {
    const { browser, sessions, refused } = await leftBehind()
    await browser.run(sessions, (session) => session.login('alice'))
    expect(browser.jar.size).toBe(2)
    expect(await browser.principal(sessions)).toBe('alice')
    const { result } = await browser.run(sessions, (session) => session.set('cart', 'full'))
    expect([result, await browser.run(sessions, (session) => session.get('cart')).then((visit) => visit.result)]).toEqual([
      undefined,
      'full',
    ])
    expect(refused).toEqual([])
  })

  test('nor a visitor without a sign-in', async () => {
    const { app, old, sessions } = deployments(before, after)
    const browser = new Browser()
    await browser.run(old, (session) => session.set('cart', 'old'))
    await browser.run(sessions, (session) => session.destroy())
    app.clock.advance(1)
    await browser.run(sessions, (session) => session.set('cart', 'new'))
    expect((await browser.run(sessions, (session) => session.get('cart'))).result).toBe('new')
  })

  test('is taken away at the sign-in where cookie.former names it, and the new one stays', async () => {
    const { browser, app } = await leftBehind()
    const { sessions } = application({ cookie: { ...after, former: [before] }, store: app.store, clock: app.clock })
    await browser.run(sessions, (session) => session.login('alice'))
    expect(browser.jar.size).toBe(1)
    expect(await browser.principal(sessions)).toBe('alice')
  })

  test('and at the sign-out', async () => {
    const { old, app } = deployments(before, after)
    const { sessions } = application({ cookie: { ...after, former: [before] }, store: app.store, clock: app.clock })
    const browser = new Browser()
    await browser.run(old, (session) => session.login('alice'))
    await browser.run(sessions, (session) => session.logout())
    expect([...browser.jar]).toEqual([])
  })
})

test('two living sessions under two attributes are both refused, with an event', async () => {
  const { old, sessions, refused } = deployments({ domain: 'example.com' }, { domain: 'app.example.com' })
  const [browser, other] = [new Browser(), new Browser()]
  await browser.run(old, (session) => session.login('alice'))
  await other.run(sessions, (session) => session.login('mallory'))
  for (const [key, value] of other.jar) browser.jar.set(key, value)
  expect(await browser.principal(sessions)).toBe(null)
  expect(refused).toEqual([{ id: expect.any(String) as string, reason: 'ambiguous' }])
})

test('a planted superseded token is no second living one', async () => {
  const { app, sessions } = deployments({}, {})
  const [browser, other] = [new Browser(), new Browser()]
  await browser.run(sessions, (session) => session.login('alice'))
  await other.run(sessions, (session) => session.login('mallory'))
  const planted = [...other.jar.values()][0]!
  await other.run(sessions, (session) => session.login('mallory'))
  browser.jar.set('__Host-session;Path=/;planted', planted)
  expect(await browser.principal(app.sessions)).toBe('alice')
})

test('many genuine tokens cost no store call', async () => {
  const { app, sessions, refused } = deployments({}, {})
  const browser = new Browser()
  await browser.run(sessions, (session) => session.login('alice'))
  for (let i = 0; i < 4; i++) {
    const other = new Browser()
    await other.run(sessions, (session) => session.login('mallory'))
    browser.jar.set(`__Host-session;${i}`, [...other.jar.values()][0]!)
  }
  const before = app.store.count('load')
  expect(await browser.principal(sessions)).toBe(null)
  expect([app.store.count('load') - before, refused.length]).toEqual([0, 1])
})

test('without cookie.former a response takes away what is its own, and no more', async () => {
  const { sessions } = deployments({}, {})
  const browser = new Browser()
  expect((await browser.run(sessions, (session) => session.login('alice'))).set).toHaveLength(1)
  expect((await browser.run(sessions, (session) => session.logout())).set).toHaveLength(1)
})

test('an entry of cookie.former with the attributes of today is refused at start', () => {
  for (const cookie of [
    { former: [{}] },
    { domain: 'example.com', former: [{ domain: 'EXAMPLE.com', path: '/' }] },
    { former: [{ domain: 'a.example; Secure' }] },
  ]) {
    expect(() => application({ cookie })).toThrow(code('ERR_SESSION_OPTIONS'))
  }
})
