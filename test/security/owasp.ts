import { expect } from 'vitest'
import { csrf } from '../../src/auth/index.ts'
import type { RequestLike } from '../../src/index.ts'
import { headerTransport } from '../../src/transports/header.ts'
import { application } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import { holding, principalOf, signedIn, SIGNED_IN } from './requirement.ts'
import type { Requirement, Source } from './requirement.ts'

const sessionSheet: readonly Requirement[] = [
  {
    id: 'session name',
    text: 'The name of the cookie tells nothing of the technology.',
    verdict: 'held',
    why: '`session`, or your `name`.',
    async test() {
      const { alice } = await signedIn()
      expect([...alice.jar.keys()]).toEqual(['__Host-session'])
    },
  },
  {
    id: 'session value',
    text: 'At least 128 bits, and meaningless.',
    verdict: 'held',
    why: 'Random but for the kind of transport, the key, the generation and the tag; meaning lies in the store.',
    async test() {
      const [one, other] = [await signedIn(), await signedIn()]
      const [a, b] = [one, other].map(({ token }) => Buffer.from(token, 'base64url'))
      expect(a!.subarray(2, 18).equals(b!.subarray(2, 18))).toBe(false)
      expect(a!.subarray(22, 38).equals(b!.subarray(22, 38))).toBe(false)
    },
  },
  {
    id: 'strict',
    text: 'Ids that the server did not make are never adopted.',
    verdict: 'held',
    why: 'A session is created under a new id only, whatever the client sent.',
    async test() {
      const app = await signedIn()
      await app.alice.run((session) => session.logout())
      for (const token of ['chosen', 'A'.repeat(64), app.token]) {
        const browser = holding(app, token)
        await browser.run((session) => session.login('mallory'))
        expect(browser.jar.get(SIGNED_IN)).not.toBe(token)
        expect(Buffer.from(browser.jar.get(SIGNED_IN)!, 'base64url').subarray(2, 18)).not.toEqual(
          Buffer.from(token, 'base64url').subarray(2, 18),
        )
      }
    },
  },
  {
    id: 'untrusted',
    text: 'The id is untrusted input.',
    verdict: 'held',
    why: 'What is not a genuine token never reaches the store and is never an error.',
    async test() {
      const app = application()
      for (const text of ["' OR 1=1 --", '../../etc/passwd', '${jndi:x}', '\u0000', '%00', '*', 'A'.repeat(64), 'x'.repeat(10_000)]) {
        const session = app.sessions.open({ headers: { cookie: `${SIGNED_IN}=${text}` } })
        expect((await session.load()).isNew).toBe(true)
      }
      expect(app.store.count()).toBe(0)
    },
  },
  {
    id: 'one mechanism',
    text: 'Only the configured way of exchanging ids is accepted.',
    verdict: 'held',
    why: 'A transport reads one place; a token names its transport and is refused from another.',
    async test() {
      const { sessions, token, store, clock } = await signedIn()
      const forms = { method: 'POST', url: `/?session=${token}`, body: { session: token } }
      const asHeader = { ...forms, headers: { authorization: `Bearer ${token}`, 'session-token': token } }
      expect((await sessions.open(asHeader).load()).principal).toBe(null)
      const api = application({ store, clock, transport: headerTransport() }).sessions
      expect((await api.open(asHeader).load()).principal).toBe(null)
    },
  },
  {
    id: 'privilege',
    text: 'The id is renewed at any change of privilege.',
    verdict: 'by configuration',
    why: '`login` does it; at other changes call `session.rotate()`.',
    async test() {
      const { alice } = await signedIn()
      const before = alice.copy()
      await alice.run((session) => session.rotate())
      expect([await principalOf(alice), await principalOf(before)]).toEqual(['alice', null])
    },
  },
  {
    id: 'renewal timeout',
    text: 'The id is renewed from time to time, and the old one dies.',
    verdict: 'by configuration',
    why: '`rotateEvery`; who still uses the old one after its grace ends the session and raises the alarm.',
    async test() {
      const { alice, sessions, clock } = await signedIn({ rotateEvery: '10m', idleTimeout: '1d' })
      const alarms: unknown[] = []
      sessions.on('reuse', (event) => void alarms.push(event))
      const thief = alice.copy()
      clock.advance('11m')
      await alice.run((session) => session.load())
      await alice.run((session) => session.load())
      clock.advance('3m')
      expect(await principalOf(thief)).toBe(null)
      expect(alarms).toHaveLength(1)
    },
  },
  {
    id: 'logging',
    text: 'The life of a session is logged, with a hash of the id and not with the secret.',
    verdict: 'by configuration',
    why: 'Events for all of it, which you log; the id they carry proves nothing.',
    async test() {
      const { sessions } = application()
      const log: string[] = []
      for (const name of ['created', 'login', 'rotated', 'logout'] as const)
        sessions.on(name, (event) => void log.push(name + JSON.stringify(event)))
      const browser = client(sessions)
      const tokens: string[] = []
      const acts = ['set', 'login', 'rotate', 'logout'] as const
      for (const act of acts) {
        await browser.run(async (session) => {
          if (act === 'set') session.set('key', 1)
          else if (act === 'login') await session.login('alice')
          else await session[act]()
        })
        tokens.push(...browser.jar.values())
      }
      expect(log).toHaveLength(4)
      for (const token of tokens) expect(log.join()).not.toContain(token)
      const session = sessions.open({ headers: { cookie: `${SIGNED_IN}=${JSON.parse(log[0]!.slice(7)).id}` } })
      expect((await session.load()).isNew, 'the id is no token').toBe(true)
    },
  },
  {
    id: 'timeouts',
    text: 'Idle and absolute timeouts, enforced by the server.',
    verdict: 'held',
    why: 'Both have defaults, neither can be turned off; `remember: true` leaves out the idle one for a session whose user asked for it.',
    async test() {
      const { alice, clock, sessions } = await signedIn()
      const remembered = client(sessions)
      await remembered.run((session) => session.login('alice', { remember: true }))
      clock.advance('31m')
      expect([await principalOf(alice), await principalOf(remembered)]).toEqual([null, 'alice'])
      clock.advance('30d')
      expect(await principalOf(remembered)).toBe(null)
    },
  },
  {
    id: 'caching',
    text: 'Responses that hold an id are not cached.',
    verdict: 'held',
    why: '`no-store` with every token.',
    async test() {
      const { alice } = await signedIn()
      for (const act of ['login', 'rotate', 'logout'] as const) {
        const { response, setCookies } = await alice.run((session) => (act === 'login' ? session.login('alice') : session[act]()))
        expect(setCookies).toHaveLength(1)
        expect(response.headers.get('cache-control')).toBe('no-store')
      }
    },
  },
  {
    id: 'Clear-Site-Data',
    text: 'A logout clears what the browser keeps of the site.',
    verdict: 'by configuration',
    why: '`logout({ clearSiteData: true })`; cookies of others on the host are left to them.',
    async test() {
      const { alice } = await signedIn()
      const { response } = await alice.run((session) => session.logout({ clearSiteData: true }))
      expect(response.headers.get('clear-site-data')).toBe('"cache", "storage"')
    },
  },
]

