import assert from 'node:assert/strict'
import { DONE, cookieOf, diskFull, gate, sessionCookies, type AdapterRule, type Handle } from './world.ts'

export const lifeRules: readonly AdapterRule[] = [
  {
    name: 'login hands out a new token',
    why: 'a token that somebody planted before the sign-in must open nothing after it',
    async check(world) {
      const before = await world.stored((session) => session.set('cart', ['tea']))
      const answer = await world.do(
        async (session) => {
          await session.login('alice')
          return DONE
        },
        { cookie: before },
      )
      const after = await world.opened(cookieOf(answer)).load()
      assert.equal(after.principal, 'alice')
      assert.deepEqual(after.data.cart, ['tea'])
      assert.equal((await world.opened(before).load()).principal, null)
    },
  },
  {
    name: 'logout ends the session and takes the cookie',
    why: 'who signs out on a shared computer is out',
    async check(world) {
      const cookie = await world.stored((session) => session.login('alice'))
      const answer = await world.do(
        async (session) => {
          await session.logout()
          return { kind: 'redirect', location: '/untouched' }
        },
        { cookie },
      )
      assert.equal(sessionCookies(answer).length > 0, true, 'the cookie stays')
      assert.equal(cookieOf(answer), '')
      assert.equal((await world.opened(cookie).load()).isNew, true)
    },
  },
  {
    name: 'a login whose await was forgotten',
    why: 'the handler goes on at once, and its response still waits until somebody is signed in',
    async check(world) {
      const before = await world.stored((session) => session.set('cart', ['tea']))
      const answer = await world.do(
        (session) => {
          void session.login('alice')
          session.set('visits', 1)
          return { kind: 'redirect', location: '/untouched' }
        },
        { cookie: before },
      )
      const after = await world.opened(cookieOf(answer)).load()
      assert.equal(after.principal, 'alice')
      assert.deepEqual([after.data.cart, after.data.visits], [['tea'], 1])
      assert.equal((await world.opened(before).load()).principal, null)
    },
  },
  ...(['logout', 'destroy'] as const).map((end): AdapterRule => ({
    name: `a ${end} whose await was forgotten`,
    why: 'a page that says "signed out" must be true; and what is set after it belongs to the next session',
    async check(world) {
      const cookie = await world.stored((session) => session.login('alice'))
      const answer = await world.do(
        (session) => {
          void session[end]()
          session.set('visits', 1)
          return { kind: 'text', status: 200, body: 'signed out' }
        },
        { cookie },
      )
      assert.equal(answer.status, 200)
      assert.equal((await world.opened(cookie).load()).isNew, true, 'the session lives on')
      const next = await world.opened(cookieOf(answer)).load()
      assert.deepEqual([next.principal, next.data.visits], [null, 1])
    },
  })),
  {
    name: 'a rotate whose await was forgotten',
    why: 'after a change of privilege the old token must be worth nothing',
    async check(world) {
      const cookie = await world.stored((session) => session.login('alice'))
      const answer = await world.do(
        (session) => {
          void session.rotate()
          return { kind: 'stream', chunks: oneWord() }
        },
        { cookie },
      )
      assert.equal(answer.body, 'done')
      assert.equal((await world.opened(cookieOf(answer)).load()).principal, 'alice')
      assert.notEqual(cookieOf(answer), cookie)
    },
  },
  {
    name: 'a login that fails, and whose await was forgotten',
    why: 'nobody waits for its error, so the response has to be one',
    async check(world) {
      for (const [name, sign] of [
        ['the store', (session: Handle) => session.login('alice')],
        ['the caller', (session: Handle) => session.login('')],
      ] as const) {
        if (name === 'the store') world.store.before('principals.epoch', diskFull)
        const answer = await world.do((session) => {
          void sign(session)
          return { kind: 'redirect', location: '/untouched' }
        })
        world.store.before('principals.epoch')
        assert(answer.status >= 500, `${name} refuses the login, and the status is ${answer.status}`)
        assert.deepEqual(sessionCookies(answer), [])
      }
      assert.equal((await world.untouched()).status, 200)
    },
  },
  {
    name: 'a login that fails, and whose error was caught',
    why: 'the handler has dealt with it, and its own response is the right one',
    async check(world) {
      const answer = await world.do(async (session) => {
        session.set('visits', 1)
        await assert.rejects(session.login(''))
        return { kind: 'text', status: 400, body: 'no such user' }
      })
      assert.deepEqual([answer.status, answer.body], [400, 'no such user'])
      assert.equal(await world.opened(cookieOf(answer)).get('visits'), 1)
    },
  },
  {
    name: 'a slow request does not undo a logout',
    why: 'what was under way when somebody signed out must not sign them in again',
    async check(world) {
      const cookie = await world.stored((session) => session.login('alice'))
      const [reached, released] = [gate(), gate()]
      const slow = world.do(
        async (session) => {
          await session.get('visits')
          reached.open()
          await released.opened
          session.set('visits', 1)
          return DONE
        },
        { cookie },
      )
      await Promise.race([reached.opened, slow])
      await world.do(
        async (session) => {
          await session.logout()
          return DONE
        },
        { cookie },
      )
      released.open()
      const answer = await slow
      assert.equal(cookieOf(answer), '', 'a cookie came back')
      assert.equal((await world.opened(cookie).load()).principal, null)
    },
  },
]

async function* oneWord(): AsyncGenerator<string> {
  yield 'done'
}
