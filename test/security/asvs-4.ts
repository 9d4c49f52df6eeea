import { expect } from 'vitest'
import type { Guard } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { sealedStore } from '../../src/stores/sealed.ts'
import { headerTransport } from '../../src/transports/header.ts'
import { urlTransport } from '../../src/transports/url.ts'
import { application, code } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import { identity } from '../_support/users.ts'
import type { Identity, Person } from '../_support/users.ts'
import { principalOf, signedIn } from './requirement.ts'
import type { Browser, Requirement, Source } from './requirement.ts'

async function ofAlice(): Promise<Identity & { readonly alice: Person; readonly browser: Browser }> {
  const app = identity()
  const alice = await app.add('alice', 'her password')
  const browser = client(app.sessions)
  await browser.run((session) => app.auth.loginWithoutPassword(session, alice))
  return { ...app, alice, browser }
}

function cookieAttribute(id: string, text: string, why: string, attribute: RegExp): Requirement {
  return {
    id,
    text,
    verdict: 'held',
    why,
    async test() {
      const { sessions } = application()
      const { setCookies } = await client(sessions).run((session) => session.login('alice'))
      expect(setCookies).toEqual([expect.stringMatching(attribute)])
    },
  }
}

export const asvs4: Source = {
  title: 'ASVS 4.0.3 V3, where 5.0 says less',
  file: 'asvs-4.ts',
  requirements: [
    {
      id: '3.2.2',
      text: 'At least 64 bits of entropy.',
      verdict: 'held',
      why: '128 bits of secret, beside 128 of id.',
      async test() {
        const { token } = await signedIn()
        expect(Buffer.from(token, 'base64url')).toHaveLength(1 + 1 + 16 + 4 + 16 + 10)
      },
    },
    {
      id: '3.2.3',
      text: 'Tokens are kept in the browser by safe means only.',
      verdict: 'held',
      why: 'A cookie that scripts cannot read. With `headerTransport` the client keeps it, and that is yours.',
      async test() {
        const { sessions } = application()
        const { setCookies } = await client(sessions).run((session) => session.set('key', 1))
        expect(setCookies).toEqual([expect.stringMatching(/; HttpOnly; Secure;/)])
      },
    },
    {
      id: '3.3.1',
      text: 'After logout neither the back button nor a later party resumes the session.',
      verdict: 'by configuration',
      why: 'The server ends it for good. What the browser shows again from its cache goes with `logout({ clearSiteData: true })`.',
      async test() {
        const { alice } = await signedIn()
        const before = alice.copy()
        const { response } = await alice.run((session) => session.logout({ clearSiteData: true }))
        expect(response.headers.get('clear-site-data')).toContain('"cache"')
        expect(await principalOf(before)).toBe(null)
      },
    },
    {
      id: '3.3.2',
      text: 'Users authenticate again after 30 days (L1), 12 hours or 30 minutes of inactivity (L2), 12 hours or 15 minutes (L3).',
      verdict: 'by configuration',
      why: 'The defaults hold level 1; `absoluteTimeout` and `idleTimeout` the others.',
      async test() {
        const levels = [{}, { absoluteTimeout: '12h', idleTimeout: '30m' }, { absoluteTimeout: '12h', idleTimeout: '15m' }] as const
        for (const [i, options] of levels.entries()) {
          const { alice, clock } = await signedIn(options)
          const session = await alice.open().load()
          expect(session.absoluteExpiresAt! - clock.now()).toBe([720, 12, 12][i]! * 3_600_000)
          expect(session.expiresAt! - clock.now()).toBe([30, 30, 15][i]! * 60_000)
        }
      },
    },
    cookieAttribute('3.4.1', 'Secure.', 'Always.', /; Secure(;|$)/),
    cookieAttribute('3.4.2', 'HttpOnly.', 'Always.', /; HttpOnly(;|$)/),
    cookieAttribute('3.4.3', 'SameSite.', '`Lax` unless you say otherwise.', /; SameSite=Lax(;|$)/),
    cookieAttribute('3.4.4', '`__Host-` prefix.', 'Unless you share the cookie or narrow its path.', /^__Host-/),
    {
      id: '3.4.5',
      text: 'Where applications share a host name, the path is as narrow as can be.',
      verdict: 'by configuration',
      why: '`cookie.path`, which gives up `__Host-` for `__Secure-`; and a `name` of its own for each application.',
      async test() {
        const { sessions } = application({ cookie: { path: '/shop' }, name: 'shop' })
        const { setCookies } = await client(sessions).run((session) => session.login('alice'))
        expect(setCookies).toEqual([expect.stringMatching(/^__Secure-shop=.*; Path=\/shop;/)])
      },
    },
    {
      id: '3.5.3',
      text: 'Stateless tokens resist tampering, replay and null ciphers.',
      verdict: 'by configuration',
      why: '`sealedStore({ revocations })`: a copy of an ended session is refused within `recheck`. Without it copies are good until their deadline, and its page says so.',
      async test() {
        const { sessions, clock } = application({ store: sealedStore({ revocations: memoryStore(), recheck: '30s' }) })
        const alice = client(sessions)
        await alice.run((session) => session.login('alice'))
        const copy = alice.copy()
        await alice.run((session) => session.logout())
        clock.advance('31s')
        expect(await principalOf(copy)).toBe(null)
      },
    },
    {
      id: '3.1.1',
      text: 'The application never reveals session tokens in addresses.',
      verdict: 'by configuration',
      why: 'The default, cookies: nothing writes a token anywhere else.',
      async test() {
        const { sessions } = application()
        const { result, response } = await client(sessions).run(async (session) => {
          await session.login('alice')
          await session.commit()
          return [() => session.url('/'), () => session.field()]
        })
        for (const write of result) expect(write).toThrow(code('ERR_SESSION_TRANSPORT'))
        expect(response.headers.get('location')).toBe(null)
      },
    },
    {
      id: '3.1.1, `urlTransport`',
      text: 'The application never reveals session tokens in addresses.',
      verdict: 'not held',
      why: 'As 14.2.1 of 5.0. It is off unless you choose it.',
      async test() {
        const { sessions } = application({ transport: urlTransport() })
        const session = sessions.open({ headers: {} })
        session.set('cart', 1)
        await session.commit()
        expect(session.url('/')).toMatch(/\?session=[\w-]{84}$/)
      },
    },
    {
      id: '3.2.1',
      text: 'A new token when somebody authenticates.',
      verdict: 'held',
      why: 'As 7.2.4 of 5.0; with `sojourn/auth` as well.',
      async test() {
        const { auth, browser } = await ofAlice()
        const before = new Map(browser.jar)
        await browser.run((session) => auth.reauthenticate(session, 'her password'))
        expect(browser.jar).not.toEqual(before)
      },
    },
    {
      id: '3.2.3, `headerTransport`',
      text: 'Tokens are kept in the browser by safe means only.',
      verdict: 'not held',
      why: 'Whoever calls reads the token and keeps it. It is for programs; browsers should use the cookie.',
      async test() {
        const { sessions } = application({ transport: headerTransport() })
        const { response } = await client(sessions).run((session) => session.login('alice'))
        expect(response.headers.get('session-token')).toMatch(/^[\w-]{64}$/)
        expect(response.headers.get('cache-control')).toContain('no-store')
      },
    },
    {
      id: '3.3.3',
      text: 'After a change of the password all other sessions can be ended.',
      verdict: 'by configuration',
      why: '`auth.changePassword`, or `revokeAll({ except: session })`.',
      async test() {
        const { auth, browser, alice, sessions } = await ofAlice()
        const phone = client(sessions)
        await phone.run((session) => auth.loginWithoutPassword(session, alice))
        await browser.run((session) => auth.changePassword(alice, 'a new password', { except: session }))
        expect(await Promise.all([browser, phone].map(async (one) => (await auth.user(one.open()))?.email))).toEqual(['alice', undefined])
      },
    },
    {
      id: '3.3.4',
      text: 'Users can see their sessions and devices, and sign any of them out.',
      verdict: 'by configuration',
      why: '`sessions.of(principal).list()` and `.revoke(id)`, for a page of yours.',
      async test() {
        const { alice, sessions } = await signedIn()
        const phone = client(sessions)
        await phone.run((session) => session.login('alice'), { headers: { 'user-agent': 'a phone' } })
        const list = await sessions.of('alice').list()
        expect(list).toHaveLength(2)
        expect(await sessions.of('alice').revoke((await phone.open().load()).id!)).toBe(true)
        expect([await principalOf(alice), await principalOf(phone)]).toEqual(['alice', null])
      },
    },
    {
      id: '3.7.1',
      text: 'A full, valid sign-in, or signing in again, comes before anything sensitive.',
      verdict: 'by configuration',
      why: 'The guards `requireLogin` and `requireFresh`.',
      async test() {
        const { auth, browser, clock, sessions } = await ofAlice()
        const ask = async (guard: Guard, cookie?: string): Promise<number | undefined> => {
          const request = { method: 'POST', url: '/account', headers: cookie === undefined ? {} : { cookie } }
          return (await guard(request, sessions.open(request)))?.status
        }
        const cookie = [...browser.jar].map((pair) => pair.join('=')).join('; ')
        expect(await ask(auth.requireLogin())).toBe(401)
        expect(await ask(auth.requireFresh('5m'), cookie)).toBe(undefined)
        clock.advance('6m')
        expect(await ask(auth.requireLogin(), cookie)).toBe(undefined)
        expect(await ask(auth.requireFresh('5m'), cookie)).toBe(401)
      },
    },
  ],
}
