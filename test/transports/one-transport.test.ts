/**
 * One transport per session: its token is refused when it arrives by another one, without a store call if it is not
 * even a token there.
 */
import { describe, expect, test } from 'vitest'
import { cookieTransport } from '../../src/index.ts'
import type { Session, TransportFactory } from '../../src/index.ts'
import { formTransport } from '../../src/transports/form.ts'
import { headerTransport } from '../../src/transports/header.ts'
import { urlTransport } from '../../src/transports/url.ts'
import { application, code } from '../_support/application.ts'
import { ask, cartSeen, tokenIn } from './requests.ts'
import type { Asked } from './requests.ts'

interface Way {
  readonly transport: TransportFactory
  readonly send: (token: string) => Asked
}

const ways: Record<string, Way> = {
  cookie: {
    transport: cookieTransport(),
    send: (token) => ({ headers: { cookie: `__Host-session=${token}; __Host-session-anon=${token}` } }),
  },
  header: { transport: headerTransport(), send: (token) => ({ headers: { authorization: `Bearer ${token}` } }) },
  'own header': { transport: headerTransport({ header: 'X-Token' }), send: (token) => ({ headers: { 'x-token': token } }) },
  url: { transport: urlTransport(), send: (token) => ({ url: `/?session=${token}` }) },
  form: { transport: formTransport(), send: (token) => ({ form: { session: token } }) },
}
const names = Object.keys(ways)

async function tokenOf(name: string, sessions: ReturnType<typeof application>['sessions']): Promise<string> {
  const { result, owed } = await ask(sessions, {}, async (session) => {
    session.set('cart', ['mug'])
    await session.commit()
    return name === 'url' ? session.url('/') : name === 'form' ? session.field() : ''
  })
  return result === '' ? /[\w-]{64}/.exec(owed[0]![1])![0] : tokenIn(result)
}

describe.each(names)('a session that travels by %s', (issuedBy) => {
  test.each(names)('and its token sent by %s', async (sentBy) => {
    const { store, clock, sessions, another: _ } = application({ transport: ways[issuedBy]!.transport })
    const token = await tokenOf(issuedBy, sessions)
    const other = application({ transport: ways[sentBy]!.transport, clock }, store).sessions
    const isOwn = issuedBy === sentBy
    // Both headers have the same kind of token, because a deployment uses only one of them.
    const isHeader = issuedBy.endsWith('header') && sentBy.endsWith('header')
    expect(await cartSeen(other, ways[sentBy]!.send(token))).toEqual(isOwn || isHeader ? ['mug'] : undefined)
  })

  test.each(names.filter((name) => name !== issuedBy))('and sent by %s to its own application', async (sentBy) => {
    const { store, sessions } = application({ transport: ways[issuedBy]!.transport })
    const token = await tokenOf(issuedBy, sessions)
    store.reset()
    expect(await cartSeen(sessions, ways[sentBy]!.send(token))).toBe(undefined)
    expect(store.count()).toBe(0)
  })
})

describe('the helpers of another transport are an error, and give away nothing', () => {
  const helpers: Record<string, (session: Session) => string> = {
    url: (session) => session.url('/cart'),
    field: (session) => session.field(),
  }
  test.each([
    ['cookie', 'url'],
    ['cookie', 'field'],
    ['header', 'url'],
    ['header', 'field'],
    ['form', 'url'],
  ])('%s: session.%s', async (name, helper) => {
    const { sessions } = application({ transport: ways[name]!.transport })
    const { result } = await ask(sessions, {}, async (session) => {
      session.set('cart', ['mug'])
      await session.commit()
      return session
    })
    expect(() => helpers[helper]!(result)).toThrow(code('ERR_SESSION_TRANSPORT'))
  })
})

test('cookie and transport together are refused at start', () => {
  expect(() => application({ transport: headerTransport(), cookie: {} })).toThrow(code('ERR_SESSION_OPTIONS'))
  expect(() => application({ transport: 'url' as unknown as TransportFactory })).toThrow(code('ERR_SESSION_OPTIONS'))
})

test.each(['url', 'form'])('routine rotation is refused at start (counterexample `link-rotation`): %s', (name) => {
  expect(() => application({ transport: ways[name]!.transport, rotateEvery: '10m' })).toThrow(code('ERR_SESSION_OPTIONS'))
})
