import { expect, test } from 'vitest'
import type { Guard, RequestLike } from '../../src/index.ts'
import { code } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import type { Client } from '../_support/client.ts'
import { identity } from '../_support/users.ts'
import type { Identity } from '../_support/users.ts'

type Browser = Client<Record<string, unknown>>

const CODE = '123456'
const REDIRECT = { redirectTo: '/confirm' }
const FORM: RequestLike = { method: 'POST', url: '/pay?order=7', headers: { 'sec-fetch-mode': 'navigate' } }

async function withAda(): Promise<Identity & { readonly browser: Browser }> {
  const app = identity()
  const ada = await app.add('ada', 'her password')
  const browser = client(app.sessions)
  await browser.run((session) => app.auth.loginWithoutPassword(session, ada))
  return { ...app, browser }
}

async function ask(browser: Browser, guard: Guard, request: RequestLike = FORM): Promise<string> {
  const { result } = await browser.run((session) => guard(request, session))
  if (!result) return 'passes'
  const header = (name: string): string => result.headers.find(([other]) => other === name)?.[1] ?? ''
  return `${result.status} ${header('Location')}${header('WWW-Authenticate')}`
}

async function stepUp({ auth }: Identity, browser: Browser, given: string, level = 'otp'): Promise<boolean> {
  return (await browser.run((session) => auth.stepUp(session, level, () => given === CODE))).result
}

test('a level opens what asks for it, and nothing else', async () => {
  const app = await withAda()
  const { auth, browser, clock } = app
  const otp = auth.requireLevel('otp')
  expect(await ask(browser, otp)).toBe('401 Session error="insufficient_user_authentication"')
  expect(await ask(client(app.sessions), otp)).toBe('401 Session')
  expect(await stepUp(app, browser, 'wrong')).toBe(false)
  expect(await ask(browser, otp)).toMatch(/^401 /)
  expect(await stepUp(app, browser, CODE)).toBe(true)
  expect(await ask(browser, otp)).toBe('passes')
  expect(await ask(browser, auth.requireLevel('passkey'))).toMatch(/^401 /)
  clock.advance('11m')
  expect(await ask(browser, otp)).toBe('passes')
  expect(await ask(browser, auth.requireLevel('otp', { within: '10m' }))).toMatch(/max_age=600$/)
  expect(await ask(browser, auth.requireFresh('10m')), 'another factor is no password').toMatch(/^401 /)
})

test('a step up gives a new token, and ends with the session', async () => {
  const app = await withAda()
  const { auth, browser } = app
  const before = browser.copy()
  await stepUp(app, browser, CODE)
  expect(await ask(before, auth.requireLogin())).toMatch(/^401 /)
  await browser.run((session) => auth.logout(session))
  const ada = app.people.get('ada')!
  await browser.run((session) => auth.loginWithoutPassword(session, ada))
  expect(await ask(browser, auth.requireLevel('otp'))).toMatch(/^401 /)
})

test('a challenge proves a level, too', async () => {
  const { auth, sessions } = await withAda()
  const browser = client(sessions)
  await browser.run(async (session) => auth.challenge(session, (await auth.authenticate('ada', 'her password'))!, { level: 'otp' }))
  expect(await ask(browser, auth.requireLevel('otp')), 'nobody is signed in yet').toBe('401 Session')
  await browser.run((session) => auth.answerChallenge(session, () => true))
  expect(await ask(browser, auth.requireLevel('otp'))).toBe('passes')
  expect(await ask(browser, auth.requireLevel('passkey'))).toMatch(/^401 /)
})

test('wrong codes are counted like failed sign-ins', async () => {
  const app = await withAda()
  for (let i = 0; i < 10; i++) expect(await stepUp(app, app.browser, 'wrong')).toBe(false)
  await expect(stepUp(app, app.browser, CODE)).rejects.toThrow(code('ERR_SESSION_THROTTLED'))
})

test('who acts for somebody has none of their levels, and gets none', async () => {
  const app = await withAda()
  await stepUp(app, app.browser, CODE)
  await app.add('bob', 'his password')
  await app.browser.run((session) => session.actAs('2', { reason: 'ticket 4711' }))
  expect(await ask(app.browser, app.auth.requireLevel('otp'))).toMatch(/^401 /)
  expect(await stepUp(app, app.browser, CODE)).toBe(false)
  await app.browser.run((session) => session.stopActing())
  expect(await ask(app.browser, app.auth.requireLevel('otp'))).toBe('passes')
})

test.each(['requireFresh', 'requireLevel'] as const)('%s keeps which form was refused, once, and not its body', async (name) => {
  const app = await withAda()
  const { auth, browser, clock } = app
  clock.advance('11m')
  const guard = name === 'requireFresh' ? auth.requireFresh('10m', REDIRECT) : auth.requireLevel('otp', REDIRECT)
  const taken = async (): Promise<unknown> => (await browser.run((session) => auth.takeAsked(session))).result
  expect(await ask(browser, guard, { ...FORM, body: { card: '4242' } })).toBe('303 /confirm')
  await stepUp(app, browser, CODE)
  expect(await taken()).toEqual({ method: 'POST', address: '/pay?order=7' })
  expect(await taken()).toBe(undefined)
})

test('a page, a script and another host are not kept', async () => {
  const { auth, browser } = await withAda()
  const guard = auth.requireLevel('otp', REDIRECT)
  expect(await ask(browser, guard, { ...FORM, method: 'GET' })).toBe('303 /confirm?next=%2Fpay%3Forder%3D7')
  expect(await ask(browser, guard, { ...FORM, headers: { 'sec-fetch-mode': 'cors' } })).toMatch(/^401 /)
  expect(await ask(browser, guard, { ...FORM, url: '//evil.test/' })).toBe('303 /confirm')
  expect((await browser.run((session) => auth.takeAsked(session))).result).toBe(undefined)
})

test('a level has a plain name', async () => {
  const { auth, browser } = await withAda()
  for (const name of ['', 'a b', 'x'.repeat(33), undefined as unknown as string]) {
    expect(() => auth.requireLevel(name)).toThrow(code('ERR_SESSION_OPTIONS'))
    await expect(browser.run((session) => auth.stepUp(session, name, () => true))).rejects.toThrow(code('ERR_SESSION_OPTIONS'))
  }
})
