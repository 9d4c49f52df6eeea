import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RequestListener, Server } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'

/** Goes through a server as a browser would: keeps cookies, follows redirects. */
class Browser {
  readonly #origin: string
  readonly #jar = new Map<string, string>()

  constructor(server: Server) {
    this.#origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  async text(method: string, path: string, site = 'same-origin'): Promise<string> {
    const cookie = [...this.#jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(this.#origin + path, { method, headers: { cookie, 'sec-fetch-site': site }, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') this.#jar.delete(name)
      else this.#jar.set(name, value)
    }
    const location = response.headers.get('location')
    return location === null ? response.text() : this.text('GET', location)
  }

  get cookieNames(): string[] {
    return [...this.#jar.keys()]
  }
}

const servers: Server[] = []

async function browse(listener: RequestListener): Promise<Browser> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return new Browser(server)
}

const home = process.cwd()
const folder = mkdtempSync(join(tmpdir(), 'sojourn-quick-'))

beforeAll(() => {
  process.env['SESSION_SECRET'] = 'only for this test, and long enough'
})

afterAll(async () => {
  for (const server of servers) await new Promise((resolve) => server.close(resolve))
  process.chdir(home)
  rmSync(folder, { recursive: true, force: true })
})

test('the Express example keeps a cart from before the sign-in until the sign-out', async () => {
  process.chdir(folder)
  process.env['PORT'] = '0'
  const { server, sessions } = await import('./express.ts')
  servers.push(server)
  const browser = new Browser(server)
  expect(await browser.text('GET', '/')).toBe('Visit number 1')
  expect(await browser.text('POST', '/cart/tea')).toBe('Visit number 2')
  expect(await browser.text('POST', '/cart/tea', 'cross-site')).toBe('This request was not sent from this site.')
  expect(await browser.text('POST', '/login')).toBe('Visit number 3')
  expect(browser.cookieNames).toEqual(['__Host-session'])
  expect(await sessions.of('user-42').list()).toHaveLength(1)
  expect(await browser.text('POST', '/logout')).toBe('Visit number 1')
  expect(await sessions.of('user-42').list()).toEqual([])
  await sessions.close()
})

test('the node:http example counts', async () => {
  const { server } = await import('./node.ts')
  const browser = await browse(server.listeners('request')[0] as RequestListener)
  expect(await browser.text('GET', '/')).toBe('Visit number 1')
  expect(await browser.text('GET', '/')).toBe('Visit number 2')
})

test('the Fetch example counts', async () => {
  const { default: app } = await import('./fetch.ts')
  const first = await app.fetch(new Request('http://localhost/'))
  const cookie = first.headers.getSetCookie()[0]!.split(';')[0]!
  const second = await app.fetch(new Request('http://localhost/', { headers: { cookie } }))
  expect(await second.text()).toBe('Visit number 2')
  expect(second.headers.getSetCookie()).toEqual([])
})

test('the list of devices marks this one and ends the others', async () => {
  const { createSessions } = await import('sojourn')
  const { devices } = await import('./devices.ts')
  const sessions = createSessions({ development: true })
  const [phone, laptop] = [sessions.open({ headers: { 'user-agent': 'Phone' } }), sessions.open({ headers: { 'user-agent': 'Laptop' } })]
  for (const session of [phone, laptop]) {
    await session.login('user-42')
    await session.commit()
  }
  const lines = await devices(sessions, phone)
  expect(lines.filter((line) => line.startsWith('Phone') && line.endsWith('(this one)'))).toHaveLength(1)
  expect(lines.filter((line) => line.startsWith('Laptop') && !line.endsWith('(this one)'))).toHaveLength(1)
  expect((await sessions.of('user-42').list()).map((one) => one.userAgent)).toEqual(['Phone'])
})
