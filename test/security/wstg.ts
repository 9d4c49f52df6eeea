import { expect } from 'vitest'
import { csrf } from '../../src/auth/index.ts'
import { sealedStore } from '../../src/stores/sealed.ts'
import { application, code } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import { ANONYMOUS, holding, principalOf, signedIn, SIGNED_IN } from './requirement.ts'
import type { Source } from './requirement.ts'

export const wstg: Source = {
  title: 'OWASP Web Security Testing Guide, WSTG-SESS',
  file: 'wstg.ts',
  requirements: [
    {
      id: 'WSTG-SESS-01',
      text: 'The schema: ids cannot be guessed, forged or decoded.',
      verdict: 'held',
      why: 'Random, and under a MAC that is asked before the store.',
      async test() {
        const app = await signedIn()
        app.store.reset()
        const [a, b] = [Buffer.from(app.token, 'base64url'), Buffer.from(app.token, 'base64url')]
        b[37]! ^= 1
        expect(await principalOf(holding(app, b.toString('base64url')))).toBe(null)
        expect(app.store.count(), 'a forgery costs no store call').toBe(0)
        expect(await principalOf(holding(app, a.toString('base64url')))).toBe('alice')
      },
    },
    {
      id: 'WSTG-SESS-02',
      text: 'Cookie attributes.',
      verdict: 'held',
      why: 'All that there are, by default.',
      async test() {
        const { setCookies } = await client(application().sessions).run((session) => session.login('alice'))
        expect(setCookies).toEqual([
          expect.stringMatching(/^__Host-session=[\w-]{64}; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
        ])
      },
    },
    {
      id: 'WSTG-SESS-03',
      text: 'Fixation, with planted cookies too.',
      verdict: 'held',
      why: 'A token from before the login reads nothing; a second cookie for another session makes both be refused.',
      async test() {
        const { sessions } = application()
        const planter = client(sessions)
        await planter.run((session) => session.set('cart', 'of the attacker'))
        const victim = planter.copy()
        await victim.run((session) => session.login('alice'))
        expect(await principalOf(planter)).toBe(null)
        expect(await planter.open().get('cart')).toBe(undefined)
        expect(await principalOf(victim)).toBe('alice')
        const mallory = client(sessions)
        await mallory.run((session) => session.login('mallory'))
        const cookie = [victim, mallory].map(({ jar }) => `${SIGNED_IN}=${jar.get(SIGNED_IN)}`).join('; ')
        expect((await sessions.open({ headers: { cookie } }).load()).principal).toBe(null)
      },
    },
    {
      id: 'WSTG-SESS-04',
      text: 'Exposed ids: in caches, addresses, pages.',
      verdict: 'held',
      why: 'Tokens are in Set-Cookie only, with `no-store`; what was read is `private` and varies by the cookie.',
      async test() {
        const { sessions } = application()
        const browser = client(sessions)
        const { response } = await browser.run((session) => session.login('alice'))
        expect(response.headers.get('cache-control')).toContain('no-store')
        const read = (await browser.run((session) => session.load())).response
        expect([read.headers.get('cache-control'), read.headers.get('vary')]).toEqual(['private', 'Cookie'])
        expect([...read.headers].join()).not.toContain(browser.jar.get(SIGNED_IN))
      },
    },
    {
      id: 'WSTG-SESS-05',
      text: 'CSRF.',
      verdict: 'by configuration',
      why: '`SameSite=Lax` by default, and the guard `csrf`.',
      async test() {
        const { sessions } = application()
        const request = { method: 'POST', url: '/', headers: { host: 'shop.test', origin: 'https://evil.test' } }
        expect((await csrf(sessions)(request, sessions.open(request)))?.status).toBe(403)
      },
    },
    {
      id: 'WSTG-SESS-06',
      text: 'Logout ends the session, also on other devices if asked.',
      verdict: 'held',
      why: '`logout`, and `revokeAll` for all devices.',
      async test() {
        const { alice, sessions } = await signedIn()
        const [copy, phone] = [alice.copy(), client(sessions)]
        await phone.run((session) => session.login('alice'))
        await alice.run((session) => session.logout())
        expect([await principalOf(copy), await principalOf(phone)]).toEqual([null, 'alice'])
        await sessions.of('alice').revokeAll()
        expect(await principalOf(phone)).toBe(null)
      },
    },
    {
      id: 'WSTG-SESS-07',
      text: 'Timeouts are kept by the server.',
      verdict: 'held',
      why: 'Nothing the client holds says when its session ends.',
      async test() {
        const { alice, clock, token, ...app } = await signedIn()
        clock.advance('31m')
        expect(await principalOf(holding(app, token))).toBe(null)
        expect(await principalOf(alice)).toBe(null)
      },
    },
    {
      id: 'WSTG-SESS-08',
      text: 'Puzzling: one flow sets what another takes for a sign-in.',
      verdict: 'held',
      why: 'Principal, time and state of the sign-in lie where `set` cannot reach.',
      async test() {
        const { sessions } = application()
        const browser = client(sessions)
        await browser.run((session) => {
          for (const key of ['principal', 'authTime', 'authGeneration', 'meta', '__proto__']) session.set(key, 'alice')
        })
        expect(await principalOf(browser)).toBe(null)
        expect((await browser.open().load()).authenticatedAt).toBe(undefined)
        await expect(browser.run((session) => session.set('\u0000principal', 'alice'))).rejects.toThrow(code('ERR_SESSION_KEY'))
      },
    },
    {
      id: 'WSTG-SESS-09',
      text: 'Hijacking: a stolen token.',
      verdict: 'by configuration',
      why: 'Without `rotateEvery` a stolen token is as good as its owner’s until the session ends. With it the alarm ends both.',
      async test() {
        const without = await signedIn()
        expect(await principalOf(without.alice.copy())).toBe('alice')
        const { alice, clock } = await signedIn({ rotateEvery: '10m', idleTimeout: '1d' })
        const thief = alice.copy()
        clock.advance('11m')
        await thief.run((session) => session.load())
        await thief.run((session) => session.load())
        clock.advance('3m')
        await alice.run((session) => session.load())
        expect([await principalOf(thief), await principalOf(alice)]).toEqual([null, null])
      },
    },
    {
      id: 'WSTG-SESS-10',
      text: 'JSON Web Tokens.',
      verdict: 'held',
      why: 'There are none. Sealed sessions have one algorithm and are encrypted.',
      async test() {
        const { sessions } = application({ store: sealedStore() })
        const browser = client(sessions)
        await browser.run(async (session) => (session.set('note', 'private'), session.login('alice')))
        for (const value of browser.jar.values()) {
          expect(value).not.toContain('.')
          expect(Buffer.from(value, 'base64url').toString('latin1')).not.toMatch(/private|alice|alg/)
        }
        const jwt = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"alice"}').toString('base64url')}.`
        expect(await principalOf(client(sessions, new Map([[SIGNED_IN, jwt]])))).toBe(null)
      },
    },
    {
      id: 'WSTG-SESS-11',
      text: 'Concurrent sessions.',
      verdict: 'by configuration',
      why: '`maxSessionsPerPrincipal`, and lists of sessions for users.',
      async test() {
        const { sessions } = application({ maxSessionsPerPrincipal: { limit: 1, exceeded: 'refuse' } })
        const [first, second, visitor] = [client(sessions), client(sessions), client(sessions)]
        await first.run((session) => session.login('alice'))
        await expect(second.run((session) => session.login('alice'))).rejects.toThrow(code('ERR_SESSION_TOO_MANY'))
        await visitor.run((session) => session.set('cart', 'full'))
        expect([await principalOf(first), await principalOf(second)]).toEqual(['alice', null])
        expect(visitor.jar.has(ANONYMOUS)).toBe(true)
      },
    },
  ],
}
