import { describe, expect, test } from 'vitest'
import { createSessions } from '../../src/index.ts'
import { sealedStore } from '../../src/stores/sealed.ts'
import { signIn } from '../../src/testing/index.ts'
import { application } from '../_support/application.ts'

describe('signIn', () => {
  test('gives the cookie of somebody who is signed in, with data', async () => {
    const { sessions } = application()
    const { headers, cookie, id } = await signIn(sessions, 'ada', { cart: ['tea'] })
    const visit = await sessions.open({ headers }).load()
    expect([cookie, visit.id, visit.principal, visit.data]).toEqual([headers.cookie, id, 'ada', { cart: ['tea'] }])
    expect(await sessions.of('ada').list()).toMatchObject([{ id }])
  })

  test('gives the cookie of a visitor who is not', async () => {
    const { sessions } = application()
    const { headers } = await signIn(sessions, null, { cart: ['tea'] })
    const visit = await sessions.open({ headers }).load()
    expect([visit.principal, visit.data]).toEqual([null, { cart: ['tea'] }])
  })

  test('says what is missing where there would be no session', async () => {
    await expect(signIn(application().sessions, null)).rejects.toMatchObject({ code: 'ERR_SESSION_PRINCIPAL' })
  })

  test('carries a sealed session, too', async () => {
    const sessions = createSessions({ store: sealedStore(), development: true })
    const { headers } = await signIn(sessions, 'ada', { cart: ['tea'] })
    expect((await sessions.open({ headers }).load()).data).toEqual({ cart: ['tea'] })
  })

  test.each([
    [{}, { domain: 'shop.test', path: '/', secure: true, httpOnly: true, sameSite: 'Lax', name: '__Host-session' }],
    [
      { domain: 'example.org', path: '/shop', sameSite: 'none' } as const,
      { domain: '.example.org', path: '/shop', sameSite: 'None', name: '__Secure-session' },
    ],
  ])('shows a browser the attributes of the cookie %o', async (cookie, expected) => {
    const { storageState } = await signIn(application({ cookie }).sessions, 'ada')
    const [stored] = storageState('https://shop.test/').cookies
    expect(stored).toMatchObject(expected)
    expect(stored!.expires).toBeGreaterThan(Date.now() / 1_000)
  })
})
