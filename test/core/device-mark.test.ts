import { describe, expect, test } from 'vitest'
import type { SessionEvents, SessionsOptions } from '../../src/index.ts'
import { sealedStore } from '../../src/stores/sealed.ts'
import { headerTransport } from '../../src/transports/header.ts'
import { application, code } from '../_support/application.ts'
import type { Application } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import type { Client } from '../_support/client.ts'

const COOKIE = '__Host-session-device'

type Browser = Client<Record<string, unknown>>

function marking(
  options: SessionsOptions & { readonly schema?: never } = {},
): Application & { readonly told: SessionEvents['newDevice'][]; readonly browser: Browser } {
  const app = application({ deviceMark: true, ...options })
  const told: SessionEvents['newDevice'][] = []
  app.sessions.on('newDevice', (event) => void told.push(event))
  return { ...app, told, browser: client(app.sessions) }
}

async function signIn(browser: Browser, principal: string): Promise<string | undefined> {
  const { result } = await browser.run(async (session) => {
    await session.login(principal)
    return session.device
  })
  return result
}

async function signOut(browser: Browser): Promise<void> {
  await browser.run((session) => session.logout())
}

describe.each(['a store', 'sealed sessions'])('with %s', (kept) => {
  const options = kept === 'a store' ? {} : { store: sealedStore() }

  test('a browser is new to a principal once, also after the sessions ended', async () => {
    const { sessions, browser, told, clock } = marking(options)
    expect(await signIn(browser, 'ada')).toBe('new')
    await signOut(browser)
    clock.advance('90d')
    expect(await signIn(browser, 'ada')).toBe('known')
    expect(told).toEqual([expect.objectContaining({ principal: 'ada', id: expect.any(String) as string })])
    expect(await signIn(client(sessions), 'ada')).toBe('new')
    expect(told).toHaveLength(2)
  })
})

test('it is told by the login', async () => {
  const { sessions, browser } = marking()
  const devices: unknown[] = []
  sessions.on('login', ({ again, device }) => void devices.push([again, device]))
  await signIn(browser, 'ada')
  await signIn(browser, 'ada')
  await signOut(browser)
  await signIn(browser, 'ada')
  expect(devices, 'a proof again tells nothing').toEqual([
    [false, 'new'],
    [true, undefined],
    [false, 'known'],
  ])
})

test('each principal has a mark of their own in one browser, up to eight', async () => {
  const { browser } = marking()
  for (let i = 0; i < 8; i++) expect(await signIn(browser, `user ${i}`)).toBe('new')
  for (let i = 0; i < 8; i++) expect(await signIn(browser, `user ${i}`)).toBe('known')
  expect(await signIn(browser, 'one more')).toBe('new')
  expect(await signIn(browser, 'user 7')).toBe('known')
  expect(await signIn(browser, 'user 0')).toBe('new')
  expect(browser.jar.get(COOKIE)!.length).toBeLessThan(400)
})

test('a mark of another principal, application or secret makes nothing known, nor does an edited one', async () => {
  const { browser, sessions } = marking()
  await signIn(browser, 'ada')
  const mark = browser.jar.get(COOKIE)!
  const withMark = async (value: string, principal: string, app = sessions): Promise<unknown> =>
    signIn(client(app, new Map([[COOKIE, value]])), principal)
  expect(await withMark(mark, 'ada')).toBe('known')
  expect(await withMark(mark, 'bob')).toBe('new')
  const [id, signature] = mark.split('.') as [string, string]
  for (const edited of [
    id,
    `${id}.`,
    `.${signature}`,
    `${'A'.repeat(22)}.${signature}`,
    `${id}.${'A'.repeat(43)}`,
    `${mark}.x`,
    '',
    '%00',
  ]) {
    expect(await withMark(edited, 'ada')).toBe('new')
  }
  expect(await withMark(mark, 'ada', marking({ secrets: ['another secret, which is as long as 32'] }).sessions)).toBe('new')
})

test('it is a cookie for this host alone, sent by a login that is saved, and it lets nobody in', async () => {
  const { browser, sessions } = marking()
  const marks = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith(COOKIE))
  expect(marks((await browser.run((session) => session.set('cart', 'tea'))).setCookies)).toEqual([])
  const refused = browser.open()
  await refused.login('ada')
  await sessions.of('ada').revokeAll()
  await expect(refused.commit()).rejects.toThrow(code('ERR_SESSION_LOGIN_REVOKED'))
  expect(refused.takeHeaders().filter(([, value]) => value.startsWith(COOKIE))).toEqual([])
  const { setCookies } = await browser.run((session) => session.login('ada'))
  expect(marks(setCookies)).toEqual([
    expect.stringMatching(/^__Host-session-device=[\w-]{22}\.[\w-]{43}; Path=\/; Max-Age=34560000; HttpOnly; Secure; SameSite=Lax$/),
  ])
  const thief = client(sessions, new Map([[COOKIE, browser.jar.get(COOKIE)!]]))
  expect((await thief.run(async (session) => (await session.load()).principal)).result).toBe(null)
})

test('who acts for somebody leaves no mark of theirs', async () => {
  const { browser, told } = marking()
  await signIn(browser, 'clerk')
  const { setCookies } = await browser.run((session) => session.actAs('ada', { reason: 'ticket 4711' }))
  expect(setCookies.join()).not.toContain(COOKIE)
  expect(told.map(({ principal }) => principal)).toEqual(['clerk'])
})

test('it is off unless asked for, and needs cookies', async () => {
  const { sessions } = application()
  const browser = client(sessions)
  expect(await signIn(browser, 'ada')).toBe(undefined)
  expect([...browser.jar.keys()]).toEqual(['__Host-session'])
  expect(() => application({ deviceMark: true, transport: headerTransport() })).toThrow(code('ERR_SESSION_OPTIONS'))
})
