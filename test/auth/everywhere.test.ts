/** The same sign-in, whatever keeps the sessions and however their tokens travel. */
import { expect, test } from 'vitest'
import type { RequestLike, Session, SessionsOptions } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { sealedStore } from '../../src/stores/sealed.ts'
import { formTransport } from '../../src/transports/form.ts'
import { headerTransport } from '../../src/transports/header.ts'
import { urlTransport } from '../../src/transports/url.ts'
import { client } from '../_support/client.ts'
import { identity } from '../_support/users.ts'
import type { Identity } from '../_support/users.ts'
import { nextByHeader, nextByLink } from '../transports/requests.ts'

type Run = <Result>(handler: (session: Session) => Result | Promise<Result>) => Promise<Result>

function byCookie({ sessions }: Identity): Run {
  const browser = client(sessions)
  return async (handler) => (await browser.run(handler)).result
}

function byToken(nextOf: (session: Session, before: RequestLike) => RequestLike): (app: Identity) => Run {
  return ({ sessions }) => {
    let next: RequestLike = { headers: {} }
    return async (handler) => {
      const session = sessions.open({ ...next })
      const result = await handler(session)
      await session.commit()
      next = nextOf(await session.load(), next)
      return result
    }
  }
}

const ways: Readonly<Record<string, readonly [options: SessionsOptions & { readonly schema?: never }, by: (app: Identity) => Run]>> = {
  'a cookie': [{}, byCookie],
  'sealed sessions alone': [{ store: sealedStore() }, byCookie],
  'sealed sessions with revocations': [{ store: sealedStore({ revocations: memoryStore(), recheck: '1s' }) }, byCookie],
  'a header': [{ transport: headerTransport() }, byToken(nextByHeader)],
  addresses: [{ transport: urlTransport() }, byToken(nextByLink)],
  forms: [{ transport: formTransport() }, byToken(nextByLink)],
}

test.each(Object.entries(ways))('%s', async (_name, [options, by]) => {
  const app = identity({ throttle: false }, options)
  const { auth, clock } = app
  await app.add('alice', 'right')
  const [laptop, phone] = [by(app), by(app)]
  const nameOn = (run: Run): Promise<string | undefined> => run(async (session) => (await auth.user(session))?.email)

  await laptop((session) => session.set('cart', 'full'))
  for (const run of [laptop, phone]) {
    await run(async (session) => auth.login(session, (await auth.authenticate('alice', 'right'))!))
  }
  expect([await nameOn(laptop), await nameOn(phone)]).toEqual(['alice', 'alice'])
  expect(await laptop((session) => session.get('cart'))).toBe('full')

  const token = await laptop((session) => session.csrf.token())
  expect(await laptop((session) => session.csrf.verify(token))).toBe(true)
  expect(await phone((session) => session.csrf.verify(token))).toBe(false)

  clock.advance('11m')
  const isFresh = (run: Run): Promise<boolean> =>
    run(async (session) => (await auth.requireFresh('10m')({ headers: {} }, session)) === undefined)
  expect(await isFresh(laptop)).toBe(false)
  expect(await laptop((session) => auth.reauthenticate(session, 'right'))).toBe(true)
  expect(await isFresh(laptop)).toBe(true)

  await laptop(async (session) => auth.changePassword((await auth.user(session))!, 'new', { except: session }))
  clock.advance('2s')
  expect([await nameOn(laptop), await nameOn(phone)]).toEqual(['alice', undefined])

  await laptop((session) => auth.logout(session))
  expect(await nameOn(laptop)).toBe(undefined)
})
