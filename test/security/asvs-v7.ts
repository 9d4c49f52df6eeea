import { expect } from 'vitest'
import { createSessions } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { sealedStore } from '../../src/stores/sealed.ts'
import { formTransport } from '../../src/transports/form.ts'
import { headerTransport } from '../../src/transports/header.ts'
import { urlTransport } from '../../src/transports/url.ts'
import { application, code, SECRET, settled } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import { nextByHeader, nextByLink } from '../transports/requests.ts'
import { identity } from '../_support/users.ts'
import { readFiles } from '../architecture/files.ts'
import { holding, principalOf, signedIn } from './requirement.ts'
import type { Source } from './requirement.ts'
import { readFileSync } from 'node:fs'

const MINUTE = 60_000

export const asvsV7: Source = {
  title: 'ASVS 5.0 V7, session management',
  file: 'asvs-v7.ts',
  requirements: [
    {
      id: '7.1.1',
      text: 'Idle and absolute lifetimes are documented.',
      verdict: 'held',
      why: 'Both have defaults, 30 minutes and 30 days, on the page of options; none can be infinite.',
      test() {
        const page = readFileSync(new URL('../../docs/reference/options.md', import.meta.url), 'utf8')
        expect(page).toMatch(/`idleTimeout` \| `'30m'`/)
        expect(page).toMatch(/`absoluteTimeout` \| `'30d'`/)
        for (const absoluteTimeout of [0, Infinity, Number.NaN, -1]) {
          expect(() => createSessions({ secrets: [SECRET], store: memoryStore(), absoluteTimeout })).toThrow(code('ERR_SESSION_DURATION'))
        }
      },
    },
    {
      id: '7.1.2',
      text: 'How many sessions an account may have at a time, and what happens beyond, is defined.',
      verdict: 'by configuration',
      why: '`maxSessionsPerPrincipal` ends the oldest or refuses the newest; without it there is no limit.',
      async test() {
        const { sessions, clock } = application({ maxSessionsPerPrincipal: 1 })
        const [laptop, phone] = [client(sessions), client(sessions)]
        await laptop.run((session) => session.login('alice'))
        clock.advance('1s')
        await phone.run((session) => session.login('alice'))
        expect([await principalOf(laptop), await principalOf(phone)]).toEqual([null, 'alice'])
      },
    },
    {
      id: '7.2.1',
      text: 'Tokens are verified by the backend only.',
      verdict: 'held',
      why: 'The tag is keyed by a secret of the server and the proof lies in the store; any change to a token makes it none.',
      async test() {
        const app = await signedIn()
        for (let at = 0; at < app.token.length; at++) {
          const other = app.token[at] === 'A' ? 'B' : 'A'
          expect(await principalOf(holding(app, app.token.slice(0, at) + other + app.token.slice(at + 1)))).toBe(null)
        }
      },
    },
    {
      id: '7.2.2',
      text: 'Tokens are generated dynamically, no static keys.',
      verdict: 'held',
      why: 'Each session, and each login in it, has a token of its own.',
      async test() {
        const app = await signedIn()
        const again = client(app.sessions)
        await again.run((session) => session.login('alice'))
        await app.alice.run((session) => session.login('alice'))
        expect(new Set([app.token, ...again.jar.values(), ...app.alice.jar.values()]).size).toBe(3)
      },
    },
    {
      id: '7.2.3',
      text: 'Reference tokens are unique, from a secure generator, with at least 128 bits of entropy.',
      verdict: 'held',
      why: "128 bits of id and 128 bits of secret from Node's `crypto`; `Math.random` only decides how long to wait.",
      async test() {
        const { sessions } = application()
        const parts = await Promise.all(
          Array.from({ length: 500 }, async () => {
            const browser = client(sessions)
            await browser.run((session) => session.set('key', 1))
            const bytes = Buffer.from([...browser.jar.values()][0]!, 'base64url')
            return { id: bytes.subarray(2, 18), secret: bytes.subarray(22, 38) }
          }),
        )
        for (const part of ['id', 'secret'] as const) {
          expect(new Set(parts.map((each) => each[part].toString('hex'))).size).toBe(500)
          // Each of the 128 bits is 1 in about half of them: ± 7 standard deviations.
          for (let bit = 0; bit < 128; bit++) {
            const ones = parts.filter((each) => (each[part][bit >> 3]! >> (bit & 7)) & 1).length
            expect(Math.abs(ones - 250), `bit ${bit} of the ${part}`).toBeLessThan(79)
          }
        }
        const weak = [...readFiles('src/**/*.ts').values()].flatMap((text) =>
          text.split('\n').filter((line) => line.includes('Math.random')),
        )
        expect(weak).not.toEqual([])
        expect(weak.filter((line) => !/pause|setTimeout|WAIT/.test(line))).toEqual([])
      },
    },
    {
      id: '7.2.4',
      text: 'A new token at login and at re-authentication, and the old one is worth nothing.',
      verdict: 'held',
      why: '`login` gives a new token each time; older ones read nothing and write nothing.',
      async test() {
        const { sessions } = application()
        const browser = client(sessions)
        await browser.run((session) => session.set('cart', 'full'))
        const before = browser.copy()
        await browser.run((session) => session.login('alice'))
        const first = browser.copy()
        await browser.run((session) => session.login('alice'))
        expect(await before.open().get('cart')).toBe(undefined)
        expect(await first.open().get('cart')).toBe(undefined)
        expect(await browser.open().get('cart')).toBe('full')
      },
    },
    {
      id: '7.3.1',
      text: 'An inactivity timeout ends the session.',
      verdict: 'held',
      why: '`idleTimeout`, judged by the server, to the millisecond.',
      async test() {
        const { alice, clock } = await signedIn({ idleTimeout: '30m' })
        clock.advance(30 * MINUTE - 1)
        expect(await principalOf(alice)).toBe('alice')
        await settled()
        clock.advance(30 * MINUTE)
        expect(await principalOf(alice)).toBe(null)
      },
    },
    {
      id: '7.3.2',
      text: 'An absolute timeout ends the session whatever happens.',
      verdict: 'held',
      why: '`absoluteTimeout`; no touch moves a deadline past it.',
      async test() {
        const { alice, clock } = await signedIn({ idleTimeout: '30m', absoluteTimeout: '1h' })
        for (let minutes = 0; minutes < 40; minutes += 20) {
          clock.advance('20m')
          expect(await principalOf(alice)).toBe('alice')
          await settled()
        }
        clock.advance(20 * MINUTE - 1)
        expect(await principalOf(alice)).toBe('alice')
        await settled()
        clock.advance(1)
        expect(await principalOf(alice)).toBe(null)
      },
    },
    {
      id: '7.4.1',
      text: 'After logout or expiry the session cannot be used any more.',
      verdict: 'held',
      why: 'The record is deleted; a saved cookie is worth nothing, and writing with it begins nothing of the old.',
      async test() {
        const { alice, sessions } = await signedIn()
        const saved = alice.copy()
        await alice.run((session) => session.logout())
        expect(await principalOf(saved)).toBe(null)
        await saved.run((session) => session.set('key', 1))
        expect(await sessions.of('alice').list()).toEqual([])
      },
    },
    {
      id: '7.4.2',
      text: 'All sessions end when an account is disabled or deleted.',
      verdict: 'by configuration',
      why: '`sojourn/auth` signs a disabled or deleted user out at the next request. Without it call `sessions.of(principal).revokeAll()`, which misses none, those under way included.',
      async test() {
        const { alice, sessions } = await signedIn()
        const phone = client(sessions)
        await phone.run((session) => session.login('alice'))
        const attempt = await sessions.of('alice').begin()
        expect(await sessions.of('alice').revokeAll()).toBe(2)
        const late = client(sessions).run((session) => session.login('alice', { attempt }))
        await expect(late).rejects.toThrow(code('ERR_SESSION_LOGIN_REVOKED'))
        expect([await principalOf(alice), await principalOf(phone)]).toEqual([null, null])

        const app = identity()
        const bob = client(app.sessions)
        const user = await app.add('bob', 'his password')
        await bob.run((session) => app.auth.loginWithoutPassword(session, user))
        app.people.get('bob')!.locked = true
        expect((await bob.run((session) => app.auth.user(session))).result).toBe(undefined)
        app.people.get('bob')!.locked = false
        expect(await principalOf(bob), 'for good').toBe(null)
      },
    },
    {
      id: '7.4.3',
      text: 'After a change of a credential all other sessions can be ended.',
      verdict: 'by configuration',
      why: '`auth.changePassword` does it. Without `sojourn/auth`: `revokeAll({ except: session })`; the session that stays gets a new token at once.',
      async test() {
        const { alice, sessions } = await signedIn()
        const [thief, phone] = [alice.copy(), client(sessions)]
        await phone.run((session) => session.login('alice'))
        await alice.run((session) => sessions.of('alice').revokeAll({ except: session }))
        expect(await Promise.all([alice, thief, phone].map((browser) => principalOf(browser)))).toEqual(['alice', null, null])

        const app = identity()
        const [bob, tablet] = [client(app.sessions), client(app.sessions)]
        const user = await app.add('bob', 'his password')
        for (const browser of [bob, tablet]) await browser.run((session) => app.auth.loginWithoutPassword(session, user))
        await bob.run((session) => app.auth.changePassword(user, 'another password', { except: session }))
        const found = await Promise.all([bob, tablet].map(async (browser) => (await app.auth.user(browser.open()))?.email))
        expect(found).toEqual(['bob', undefined])
      },
    },
    {
      id: '7.4.5',
      text: 'Administrators can end the sessions of one user, one or all.',
      verdict: 'held',
      why: '`sessions.revoke(id)`, `sessions.of(principal).revoke(id)` and `.revokeAll()`.',
      async test() {
        const { alice, sessions } = await signedIn()
        const [phone, bob] = [client(sessions), client(sessions)]
        await phone.run((session) => session.login('alice'))
        await bob.run((session) => session.login('bob'))
        const id = (await phone.open().load()).id!
        expect(await sessions.of('bob').revoke(id), "not by another user's name").toBe(false)
        expect(await sessions.of('alice').revoke(id)).toBe(true)
        expect(await sessions.of('alice').revokeAll()).toBe(1)
        expect(await Promise.all([alice, phone, bob].map((browser) => principalOf(browser)))).toEqual([null, null, 'bob'])
      },
    },
    ...(['7.5.1', '7.5.3'] as const).map((id) => ({
      id,
      text: `Users authenticate again before ${id === '7.5.1' ? 'what secures their account is changed' : 'highly sensitive operations'}.`,
      verdict: 'by configuration' as const,
      why: 'The guard `auth.requireFresh` on such routes, and `auth.reauthenticate`; or `session.authenticatedAt`.',
      async test() {
        const app = identity()
        const browser = client(app.sessions)
        const user = await app.add('alice', 'her password')
        await browser.run((session) => app.auth.loginWithoutPassword(session, user))
        const guard = app.auth.requireFresh('10m')
        const refused = async (): Promise<number | undefined> => {
          const cookie = [...browser.jar].map((pair) => pair.join('=')).join('; ')
          const request = { method: 'POST', url: '/account/email', headers: { host: 'shop.test', cookie } }
          return (await guard(request, app.sessions.open(request)))?.status
        }
        expect(await refused()).toBe(undefined)
        app.clock.advance('11m')
        expect(await refused()).toBeGreaterThanOrEqual(401)
        expect((await browser.run((session) => app.auth.reauthenticate(session, 'a guess'))).result).toBe(false)
        expect(await refused()).toBeGreaterThanOrEqual(401)
        expect((await browser.run((session) => app.auth.reauthenticate(session, 'her password'))).result).toBe(true)
        expect(await refused()).toBe(undefined)
      },
    })),
    {
      id: '7.5.2',
      text: 'Users can see and end their own sessions.',
      verdict: 'by configuration',
      why: '`sessions.of(principal).list()` is there for a page of yours; it shows no token, but who acts for the user. `describeDevice` names the devices.',
      async test() {
        const { alice, token, sessions } = await signedIn()
        await alice.run(async (session) => {
          const list = await sessions.of('alice').list({ current: session })
          expect(list).toMatchObject([{ id: session.id, current: true }])
          expect(JSON.stringify(list)).not.toContain(token)
          expect(await sessions.of('alice').revoke(list[0]!.id)).toBe(true)
        })
        expect(await principalOf(alice)).toBe(null)
      },
    },
    {
      id: '7.6.1',
      text: 'Session lifetimes of an identity provider and of the relying party behave as documented.',
      verdict: 'by configuration',
      why: 'Sojourn speaks to no identity provider. `absoluteTimeout` bounds what a sign-in through one is worth here, and a new sign-in starts it anew.',
      async test() {
        const { alice, clock } = await signedIn({ idleTimeout: '1h', absoluteTimeout: '1h' })
        clock.advance('50m')
        await alice.run((session) => session.login('alice'))
        clock.advance('50m')
        expect(await principalOf(alice)).toBe('alice')
        clock.advance('10m')
        expect(await principalOf(alice)).toBe(null)
      },
    },
    {
      id: '7.6.2',
      text: 'No session comes to be without an action of the user.',
      verdict: 'held',
      why: 'Reading creates nothing and signs nobody in.',
      async test() {
        const { sessions, store } = application()
        const { setCookies } = await client(sessions).run(async (session) => {
          await session.load()
          await session.get('cart')
        })
        expect(setCookies).toEqual([])
        expect(store.count()).toBe(0)
      },
    },
    {
      id: '7.2.4, other transports',
      text: 'A new token at login, whichever way tokens travel.',
      verdict: 'held',
      why: 'Tokens in headers are replaced; a login ends every address and form that was written before it.',
      async test() {
        const ways = [
          [headerTransport(), nextByHeader],
          [urlTransport(), nextByLink],
          [formTransport(), nextByLink],
        ] as const
        for (const [transport, carried] of ways) {
          const { sessions } = application({ transport })
          const first = sessions.open({ headers: {} })
          first.set('cart', 'full')
          await first.commit()
          const before = carried(first)
          expect(await sessions.open({ ...before }).get('cart')).toBe('full')
          const second = sessions.open({ ...before })
          await second.login('alice')
          await second.commit()
          expect((await sessions.open(carried(second)).load()).principal).toBe('alice')
          expect((await sessions.open({ ...before }).load()).isNew).toBe(true)
        }
      },
    },
    {
      id: '7.4.1, `sealedStore()` alone',
      text: 'After logout the session cannot be used any more.',
      verdict: 'not held',
      why: 'Nothing is kept that could say so: a copy of the cookies is good until its deadline. Choose it for what that does not matter to, or give it `revocations` (ASVS 4.0.3 3.5.3 below).',
      async test() {
        const { sessions, clock } = application({ store: sealedStore() })
        const browser = client(sessions)
        await browser.run((session) => session.login('alice'))
        const copy = browser.copy()
        await browser.run((session) => session.logout())
        expect(await principalOf(browser)).toBe(null)
        expect(await principalOf(copy)).toBe('alice')
        clock.advance('31m')
        expect(await principalOf(copy)).toBe(null)
      },
    },
  ],
}
