import { expect } from 'vitest'
import { memoryStore } from '../../src/stores/memory.ts'
import { sealedStore } from '../../src/stores/sealed.ts'
import { application } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import { principalOf, signedIn } from './requirement.ts'
import type { Requirement, Source } from './requirement.ts'

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
  ],
}
