import { describe, expect, test } from 'vitest'
import { createSessions } from '../../src/index.ts'
import type { Session, Sessions } from '../../src/index.ts'
import { sealedStore } from '../../src/stores/sealed.ts'
import { application, code, SECRET } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import type { Client } from '../_support/client.ts'

const signIn = (session: Session): Promise<void> => session.login('alice')

async function isSignedIn(browser: Client<Record<string, unknown>>): Promise<boolean> {
  return (await browser.open().load()).principal === 'alice'
}

function browsers(sessions: Sessions, count: number): Client<Record<string, unknown>>[] {
  return Array.from({ length: count }, () => client(sessions))
}

describe('maxSessionsPerPrincipal (ASVS 5.0 7.1.2)', () => {
  test('a number: those that signed in first end', async () => {
    const { sessions, clock } = application({ maxSessionsPerPrincipal: 2 })
    const [first, second, third] = browsers(sessions, 3)
    for (const browser of [first!, second!, third!]) {
      await browser.run(signIn)
      clock.advance('1s')
    }
    expect(await Promise.all([first!, second!, third!].map(isSignedIn))).toEqual([false, true, true])
  })

  test('signing in again in the same session is not one more', async () => {
    const { sessions, clock } = application({ maxSessionsPerPrincipal: 2 })
    const [first, second] = browsers(sessions, 2)
    await first!.run(signIn)
    clock.advance('1s')
    await second!.run(signIn)
    clock.advance('1s')
    await second!.run(signIn)
    expect(await Promise.all([first!, second!].map(isSignedIn))).toEqual([true, true])
  })

  test("'refuse': the new sign-in fails, leaves nothing, and the others live", async () => {
    const { sessions } = application({ maxSessionsPerPrincipal: { limit: 1, exceeded: 'refuse' } })
    const [first, second] = browsers(sessions, 2)
    await first!.run(signIn)
    await expect(second!.run(signIn)).rejects.toThrow(code('ERR_SESSION_TOO_MANY'))
    expect(await Promise.all([first!, second!].map(isSignedIn))).toEqual([true, false])
    expect(await sessions.of('alice').list()).toHaveLength(1)
    await first!.run((session) => session.logout())
    await second!.run(signIn)
    expect(await isSignedIn(second!)).toBe(true)
  })

  test('of many at the same time the last three stay', async () => {
    let now = 0
    const { sessions } = application({ maxSessionsPerPrincipal: 3, clock: { now: () => now++ } })
    await Promise.allSettled(browsers(sessions, 20).map((browser) => browser.run(signIn)))
    expect(await sessions.of('alice').list()).toHaveLength(3)
  })

  test("'refuse': of many at the same time no more than allowed get in", async () => {
    const { sessions } = application({ maxSessionsPerPrincipal: { limit: 3, exceeded: 'refuse' } })
    await Promise.allSettled(browsers(sessions, 20).map((browser) => browser.run(signIn)))
    expect((await sessions.of('alice').list()).length).toBeLessThanOrEqual(3)
  })

  test('other principals and anonymous sessions do not count', async () => {
    const { sessions } = application({ maxSessionsPerPrincipal: 1 })
    const [alice, bob, nobody] = browsers(sessions, 3)
    await alice!.run(signIn)
    await bob!.run((session) => session.login('bob'))
    await nobody!.run((session) => session.set('cart', 'full'))
    expect(await isSignedIn(alice!)).toBe(true)
  })

  test.each([0, 1.5, -1, Number.NaN, '3', { limit: 1, exceeded: 'x' }])('%j is refused at start', (maxSessionsPerPrincipal) => {
    expect(() => application({ maxSessionsPerPrincipal: maxSessionsPerPrincipal as number })).toThrow(code('ERR_SESSION_OPTIONS'))
  })

  test('a store that cannot find sessions by principal is refused at start', () => {
    expect(() => createSessions({ secrets: [SECRET], store: sealedStore(), maxSessionsPerPrincipal: 1 })).toThrow(
      code('ERR_SESSION_OPTIONS'),
    )
  })
})
