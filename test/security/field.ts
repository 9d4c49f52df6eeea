import { expect } from 'vitest'
import { application } from '../_support/application.ts'
import { holding, principalOf, SIGNED_IN, signedIn } from './requirement.ts'
import type { Requirement, Source } from './requirement.ts'

const held = (id: string, text: string, why: string, test: Requirement['test']): Requirement => ({ id, text, verdict: 'held', why, test })

/** What people met who run sessions in production, by its kind. */
export const field: Source = {
  title: 'What meets it in production',
  file: 'field.ts',
  requirements: [
    held(
      'cookies of earlier attributes',
      'A change of domain, path or `Partitioned` locks nobody out who still holds a cookie of before.',
      'Two genuine tokens are ambiguous only if both sessions live; `cookie.former` takes the old cookies away. Neighbours: `test/transports/former-cookies.test.ts`.',
      async () => {
        const app = await signedIn()
        await app.alice.run((session) => session.logout())
        app.clock.advance(1)
        await app.alice.run((session) => session.login('alice'))
        const cookie = `${SIGNED_IN}=${app.token}; ${SIGNED_IN}=${app.alice.jar.get(SIGNED_IN)!}`
        expect((await app.sessions.open({ headers: { cookie } }).load()).principal).toBe('alice')
        expect(await principalOf(holding(app, app.token))).toBe(null)
      },
    ),
    held(
      'a cookie that SameSite withholds',
      'The answer to a request of another site, which came without the cookie, does not replace the session.',
      'It begins no anonymous session; the event `withheld` says so. Neighbours: `test/transports/withheld-cookies.test.ts`.',
      async () => {
        const { sessions } = application()
        const request = new Request('https://shop.test/paid', { method: 'POST', headers: { 'Sec-Fetch-Site': 'cross-site' } })
        const response = await sessions.handle(request, (session) => {
          session.flash('ok', 'Paid')
          return new Response('ok')
        })
        expect([response.status, response.headers.getSetCookie()]).toEqual([200, []])
      },
    ),
  ],
}
