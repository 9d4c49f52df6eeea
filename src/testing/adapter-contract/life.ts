import assert from 'node:assert/strict'
import { DONE, cookieOf, gate, sessionCookies, type AdapterRule } from './world.ts'

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
