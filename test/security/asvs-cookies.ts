import { expect, vi } from 'vitest'
import { csrf } from '../../src/auth/index.ts'
import type { RequestLike, Session, SessionsOptions } from '../../src/index.ts'
import { formTransport } from '../../src/transports/form.ts'
import { urlTransport } from '../../src/transports/url.ts'
import { application, code } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import { signedIn } from './requirement.ts'
import type { Requirement, Source } from './requirement.ts'

async function loginCookie(options: SessionsOptions & { readonly schema?: never } = {}): Promise<string> {
  const { setCookies } = await client(application(options).sessions).run((session) => session.login('alice'))
  expect(setCookies).toHaveLength(1)
  return setCookies[0]!
}

/** What the guard answers a POST with these headers; `undefined`: it passes. */
async function posted(headers: Record<string, string>, method = 'POST'): Promise<number | undefined> {
  const { sessions, alice } = await signedIn()
  const cookie = [...alice.jar].map((pair) => pair.join('=')).join('; ')
  const request = { method, url: 'https://shop.test/', headers: { host: 'shop.test', cookie, ...headers } }
  return (await csrf(sessions)(request, sessions.open(request)))?.status
}

const cookies: readonly Requirement[] = [
  {
    id: '3.3.1',
    text: 'Cookies are Secure, with the `__Secure-` prefix unless it is `__Host-`.',
    verdict: 'held',
    why: 'Always, whatever the request looks like; only an explicit `development: true` drops it.',
    async test() {
      expect(await loginCookie()).toMatch(/^__Host-session=.*; Secure(;|$)/)
      expect(await loginCookie({ cookie: { path: '/shop' } })).toMatch(/^__Secure-session=.*; Secure(;|$)/)
      expect(await loginCookie({ cookie: { domain: 'shop.test' } })).toMatch(/^__Secure-session=.*; Secure(;|$)/)
    },
  },
  {
    id: '3.3.2',
    text: 'SameSite is set according to the purpose.',
    verdict: 'held',
    why: '`Lax` by default, `Strict` or `None` by `cookie.sameSite`; never left out.',
    async test() {
      expect(await loginCookie()).toMatch(/; SameSite=Lax(;|$)/)
      expect(await loginCookie({ cookie: { sameSite: 'strict' } })).toMatch(/; SameSite=Strict(;|$)/)
    },
  },
  {
    id: '3.3.3',
    text: 'Cookies have the `__Host-` prefix unless they are meant to be shared.',
    verdict: 'held',
    why: 'The default: `Path=/`, no `Domain`.',
    async test() {
      const cookie = await loginCookie()
      expect(cookie).toMatch(/^__Host-.*; Path=\/;/)
      expect(cookie).not.toMatch(/domain=/i)
    },
  },
  {
    id: '3.3.4',
    text: 'Session cookies are HttpOnly, and their value reaches the client in Set-Cookie only.',
    verdict: 'held',
    why: 'No option turns HttpOnly off, and nothing the handle gives holds the token.',
    async test() {
      const { alice, token } = await signedIn()
      const { result, response, setCookies } = await alice.run(async (session: Session) => {
        await session.login('alice')
        await session.commit()
        return JSON.stringify([session.data, session.id, await session.csrf.token(), session])
      })
      expect(setCookies[0]).toContain('; HttpOnly')
      for (const secret of [token, ...alice.jar.values()]) {
        expect(result).not.toContain(secret)
        for (const [name, value] of response.headers) if (name !== 'set-cookie') expect(value).not.toContain(secret)
      }
    },
  },
  {
    id: '3.3.5',
    text: 'Name and value of a cookie are not larger than 4,096 bytes together.',
    verdict: 'held',
    why: 'A token has 64 characters. Sealed sessions are split, and refused before they are sent when they are too large.',
    async test() {
      const cookie = await loginCookie({ name: 'a'.repeat(64) })
      expect(cookie.split(';')[0]!.length).toBeLessThan(200)
      const { cookieTransport } = await import('../../src/transports/cookie.ts')
      const transport = cookieTransport()({ name: 'session', development: false })
      const room = 4_096 - '__Host-session'.length
      expect(() => transport.send('signed-in', 'x'.repeat(room), 1_000)).not.toThrow()
      expect(() => transport.send('signed-in', 'x'.repeat(room + 1), 1_000)).toThrow(code('ERR_SESSION_COOKIE_SIZE'))
    },
  },
  {
    id: '3.4.5',
    text: 'Referrer-Policy keeps what is sensitive in addresses from other sites.',
    verdict: 'by configuration',
    why: 'A cookie needs none. With `urlTransport`, responses that touch the session say `no-referrer`; all others are yours.',
    async test() {
      const { sessions } = application({ transport: urlTransport() })
      const { response } = await client(sessions).run((session) => session.load())
      expect(response.headers.get('referrer-policy')).toBe('no-referrer')
    },
  },
  {
    id: '3.5.1',
    text: 'Requests that another site makes the browser send are refused.',
    verdict: 'by configuration',
    why: 'The guard `csrf` of `sojourn/auth`, by Fetch Metadata and Origin, and by a token where neither is sent.',
    async test() {
      expect(await posted({ 'sec-fetch-site': 'same-origin' })).toBe(undefined)
      expect(await posted({ 'sec-fetch-site': 'cross-site' })).toBe(403)
      expect(await posted({ origin: 'https://evil.test' })).toBe(403)
      expect(await posted({}), 'with neither it fails closed').toBe(403)
    },
  },
  {
    id: '3.5.2',
    text: 'A request that needs no preflight is not trusted for having had none.',
    verdict: 'by configuration',
    why: 'The guard `csrf` decides without looking at the Content-Type.',
    async test() {
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/json']) {
        expect(await posted({ 'content-type': type, 'sec-fetch-site': 'cross-site' })).toBe(403)
        expect(await posted({ 'content-type': type })).toBe(403)
      }
    },
  },
  {
    id: '3.5.3',
    text: 'What changes something uses unsafe methods, or strict Fetch Metadata.',
    verdict: 'by configuration',
    why: 'The guard `csrf` takes every method for unsafe that is not GET, HEAD, OPTIONS or TRACE. That those change nothing is yours.',
    async test() {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'get']) {
        expect(await posted({ 'sec-fetch-site': 'cross-site' }, method)).toBe(403)
      }
    },
  },
]

