import { expect } from 'vitest'
import { csrf } from '../../src/auth/index.ts'
import { application, settled } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import { principalOf, signedIn } from './requirement.ts'
import type { Source } from './requirement.ts'

async function loginCookie(): Promise<string> {
  return (await client(application().sessions).run((session) => session.login('alice'))).setCookies[0]!
}

export const nist: Source = {
  title: 'NIST SP 800-63B-4 (draft text), section 5',
  file: 'nist.ts',
  requirements: [
    {
      id: '5.1 secret',
      text: 'The session secret has at least 64 bits, from an approved generator, made by the host when somebody authenticates.',
      verdict: 'held',
      why: '128 bits, made at the login; nothing the client sends becomes part of it.',
      async test() {
        const { alice, token } = await signedIn()
        const before = Buffer.from(token, 'base64url').subarray(22, 38)
        await alice.run((session) => session.login('alice'))
        const after = Buffer.from([...alice.jar.values()][0]!, 'base64url').subarray(22, 38)
        expect(before).toHaveLength(16)
        expect(after.equals(before)).toBe(false)
      },
    },
    {
      id: '5.1 logout',
      text: 'The secret is erased or worth nothing after logout.',
      verdict: 'held',
      why: 'The record is deleted and the cookie taken away.',
      async test() {
        const { alice } = await signedIn()
        const copy = alice.copy()
        await alice.run((session) => session.logout())
        expect(alice.jar.size).toBe(0)
        expect(await principalOf(copy)).toBe(null)
      },
    },
    {
      id: '5.1 HTTPS',
      text: 'Sent over HTTPS only, and never falls back to HTTP.',
      verdict: 'held',
      why: '`Secure` and `__Host-` whatever the request looks like: browsers refuse such a cookie over plain HTTP.',
      async test() {
        const { sessions } = application()
        for (const url of ['http://localhost/', 'http://shop.test/', 'https://shop.test/']) {
          const request = new Request(url, { headers: { 'x-forwarded-proto': 'http' } })
          const response = await sessions.handle(request, async (session) => (await session.login('alice'), new Response('ok')))
          expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(/^__Host-.*; Secure(;|$)/)])
        }
      },
    },
    {
      id: '5.1 storage',
      text: 'Not in localStorage or its like.',
      verdict: 'held',
      why: 'Scripts never see the token.',
      async test() {
        expect(await loginCookie()).toContain('; HttpOnly')
      },
    },
    {
      id: '5.1 CSRF',
      text: 'POST and PUT carry a verified session identifier against CSRF.',
      verdict: 'by configuration',
      why: 'The guard `csrf` with `requireToken: true`; by default it asks the browser where a request comes from, and for a token where that is not known.',
      async test() {
        const { sessions, alice } = await signedIn()
        const { result: token } = await alice.run((session) => session.csrf.token())
        const cookie = [...alice.jar].map((pair) => pair.join('=')).join('; ')
        const guard = csrf(sessions, { requireToken: true })
        const send = async (headers: Record<string, string>): Promise<number | undefined> => {
          const request = { method: 'POST', url: '/', headers: { host: 'shop.test', cookie, 'sec-fetch-site': 'same-origin', ...headers } }
          return (await guard(request, sessions.open(request)))?.status
        }
        expect(await send({})).toBe(403)
        expect(await send({ 'x-csrf-token': token })).toBe(undefined)
      },
    },
    {
      id: '5.1.1 cookie',
      text: 'Cookies are Secure, with minimal host and path, HttpOnly, `__Host-` with Path=/, SameSite Lax or Strict.',
      verdict: 'held',
      why: 'All of it by default.',
      async test() {
        expect(await loginCookie()).toMatch(/^__Host-session=[\w-]{64}; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
      },
    },
    {
      id: '5.1.1 opaque',
      text: 'The cookie is opaque and holds no personal data in the clear.',
      verdict: 'held',
      why: 'Random bits and a MAC; a sealed session is encrypted.',
      async test() {
        const { sessions } = application()
        const browser = client(sessions)
        await browser.run((session) => session.login('alice@example.org'))
        const bytes = Buffer.from([...browser.jar.values()].join(''), 'base64url').toString('latin1')
        expect([...browser.jar.values()].join('') + bytes).not.toMatch(/alice|example/)
      },
    },
    {
      id: '5.1.1 expiry',
      text: 'The cookie’s expiry is not what ends the session.',
      verdict: 'held',
      why: 'The server judges both deadlines; a cookie kept longer is worth nothing.',
      async test() {
        const { alice, clock } = await signedIn({ idleTimeout: '30m' })
        clock.advance('31m')
        expect(alice.jar.size, 'the browser would still send it').toBe(1)
        expect(await principalOf(alice)).toBe(null)
      },
    },
    {
      id: '5.2 activity',
      text: 'Activity resets the inactivity timeout, authenticating again resets both.',
      verdict: 'held',
      why: 'A touch moves the idle deadline only; `login` begins both anew.',
      async test() {
        const { alice, clock } = await signedIn({ idleTimeout: '30m', absoluteTimeout: '1h' })
        const deadlines = async (): Promise<(number | undefined)[]> => {
          const session = await alice.open().load()
          return [session.expiresAt, session.absoluteExpiresAt].map((at) => at && (at - clock.now()) / 60_000)
        }
        clock.advance('20m')
        await alice.run((session) => session.load())
        await settled()
        expect(await deadlines()).toEqual([30, 40])
        clock.advance('20m')
        await alice.run((session) => session.login('alice'))
        expect(await deadlines()).toEqual([30, 60])
      },
    },
    {
      id: '5.2 limits',
      text: 'Overall and inactivity limits: AAL1 30 days, AAL2 24 hours and 1 hour, AAL3 12 hours and 15 minutes.',
      verdict: 'by configuration',
      why: 'The defaults hold AAL1, and the inactivity of AAL2.',
      async test() {
        const { alice, clock } = await signedIn({ absoluteTimeout: '12h', idleTimeout: '15m' })
        clock.advance(15 * 60_000)
        expect(await principalOf(alice)).toBe(null)
        const byDefault = await signedIn()
        const session = await byDefault.alice.open().load()
        expect(session.absoluteExpiresAt! - byDefault.clock.now()).toBeLessThanOrEqual(30 * 86_400_000)
      },
    },
  ],
}
