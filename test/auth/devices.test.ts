import { describe, expect, test } from 'vitest'
import { devices } from '../../src/auth/index.ts'
import type { DeviceEntry, DevicesOptions } from '../../src/auth/index.ts'
import { app, sessions as exampleSessions } from '../../examples/reference/devices.ts'
import { serve } from '../frameworks/node/server.ts'
import { application, code } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import type { Client } from '../_support/client.ts'

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'
type Browser = Client<Record<string, unknown>>

interface Home {
  readonly sessions: ReturnType<typeof application>['sessions']
  readonly alice: Browser
  signIn(userAgent?: string, principal?: string): Promise<Browser>
  ask(browser: Browser, method?: string, path?: string, headers?: Record<string, string>): Promise<Response>
  list(browser: Browser): Promise<DeviceEntry[]>
}

async function home(options: DevicesOptions = {}): Promise<Home> {
  const { sessions } = application({ address: () => '192.0.2.7' })
  const mounted = devices(sessions, options)
  const signIn = async (userAgent = FIREFOX, principal = 'alice'): Promise<Browser> => {
    const browser = client(sessions)
    await browser.run((session) => session.login(principal), { headers: { 'user-agent': userAgent } })
    return browser
  }
  const ask: Home['ask'] = async ({ jar }, method = 'GET', path = '', headers = { 'sec-fetch-site': 'same-origin' }) => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await mounted.fetch(new Request(`https://shop.test/devices${path}`, { method, headers: { cookie, ...headers } }))
    for (const line of response.headers.getSetCookie()) jar.set(line.split('=')[0]!, line.slice(line.indexOf('=') + 1).split(';')[0]!)
    return response
  }
  const list = async (browser: Browser): Promise<DeviceEntry[]> =>
    ((await (await ask(browser)).json()) as { devices: DeviceEntry[] }).devices
  return { sessions, alice: await signIn(), signIn, ask, list }
}

const principalOf = async (browser: Browser): Promise<string | null> =>
  (await browser.run(async (session) => (await session.load()).principal)).result

describe('devices', () => {
  test('are listed with what people recognise, and nothing secret', async () => {
    const { alice, signIn, ask } = await home({ place: async (address) => `near ${address}` })
    await signIn('curl/8.9.1')
    const response = await ask(alice)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const text = await response.text()
    expect(text).not.toContain([...alice.jar.values()][0])
    const { devices: found } = JSON.parse(text) as { devices: DeviceEntry[] }
    expect(found).toHaveLength(2)
    expect(found.find(({ current }) => current)).toMatchObject({
      browser: 'Firefox',
      system: 'Windows',
      kind: 'computer',
      place: 'near 192.0.2.7',
    })
    expect(found.find(({ current }) => !current)).toMatchObject({ browser: 'curl', kind: 'program' })
  })

  test('end one by one', async () => {
    const { alice, signIn, ask, list } = await home()
    const other = await signIn()
    const id = (await list(alice)).find(({ current }) => !current)!.id
    expect((await ask(alice, 'DELETE', `/${id}`)).status).toBe(204)
    expect([await principalOf(alice), await principalOf(other)]).toEqual(['alice', null])
    expect((await ask(alice, 'DELETE', `/${id}`)).status).toBe(404)
  })

  test('those of somebody else do not', async () => {
    const { alice, signIn, ask, list } = await home()
    const bob = await signIn(FIREFOX, 'bob')
    const [theirs] = await list(bob)
    expect((await ask(alice, 'DELETE', `/${theirs!.id}`)).status).toBe(404)
    expect(await principalOf(bob)).toBe('bob')
  })

  test('all others end at once, and the one that asks goes on with a new token', async () => {
    const { alice, signIn, ask } = await home()
    const others = [await signIn(), await signIn()]
    const before = [...alice.jar.values()][0]
    const response = await ask(alice, 'DELETE')
    expect(await response.json()).toEqual({ ended: 2 })
    expect([...alice.jar.values()][0]).not.toBe(before)
    expect(await principalOf(alice)).toBe('alice')
    expect(await Promise.all(others.map(principalOf))).toEqual([null, null])
  })

  test.each<[what: string, status: number, method: string, headers: Record<string, string>]>([
    ['a page of another site', 403, 'DELETE', { 'sec-fetch-site': 'cross-site' }],
    ['who shows no origin', 403, 'DELETE', {}],
    ['another method', 405, 'POST', { 'sec-fetch-site': 'same-origin' }],
  ])('%s is refused', async (_what, status, method, headers) => {
    const { alice, signIn, ask } = await home()
    const other = await signIn()
    expect((await ask(alice, method, '', headers)).status).toBe(status)
    expect(await principalOf(other)).toBe('alice')
  })

  test('a visitor is asked to sign in', async () => {
    const { sessions, ask } = await home()
    const response = await ask(client(sessions))
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Session'])
  })

  test('who acts for the user is shown, and ends nothing', async () => {
    const { signIn, alice, ask, list } = await home()
    const support = await signIn(FIREFOX, 'support')
    await support.run((session) => session.actAs('alice', { reason: 'a call' }))
    expect(new Set((await list(alice)).map(({ actor }) => actor))).toEqual(new Set(['support', undefined]))
    expect((await ask(support, 'DELETE')).status).toBe(403)
    expect(await principalOf(alice)).toBe('alice')
  })

  test.each([{ path: 'devices' }, { path: '/devices/' }])('%j is refused at the start', (options) => {
    expect(() => devices(application().sessions, options)).toThrow(code('ERR_SESSION_OPTIONS'))
  })

  test('the example is mounted in Express', async () => {
    await using server = await serve(app)
    const origin = `http://127.0.0.1:${server.port}`
    const cookie = (await fetch(`${origin}/sign-in`, { method: 'POST' })).headers.getSetCookie()[0]!.split(';')[0]!
    const list = (await (await fetch(`${origin}/devices`, { headers: { cookie } })).json()) as { devices: DeviceEntry[] }
    expect(list.devices).toMatchObject([{ current: true, kind: 'program', browser: 'Node.js' }])
    await exampleSessions.close()
  })
})