const csrfSheet: readonly Requirement[] = [
  {
    id: 'CSRF token',
    text: 'A CSRF token is random, keyed and bound to its session; one from before the login is worth nothing.',
    verdict: 'held',
    why: 'An HMAC over id, login and a random value, compared in constant time.',
    async test() {
      const { sessions } = application()
      const [alice, mallory] = [client(sessions), client(sessions)]
      for (const browser of [alice, mallory]) await browser.run((session) => session.set('cart', 'full'))
      const { result: before } = await alice.run((session) => session.csrf.token())
      expect(await alice.open().csrf.verify(before)).toBe(true)
      expect(await mallory.open().csrf.verify(before)).toBe(false)
      await alice.run((session) => session.login('alice'))
      expect(await alice.open().csrf.verify(before)).toBe(false)
      const tokens = await Promise.all(Array.from({ length: 10 }, () => alice.open().csrf.token()))
      expect(new Set(tokens).size).toBe(10)
    },
  },
  {
    id: 'Fetch Metadata',
    text: 'Unsafe requests of other sites are refused, siblings are not trusted, unknown values are ignored, and nothing known fails closed.',
    verdict: 'by configuration',
    why: 'The guard `csrf`.',
    async test() {
      const { sessions } = application()
      const send = async (headers: Record<string, string>): Promise<number | undefined> => {
        const request = { method: 'POST', url: '/', headers: { host: 'shop.test', ...headers } }
        return (await csrf(sessions)(request, sessions.open(request)))?.status
      }
      const site = (value: string): Promise<number | undefined> => send({ 'sec-fetch-site': value })
      expect(await Promise.all(['same-origin', 'same-site', 'cross-site', 'of-the-future'].map(site))).toEqual([undefined, 403, 403, 403])
      expect(await send({ origin: 'null' })).toBe(403)
    },
  },
  {
    id: 'where tokens are read',
    text: 'A CSRF token is read from a header or a field, never from a cookie or an address.',
    verdict: 'held',
    why: 'The header `x-csrf-token` and the field `csrf_token`; no cookie of it is ever set.',
    async test() {
      const { alice, sessions } = await signedIn()
      const { result: token, setCookies } = await alice.run((session) => session.csrf.token())
      expect(setCookies).toEqual([])
      const own = `${SIGNED_IN}=${alice.jar.get(SIGNED_IN)}`
      const send = async (headers: Record<string, string>, more: Partial<RequestLike> = {}): Promise<number | undefined> => {
        const request = { method: 'POST', url: '/', headers: { host: 'shop.test', cookie: own, ...headers }, ...more }
        return (await csrf(sessions)(request, sessions.open(request)))?.status
      }
      expect(await send({ 'x-csrf-token': token })).toBe(undefined)
      expect(await send({ 'content-type': 'application/x-www-form-urlencoded' }, { body: { csrf_token: token } })).toBe(undefined)
      expect(await send({ cookie: `${own}; csrf_token=${token}; x-csrf-token=${token}` })).toBe(403)
      expect(await send({}, { url: `/?csrf_token=${token}` })).toBe(403)
    },
  },
  {
    id: 'siblings',
    text: '`same-site` is allowed only if siblings are trusted.',
    verdict: 'by configuration',
    why: 'The guard `csrf`: only those that `trustedOrigins` names.',
    async test() {
      const { sessions } = application()
      const guard = csrf(sessions, { trustedOrigins: ['https://admin.shop.test'] })
      const send = async (origin: string): Promise<number | undefined> => {
        const request = { method: 'POST', url: '/', headers: { host: 'shop.test', 'sec-fetch-site': 'same-site', origin } }
        return (await guard(request, sessions.open(request)))?.status
      }
      expect([await send('https://admin.shop.test'), await send('https://blog.shop.test')]).toEqual([undefined, 403])
    },
  },
  {
    id: 'user navigations',
    text: '`none` is allowed for navigations of the user only.',
    verdict: 'by configuration',
    why: 'The guard `csrf`: with `Sec-Fetch-Mode: navigate`; else `Origin` or a token has to show it.',
    async test() {
      const { sessions } = application()
      const send = async (mode: string): Promise<number | undefined> => {
        const request = { method: 'POST', url: '/', headers: { host: 'shop.test', 'sec-fetch-site': 'none', 'sec-fetch-mode': mode } }
        return (await csrf(sessions)(request, sessions.open(request)))?.status
      }
      expect([await send('navigate'), await send('cors'), await send('no-cors')]).toEqual([undefined, 403, 403])
    },
  },
  {
    id: 'Vary',
    text: 'What was decided by `Sec-Fetch-Site` and `Origin` says so in `Vary`.',
    verdict: 'by configuration',
    why: 'The guard `csrf`; its refusals are `no-store` too.',
    async test() {
      const { sessions } = application()
      const request = { method: 'POST', url: '/', headers: { host: 'shop.test', 'sec-fetch-site': 'cross-site' } }
      const headers = new Headers((await csrf(sessions)(request, sessions.open(request)))!.headers.map(([name, value]) => [name, value]))
      expect([headers.get('vary'), headers.get('cache-control')]).toEqual(['Sec-Fetch-Site, Origin', 'no-store'])
    },
  },
]

export const owasp: Source = {
  title: 'OWASP cheat sheets: sessions, CSRF',
  file: 'owasp.ts',
  requirements: [...sessionSheet, ...csrfSheet],
}
