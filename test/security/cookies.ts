import { expect } from 'vitest'
import { cookieTransport } from '../../src/transports/cookie.ts'
import { application, code } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import { holding, principalOf, signedIn } from './requirement.ts'
import type { Source } from './requirement.ts'

const DAY = 86_400_000

/** As it is sent with `maxAge` milliseconds to go. */
function sent(options: Parameters<typeof cookieTransport>[0], maxAge = DAY): string {
  return cookieTransport(options)({ name: 'session', development: false }).send('signed-in', 'token', maxAge)[1]
}

export const cookies: Source = {
  title: 'Cookies as browsers keep them: drafts of RFC 6265bis, tried in Chromium',
  file: 'cookies.ts',
  requirements: [
    {
      id: 'names',
      text: 'Browsers hold `__host-` for `__Host-`; a server that reads names without case takes one for the other.',
      verdict: 'held',
      why: 'Names are compared by case, whole, and one that merely ends alike is another.',
      async test() {
        const app = await signedIn()
        for (const name of ['__host-session', '__HOST-session', 'session', 'x__Host-session', '__Host-session ', '__Host-session.']) {
          expect(await principalOf(holding(app, app.token, name)), name).toBe(name.trim() === '__Host-session' ? 'alice' : null)
        }
      },
    },
    {
      id: 'attribute length',
      text: 'An attribute of more than 1,024 bytes is ignored, and the cookie kept without it.',
      verdict: 'held',
      why: 'Such a path or domain is refused at start.',
      test() {
        expect(sent({ path: `/${'a'.repeat(1_023)}` })).toMatch(/; Path=\/a{1023};/)
        expect(() => cookieTransport({ path: `/${'a'.repeat(1_024)}` })).toThrow(code('ERR_SESSION_OPTIONS'))
        expect(() => cookieTransport({ domain: `${'a'.repeat(1_024)}.test` })).toThrow(code('ERR_SESSION_OPTIONS'))
      },
    },
    {
      id: 'Max-Age',
      text: 'Browsers keep no cookie for longer than 400 days.',
      verdict: 'held',
      why: 'None is promised for longer.',
      test() {
        expect(sent({}, 400 * DAY)).toContain('; Max-Age=34560000;')
        expect(sent({}, 4_000 * DAY)).toContain('; Max-Age=34560000;')
      },
    },
    {
      id: 'SameSite',
      text: 'A cookie without SameSite comes with unsafe requests of other sites for two minutes; `None` without Secure is dropped.',
      verdict: 'held',
      why: 'It is always sent; `none` together with `development: true` is refused at start.',
      test() {
        for (const sameSite of ['lax', 'strict', 'none'] as const)
          expect(sent({ sameSite })).toMatch(/; Secure; SameSite=(Lax|Strict|None)$/)
        expect(() => application({ development: true, cookie: { sameSite: 'none' } })).toThrow(code('ERR_SESSION_OPTIONS'))
      },
    },
    {
      id: 'Partitioned',
      text: 'Without Secure it is dropped, with it and `__Host-` kept in a jar for each top-level site.',
      verdict: 'held',
      why: 'Never sent without Secure.',
      async test() {
        expect(sent({ partitioned: true })).toMatch(/^__Host-session=.*; Secure; .*; Partitioned$/)
        const { sessions } = application({ development: true, cookie: { partitioned: true } })
        expect((await client(sessions).run((session) => session.login('alice'))).setCookies.join()).not.toContain('Partitioned')
      },
    },
    {
      id: 'characters',
      text: 'Cookies with control characters are dropped, those with others than ASCII garbled.',
      verdict: 'held',
      why: 'Names, values and attributes are of plain characters; others are refused at start.',
      async test() {
        const { setCookies } = await client(application().sessions).run((session) => session.login('ålice\t'))
        expect(setCookies[0]).toMatch(/^[\x20-\x7e]+$/)
        for (const text of ['/a\t', '/é', '/\u007f']) expect(() => cookieTransport({ path: text })).toThrow(code('ERR_SESSION_OPTIONS'))
        for (const name of ['se\tssion', 'sessiön', '']) expect(() => application({ name })).toThrow(code('ERR_SESSION_OPTIONS'))
      },
    },
    {
      id: '`__Host-Http-`',
      text: 'A prefix that says that no script made the cookie.',
      verdict: 'not held',
      why: 'It stands in one draft, and browsers that do not know it would not even hold it for `__Host-`. A script of your own host can plant a cookie, and then a token of the attacker’s: both are refused while the user has one.',
      async test() {
        const app = await signedIn()
        expect([...app.alice.jar.keys()]).toEqual(['__Host-session'])
        const mallory = client(app.sessions)
        await mallory.run((session) => session.login('mallory'))
        const cookie = [app.alice, mallory].map(({ jar }) => `__Host-session=${jar.get('__Host-session')}`).join('; ')
        expect((await app.sessions.open({ headers: { cookie } }).load()).principal).toBe(null)
      },
    },
  ],
}
