import { expect, test } from 'vitest'
import { createSessions } from '../../src/index.ts'
import type { Sessions, SessionsOptions } from '../../src/index.ts'
import { testClock } from '../../src/testing/index.ts'
import { headerTransport } from '../../src/transports/header.ts'
import { SECRET } from '../_support/application.ts'

const sessionsWith = (options: Pick<SessionsOptions, 'cookie' | 'development' | 'transport'> = {}): Sessions<{ n?: number }> =>
  createSessions<{ n: number }>({ secrets: [SECRET], clock: testClock(), absoluteTimeout: '1h', ...options })

test('takeCookies gives the parts of what takeHeaders gives as lines', async () => {
  const session = sessionsWith({
    cookie: { path: '/app', domain: 'shop.test', sameSite: 'none', partitioned: true },
  }).open({ headers: {} })
  await session.login('ada', { remember: true })
  await session.commit()
  expect(session.takeCookies()).toEqual([
    {
      name: '__Secure-session',
      value: expect.stringMatching(/^[\w-]{64}$/),
      attributes: { maxAge: 3_600, path: '/app', domain: 'shop.test', httpOnly: true, secure: true, sameSite: 'none', partitioned: true },
    },
  ])
  expect(session.takeCookies(), 'once').toEqual([])
  expect(session.takeHeaders()).toEqual([])
})

test('a cookie that is taken away has an empty value and a date', async () => {
  const session = sessionsWith({ development: true }).open({ headers: {} })
  session.set('n', 1)
  await session.commit()
  session.takeCookies()
  await session.logout({ clearSiteData: true })
  await session.commit()
  const attributes = { maxAge: 0, expires: new Date(0), path: '/', httpOnly: true, sameSite: 'lax' }
  expect(session.takeCookies()).toEqual([{ name: 'session-anon', value: '', attributes }])
  expect(session.takeHeaders(), 'what is no cookie stays').toEqual([['Clear-Site-Data', '"cache", "storage"']])
  expect(session.takeHeaders()).toEqual([])
})

test('a token in a header is no cookie', async () => {
  const session = sessionsWith({ transport: headerTransport() }).open({ headers: {} })
  session.set('n', 1)
  await session.commit()
  expect(session.takeCookies()).toEqual([])
  expect(session.takeHeaders()).toEqual([['Session-Token', expect.stringMatching(/^[\w-]{64}$/)]])
})

test('handle is told the address of the client', async () => {
  const sessions = sessionsWith()
  await sessions.handle(
    new Request('https://shop.test/'),
    async (session) => {
      await session.login('ada')
      return new Response()
    },
    { address: '192.0.2.7' },
  )
  expect((await sessions.of('ada').list()).map(({ address }) => address)).toEqual(['192.0.2.7'])
})
