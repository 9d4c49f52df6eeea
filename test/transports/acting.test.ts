/** Acting for somebody, and stepping up, whatever carries the token, and on the engines that most sessions are in. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RequestLike, Session, SessionStore, TransportFactory } from '../../src/index.ts'
import { formTransport } from '../../src/transports/form.ts'
import { headerTransport } from '../../src/transports/header.ts'
import { urlTransport } from '../../src/transports/url.ts'
import { application, code } from '../_support/application.ts'
import { leftOut } from '../_support/left-out.ts'
import { openStore, sharedStores } from '../_support/stores.ts'
import type { Engine } from '../_support/stores.ts'
import { identity } from '../_support/users.ts'
import { nextByHeader, nextByLink } from './requests.ts'

/** How a client comes back: by what a response handed it, or as before. */
type Next = (session: Session, before: RequestLike) => RequestLike

const ways: Readonly<Record<string, readonly [transport: TransportFactory, next: Next]>> = {
  header: [headerTransport(), nextByHeader],
  url: [urlTransport(), nextByLink],
  form: [formTransport(), nextByLink],
}
const WHY = { reason: 'ticket 4711' }

interface Person {
  /** One request, as this person's client sends it now. */
  run<Result>(handler: (session: Session) => Result | Promise<Result>): Promise<Result>
  /** Somebody with what this client has now. */
  copy(): Person
}

function person(open: (request: RequestLike) => Session, next: Next, request: RequestLike = { headers: {} }): Person {
  let now = request
  return {
    copy: () => person(open, next, now),
    async run(handler) {
      const session = open({ ...now })
      const result = await handler(session)
      await session.commit()
      await session.load()
      now = next(session, now)
      return result
    },
  }
}

const who = (one: Person): Promise<unknown[]> => one.run(async (session) => [(await session.load()).principal, session.actor])

const engines = sharedStores.filter(({ name }) => ['SQLite', 'PostgreSQL', 'Redis'].includes(name))

describe.each(engines)('on $name', ({ missing, start }) => {
  let engine: Engine
  let store: SessionStore
  beforeAll(async () => {
    if (missing) return
    engine = await start()
    store = await openStore(engine.location)
  })
  afterAll(async () => {
    await store?.close()
    await engine?.stop()
  })

  describe.each(Object.entries(ways))('by %s', (way, [transport, next]) => {
    const [ada, clerk] = [`ada by ${way}`, `clerk by ${way}`]

    test('who acts gets another token, and the own session comes back', leftOut(missing), async () => {
      const { sessions, clock } = application({ transport }, store)
      const staff = person((request) => sessions.open(request), next)
      await staff.run(async (session) => {
        await session.login(clerk)
        session.set('tab', 'customers')
      })
      const before = staff.copy()
      await staff.run((session) => session.actAs(ada, WHY))
      expect(await who(staff)).toEqual([ada, clerk])
      await staff.run((session) => session.set('seen', true))
      expect(await staff.run((session) => session.get('seen'))).toBe(true)
      await expect(
        staff.copy().run((session) => session.actAs('eve', WHY)),
        'not nested',
      ).rejects.toThrow(code('ERR_SESSION_ACTING'))
      const acting = staff.copy()
      await staff.run((session) => session.stopActing())
      expect(await who(staff)).toEqual([clerk, undefined])
      expect(await staff.run((session) => session.get('tab'))).toBe('customers')
      for (const old of [before, acting]) expect(await who(old), 'an old token leads nowhere').toEqual([null, undefined])

      await staff.run((session) => session.actAs(ada, { ...WHY, for: '10m' }))
      clock.advance('11m')
      expect(await who(staff), 'it has a deadline of its own').toEqual([null, undefined])
    })

    test.each([ada, clerk])('it ends when all sessions of %s are revoked', leftOut(missing), async (revoked) => {
      const { sessions } = application({ transport }, store)
      const staff = person((request) => sessions.open(request), next)
      await staff.run((session) => session.login(clerk))
      await staff.run((session) => session.actAs(ada, WHY))
      expect((await sessions.of(ada).list()).map(({ actor }) => actor)).toContain(clerk)
      await sessions.of(revoked).revokeAll()
      expect(await who(staff)).toEqual([null, undefined])
    })
  })
})

test.each(Object.entries(ways))(
  'by %s, a step up gives a new token, and opens what asks for its level',
  async (_way, [transport, next]) => {
    const { sessions, auth, add } = identity({}, { transport })
    const ada = await add('ada', 'her password')
    const one = person((request) => sessions.open(request), next)
    await one.run((session) => auth.loginWithoutPassword(session, ada))
    const guard = auth.requireLevel('otp')
    const asked: RequestLike = { method: 'POST', url: '/pay', headers: {} }
    expect(await one.run(async (session) => (await guard(asked, session))?.status)).toBe(401)
    const before = one.copy()
    expect(await one.run((session) => auth.stepUp(session, 'otp', () => true))).toBe(true)
    expect(await one.run((session) => guard(asked, session))).toBeUndefined()
    expect(await who(before), 'the token from before').toEqual([null, undefined])
  },
)
