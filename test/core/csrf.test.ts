import { describe, expect, test } from 'vitest'
import { createSessions } from '../../src/index.ts'
import { application, SECRET } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import type { Client } from '../_support/client.ts'

type Browser = Client<Record<string, unknown>>

const tokenOf = async (browser: Browser): Promise<string> => (await browser.run((session) => session.csrf.token())).result
const takes = async (browser: Browser, token: unknown, sameOrigin = false): Promise<boolean> =>
  (await browser.run((session) => session.csrf.verify(token, { sameOrigin }))).result

async function signedIn(principal = 'alice'): Promise<ReturnType<typeof application> & { browser: Browser }> {
  const app = application({ rotateEvery: '10m' })
  const browser = client(app.sessions)
  await browser.run((session) => session.login(principal))
  return { ...app, browser }
}

describe('a CSRF token', () => {
  test('is good in its session, and only in the letters it was given in', async () => {
    const { browser } = await signedIn()
    const token = await tokenOf(browser)
    expect(token).toMatch(/^[\w-]{65}$/)
    expect(await takes(browser, token)).toBe(true)
    const changed = Array.from({ length: token.length }, (_, i) => token.slice(0, i) + (token[i] === 'A' ? 'B' : 'A') + token.slice(i + 1))
    const others = ['', token.slice(1), `${token}A`, token.toUpperCase(), undefined, null, 7, [token], { token }]
    const verdicts = await browser.run((session) => Promise.all([...changed, ...others].map((other) => session.csrf.verify(other))))
    expect(verdicts.result.filter(Boolean)).toEqual([])
  })

  test('is another text each time', async () => {
    const { browser } = await signedIn()
    expect(await tokenOf(browser)).not.toBe(await tokenOf(browser))
  })

  test("of one session is worth nothing in another, the same user's included", async () => {
    const { browser, sessions } = await signedIn()
    const other = client(sessions)
    await other.run((session) => session.login('alice'))
    expect(await takes(other, await tokenOf(browser), true)).toBe(false)
  })

  test('from before a login dies at the login (CVE-2022-24895, CVE-2023-29020)', async () => {
    const { sessions } = application()
    const browser = client(sessions)
    const unbound = await tokenOf(browser)
    await browser.run((session) => session.set('cart', 'full'))
    const anonymous = await tokenOf(browser)
    expect(await takes(browser, anonymous)).toBe(true)
    await browser.run((session) => session.login('alice'))
    expect(await takes(browser, unbound, true)).toBe(false)
    expect(await takes(browser, anonymous, true)).toBe(false)
  })

  test('survives a routine rotation, not a change of privilege', async () => {
    const { browser, clock } = await signedIn()
    const token = await tokenOf(browser)
    clock.advance('11m')
    const { setCookies } = await browser.run((session) => session.get('anything'))
    expect(setCookies).toHaveLength(1)
    await browser.run((session) => session.get('anything'))
    expect(await takes(browser, token)).toBe(true)
    await browser.run((session) => session.rotate())
    expect(await takes(browser, token)).toBe(false)
  })

  test('for a visitor without a session creates none, and is good only from the own origin', async () => {
    const { store, sessions } = application()
    const calls: string[] = []
    store.before('create', () => void calls.push('create'))
    const browser = client(sessions)
    const { result: token, setCookies } = await browser.run((session) => session.csrf.token())
    expect(setCookies).toEqual([])
    expect(await takes(browser, token)).toBe(false)
    expect(await takes(browser, token, true)).toBe(true)
    expect(calls).toEqual([])
    await browser.run((session) => session.set('cart', 'full'))
    expect(await takes(browser, token)).toBe(false)
    expect(await takes(browser, token, true)).toBe(true)
  })

  test('made after a change of the same request is bound to the session as it is saved', async () => {
    const { sessions } = application()
    const browser = client(sessions)
    const first = await browser.run(async (session) => {
      session.set('cart', 'full')
      return session.csrf.token()
    })
    expect(await takes(browser, first.result)).toBe(true)
    const second = await browser.run(async (session) => {
      await session.login('alice')
      return session.csrf.token()
    })
    expect(second.setCookies).toHaveLength(2)
    expect(await takes(browser, second.result)).toBe(true)
    expect(await takes(browser, first.result)).toBe(false)
    const third = await browser.run(async (session) => {
      await session.logout()
      return session.csrf.token()
    })
    expect(await takes(browser, third.result)).toBe(false)
    expect(await takes(browser, third.result, true)).toBe(true)
  })

  test('field() is a hidden input', async () => {
    const { browser } = await signedIn()
    const { result } = await browser.run((session) => session.csrf.field())
    const token = /^<input type="hidden" name="csrf_token" value="([\w-]{65})">$/.exec(result)?.[1]
    expect(await takes(browser, token)).toBe(true)
  })

  test("is good under an older secret, and not in another application's sessions", async () => {
    const { browser, store, clock } = await signedIn()
    const token = await tokenOf(browser)
    const changed = createSessions({ secrets: ['the newest secret of the tests, 32 characters', SECRET], store, clock })
    const { result } = await browser.run((session) => session.csrf.verify(token), { at: changed, lost: true })
    expect(result).toBe(true)
    const unbound = await tokenOf(client(createSessions({ secrets: [SECRET], store, clock, name: 'other' })))
    const visitor = client(createSessions({ secrets: [SECRET], store, clock }))
    expect(await takes(visitor, unbound, true)).toBe(false)
  })
})

test('session.stamp and session.remember say what the login said', async () => {
  const { sessions } = application()
  for (const remember of [true, false, undefined]) {
    const browser = client(sessions)
    await browser.run(async (session) => {
      await session.login('alice', { stamp: 'one', ...(remember !== undefined && { remember }) })
      expect(session.stamp).toBe('one')
    })
    const { stamp, remember: said } = await browser.open().load()
    expect([stamp, said]).toEqual(['one', remember])
  }
})
