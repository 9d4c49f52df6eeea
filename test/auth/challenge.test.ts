/** A sign-in with one factor, which waits for the second. */
import { describe, expect, test } from 'vitest'
import { code } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import type { Client } from '../_support/client.ts'
import { identity } from '../_support/users.ts'
import type { Identity, Person } from '../_support/users.ts'

type Browser = Client<Record<string, unknown>>

const right = (): boolean => true
const wrong = async (): Promise<boolean> => false

async function halfWay(...args: Parameters<typeof identity>): Promise<Identity & { browser: Browser; alice: Person }> {
  const app = identity(...args)
  const alice = await app.add('alice', 'right')
  const browser = client(app.sessions)
  await browser.run((session) => session.set('cart', ['tea']))
  await browser.run(async (session) => app.auth.challenge(session, (await app.auth.authenticate('alice', 'right'))!, { remember: true }))
  return { ...app, alice, browser }
}

const awaited = async ({ auth }: Identity, browser: Browser): Promise<string | undefined> =>
  (await browser.run((session) => auth.challenged(session))).result?.email

const signedIn = async ({ auth }: Identity, browser: Browser): Promise<string | undefined> =>
  (await browser.run((session) => auth.user(session))).result?.email

describe('a challenge', () => {
  test('signs nobody in until it is answered', async () => {
    const app = await halfWay()
    expect([await signedIn(app, app.browser), await awaited(app, app.browser)]).toEqual([undefined, 'alice'])
    const { result } = await app.browser.run((session) => app.auth.answerChallenge(session, (user) => user.email === 'alice'))
    expect(result?.email).toBe('alice')
    expect([await signedIn(app, app.browser), await awaited(app, app.browser)]).toEqual(['alice', undefined])
    const { result: kept } = await app.browser.run(async (session) => [await session.get('cart'), session.remember])
    expect(kept).toEqual([['tea'], true])
  })

  test('a wrong answer leaves it open, is told, and counts', async () => {
    const app = await halfWay({ throttle: { account: { failures: 2, per: '1h' } } })
    const heard: unknown[] = []
    app.sessions.on('signInFailed', ({ reason, principal }) => heard.push([reason, principal]))
    const answer = (isRight: () => boolean | Promise<boolean>) => app.browser.run((session) => app.auth.answerChallenge(session, isRight))
    for (let i = 0; i < 2; i++) expect((await answer(wrong)).result).toBeUndefined()
    expect([heard, await signedIn(app, app.browser)]).toEqual([Array.from({ length: 2 }, () => ['challenge', '1']), undefined])
    await expect(answer(right)).rejects.toThrow(code('ERR_SESSION_THROTTLED'))
    app.clock.advance('4m')
    expect(await awaited(app, app.browser)).toBe('alice')
  })

  test.each<[why: string, what: (app: Identity & { browser: Browser; alice: Person }) => unknown]>([
    ['its time is over', ({ clock }) => clock.advance('5m')],
    ['the password was changed', ({ auth, alice }) => auth.changePassword(alice, 'new')],
    ['the user was disabled', ({ people }) => void (people.get('alice')!.locked = true)],
    ['the user is gone', ({ people }) => void people.delete('alice')],
    ['the session ended', ({ browser }) => browser.run((session) => session.destroy())],
    ['it was answered', ({ browser, auth }) => browser.run((session) => auth.answerChallenge(session, right))],
    ['the user signed in otherwise', ({ browser, auth, alice }) => browser.run((session) => auth.loginWithoutPassword(session, alice))],
  ])('is none any more when %s', async (_why, what) => {
    const app = await halfWay()
    await what(app)
    expect(await awaited(app, app.browser)).toBeUndefined()
    let asked = 0
    await app.browser.run((session) => app.auth.answerChallenge(session, () => ++asked > 0))
    expect(asked).toBe(0)
  })

  test('that was answered while all sessions were ended signs nobody in', async () => {
    const app = await halfWay()
    const { browser, auth, sessions } = app
    const answering = browser.run((session) => auth.answerChallenge(session, async () => (await sessions.of('1').revokeAll()) === 0))
    await expect(answering).rejects.toThrow(code('ERR_SESSION_LOGIN_REVOKED'))
    expect(await signedIn(app, browser)).toBeUndefined()
  })

  test('cannot be made or changed by the keys of the application, and shows in none', async () => {
    const app = await halfWay()
    const { result } = await app.browser.run(async (session) => (await session.load()).data)
    expect(result).toEqual({ cart: ['tea'] })
    await expect(app.browser.run((session) => session.set('\u0000challenge', {}))).rejects.toThrow(code('ERR_SESSION_KEY'))
    await app.browser.run((session) => session.set('challenge', { attempt: { principal: 'bob' } }))
    expect(await awaited(app, app.browser)).toBe('alice')
  })

  test('is hidden from whoever holds a token of before: it comes with a new one', async () => {
    const app = identity()
    await app.add('alice', 'right')
    const browser = client(app.sessions)
    await browser.run((session) => session.set('cart', ['tea']))
    const planted = browser.copy()
    await browser.run(async (session) => app.auth.challenge(session, (await app.auth.authenticate('alice', 'right'))!))
    expect([await awaited(app, planted), await awaited(app, browser)]).toEqual([undefined, 'alice'])
  })

  test('of somebody else signs out whoever was in', async () => {
    const app = identity()
    await app.add('alice', 'right')
    const bob = await app.add('bob', 'other')
    const browser = client(app.sessions)
    await browser.run((session) => app.auth.loginWithoutPassword(session, bob))
    await browser.run(async (session) => app.auth.challenge(session, (await app.auth.authenticate('alice', 'right'))!))
    expect([await signedIn(app, browser), await awaited(app, browser)]).toEqual([undefined, 'alice'])
  })

  test('begins the session of a visitor who had none, and lasts as long as it is told, an hour at most', async () => {
    const app = identity({}, { idleTimeout: '2h' })
    await app.add('alice', 'right')
    for (const within of ['50m', '1h', '3h'] as const) {
      const browser = client(app.sessions)
      await browser.run(async (session) => app.auth.challenge(session, (await app.auth.authenticate('alice', 'right'))!, { within }))
      app.clock.advance('49m')
      expect(await awaited(app, browser)).toBe('alice')
      app.clock.advance('12m')
      expect(await awaited(app, browser)).toBeUndefined()
    }
    const browser = client(app.sessions)
    const proof = (await app.auth.authenticate('alice', 'right'))!
    await expect(browser.run((session) => app.auth.challenge(session, proof, { within: 'soon' as never }))).rejects.toThrow(
      code('ERR_SESSION_DURATION'),
    )
  })
})
