import { describe, expect, test } from 'vitest'
import type { HeaderLine } from '../../src/index.ts'
import { headerTransport } from '../../src/transports/header.ts'
import { application } from '../_support/application.ts'
import { ask, cartSeen } from './requests.ts'

const bearer = (token: string): { headers: Record<string, string> } => ({ headers: { authorization: `Bearer ${token}` } })
const handedOut = (owed: readonly HeaderLine[]): string[] => owed.filter(([name]) => name === 'Session-Token').map(([, value]) => value)

describe('the header transport', () => {
  test('a first change hands out a token, and the client comes back with it', async () => {
    const { sessions } = application({ transport: headerTransport() })
    const { owed } = await ask(sessions, {}, (session) => session.set('cart', ['mug']))
    expect(owed).toEqual([['Session-Token', expect.stringMatching(/^[\w-]{64}$/)]])
    expect(await cartSeen(sessions, bearer(owed[0]![1]))).toEqual(['mug'])
  })

  test('a read hands out nothing', async () => {
    const { sessions } = application({ transport: headerTransport() })
    const { owed } = await ask(sessions, {}, (session) => session.set('cart', ['mug']))
    expect((await ask(sessions, bearer(owed[0]![1]), (session) => session.load())).owed).toEqual([])
  })

  test('a login replaces the token, and the old one is worth nothing', async () => {
    const { sessions } = application({ transport: headerTransport() })
    const [anonymous] = handedOut((await ask(sessions, {}, (session) => session.set('cart', ['mug']))).owed)
    const signedIn = handedOut((await ask(sessions, bearer(anonymous!), (session) => session.login('anna'))).owed)
    expect(signedIn).toEqual([expect.stringMatching(/^[\w-]{64}$/)])
    expect(await cartSeen(sessions, bearer(signedIn[0]!))).toEqual(['mug'])
    expect(await cartSeen(sessions, bearer(anonymous!))).toBe(undefined)
  })

  test('a logout takes it away; what is set after it begins another session, with its own token', async () => {
    const { sessions } = application({ transport: headerTransport() })
    const [token] = handedOut((await ask(sessions, {}, (session) => session.login('anna'))).owed)
    const left = await ask(sessions, bearer(token!), async (session) => {
      await session.logout()
      session.set('theme', 'dark')
    })
    expect(handedOut(left.owed)).toEqual([expect.stringMatching(/^[\w-]{64}$/)])
    expect((await ask(sessions, bearer(token!), (session) => session.load())).result.principal).toBe(null)

    const [again] = handedOut((await ask(sessions, {}, (session) => session.login('anna'))).owed)
    expect(handedOut((await ask(sessions, bearer(again!), (session) => session.logout())).owed)).toEqual([''])
  })

  test('routine rotation hands out the next one', async () => {
    const { sessions, clock } = application({ transport: headerTransport(), rotateEvery: '10m' })
    const [token] = handedOut((await ask(sessions, {}, (session) => session.login('anna'))).owed)
    clock.advance('11m')
    const [next] = handedOut((await ask(sessions, bearer(token!), (session) => session.load())).owed)
    expect((await ask(sessions, bearer(next!), (session) => session.load())).result.principal).toBe('anna')
  })

  test.each(['bearer', 'BEARER', 'Bearer  '])('the scheme is read as RFC 9110 has it: %s', async (scheme) => {
    const { sessions } = application({ transport: headerTransport() })
    const [token] = handedOut((await ask(sessions, {}, (session) => session.set('cart', ['mug']))).owed)
    expect(await cartSeen(sessions, { headers: { authorization: `${scheme} ${token}` } })).toEqual(['mug'])
  })

  test.each([
    (token: string) => token,
    (token: string) => `Basic ${token}`,
    (token: string) => `Bearer${token}`,
    (token: string) => `Bearer ${token}, Bearer ${token}`,
    (token: string) => `Bearer "${token}"`,
    (token: string) => `Bearer ${token} x`,
  ])('any other spelling is no session: %s', async (write) => {
    const { sessions, store } = application({ transport: headerTransport() })
    const [token] = handedOut((await ask(sessions, {}, (session) => session.set('cart', ['mug']))).owed)
    store.reset()
    expect(await cartSeen(sessions, { headers: { authorization: write(token!) } })).toBe(undefined)
    expect(store.count()).toBe(0)
  })

  test('a header of your own carries the token both ways', async () => {
    const { sessions } = application({ transport: headerTransport({ header: 'X-Shop-Session' }) })
    const { owed } = await ask(sessions, {}, (session) => session.set('cart', ['mug']))
    expect(owed).toEqual([['X-Shop-Session', expect.any(String)]])
    expect(await cartSeen(sessions, { headers: { 'x-shop-session': owed[0]![1] } })).toEqual(['mug'])
    expect(await cartSeen(sessions, bearer(owed[0]![1]))).toBe(undefined)
  })

  test.each(['', 'X Token', 'X-Token\r\nSet-Cookie', 'Cookie', 'set-cookie', 'Content-Type', 'Sec-Fetch-Site', 'Origin'])(
    'a header that cannot carry a token is refused at start: %j',
    (header) => {
      expect(() => headerTransport({ header })).toThrow(expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' }))
    },
  )
})