const dataProtection: readonly Requirement[] = [
  {
    id: '14.2.1',
    text: 'No session token in an address or a query.',
    verdict: 'by configuration',
    why: 'Held by the default, cookies. `urlTransport` breaks it, on purpose and only if you choose it.',
    async test() {
      const { sessions } = await signedIn()
      const browser = client(sessions)
      await browser.run(async (session) => {
        await session.login('alice')
        await session.commit()
        expect(() => session.url('/checkout')).toThrow(code('ERR_SESSION_TRANSPORT'))
      })
      const [token] = browser.jar.values()
      for (const name of ['session', '__Host-session', 'token', 'sid']) {
        const request = { method: 'GET', url: `/?${name}=${token}`, headers: {} }
        expect((await sessions.open(request).load()).principal).toBe(null)
      }
    },
  },
  {
    id: '14.3.1',
    text: 'Client data is cleared when the session ends.',
    verdict: 'by configuration',
    why: 'The cookie is always taken away; `logout({ clearSiteData: true })` also asks the browser to forget caches and storage.',
    async test() {
      const { alice } = await signedIn()
      const { response, setCookies } = await alice.run((session) => session.logout({ clearSiteData: true }))
      expect(setCookies).toEqual([expect.stringMatching(/^__Host-session=; Max-Age=0; /)])
      expect(response.headers.get('clear-site-data')).toBe('"cache", "storage"')
      expect(alice.jar.size).toBe(0)
    },
  },
  {
    id: '14.3.2',
    text: 'What is sensitive is not cached.',
    verdict: 'held',
    why: 'A response that used the session is `private` and varies by it; one that hands out a token is `no-store`, also if the application said `public`.',
    async test() {
      const { sessions, alice } = await signedIn()
      const read = await alice.run((session) => session.load())
      expect([read.response.headers.get('cache-control'), read.response.headers.get('vary')]).toEqual(['private', 'Cookie'])
      const response = await sessions.handle(new Request('http://shop.test/'), async (session) => {
        await session.login('bob')
        return new Response('ok', { headers: { 'Cache-Control': 'public, max-age=60' } })
      })
      expect(response.headers.get('cache-control')).toMatch(/no-store/)
      expect(response.headers.get('cache-control')).not.toMatch(/public|max-age/)
    },
  },
  {
    id: '14.2.1, `urlTransport`',
    text: 'No session token in an address or a query.',
    verdict: 'not held',
    why: 'It is what that transport does. Its tokens are good for 30 minutes, in addresses only, and for one path or once if asked; responses say `no-store` and `no-referrer`; a login ends them.',
    async test() {
      const { sessions } = application({ transport: urlTransport() })
      const session = sessions.open({ headers: {} })
      await session.login('alice')
      await session.commit()
      const url = session.url('/account')
      expect(url).toMatch(/^\/account\?session=[\w-]{84}$/)
      const response = await sessions.handle(new Request(`https://shop.test${url}`), async (opened) => {
        return new Response((await opened.load()).principal)
      })
      expect(await response.text()).toBe('alice')
      expect(response.headers.get('cache-control')).toContain('no-store')
      expect(response.headers.get('referrer-policy')).toBe('no-referrer')
    },
  },
  {
    id: '14.2.1, `formTransport`',
    text: 'No session token in an address or a query.',
    verdict: 'by configuration',
    why: 'Its tokens are read from bodies of POST requests only, and no helper writes one into an address.',
    async test() {
      const { sessions } = application({ transport: formTransport() })
      const session = sessions.open({ headers: {} })
      await session.login('alice')
      await session.commit()
      expect(() => session.url('/account')).toThrow(code('ERR_SESSION_TRANSPORT'))
      const [, token] = /value="([\w-]{84})"/.exec(session.field())!
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const principalOfRequest = async (request: RequestLike): Promise<string | null> => (await sessions.open(request).load()).principal
      expect(await principalOfRequest({ method: 'GET', url: `/?session=${token}`, headers })).toBe(null)
      expect(await principalOfRequest({ method: 'POST', url: `/?session=${token}`, headers, body: {} })).toBe(null)
      expect(await principalOfRequest({ method: 'POST', url: '/', headers, body: { session: token } })).toBe('alice')
    },
  },
  {
    id: '3.3.1, `development: true`',
    text: 'Cookies are Secure, with a prefix.',
    verdict: 'not held',
    why: 'For plain HTTP on your own machine. Nothing else turns it on: not `NODE_ENV`, not a request.',
    async test() {
      expect(await loginCookie({ development: true })).toMatch(/^session=(?!.*Secure).*; HttpOnly/)
      vi.stubEnv('NODE_ENV', 'development')
      try {
        expect(await loginCookie()).toMatch(/^__Host-session=.*; Secure(;|$)/)
      } finally {
        vi.unstubAllEnvs()
      }
    },
  },
]

export const asvsCookies: Source = {
  title: 'ASVS 5.0 V3 and V14: cookies, origins, data at the client',
  file: 'asvs-cookies.ts',
  requirements: [...cookies, ...dataProtection],
}
