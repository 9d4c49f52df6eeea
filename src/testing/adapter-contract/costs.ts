import assert from 'node:assert/strict'
import type { RouteAnswer } from './application.ts'
import { DONE, sessionCookies, varyOf, type AdapterRule, type Handle, type World } from './world.ts'

const PUBLIC = { Vary: 'Accept', 'Cache-Control': 'public, max-age=60' }

async function reads(session: Handle): Promise<RouteAnswer> {
  return { ...DONE, kind: 'text', status: 200, body: String(await session.get('visits')), headers: PUBLIC }
}

const writes = ({ store }: World): number => store.count('create') + store.count('update') + store.count('delete')

export const costRules: readonly AdapterRule[] = [
  {
    name: 'a handler that never touches the session',
    why: 'it pays nothing, and what it answers may be cached for all',
    async check(world) {
      const cookie = await world.stored((session) => session.set('visits', 1))
      const answer = await world.untouched({ cookie })
      assert.equal(world.store.count(), 0, 'the store was asked')
      assert.deepEqual(sessionCookies(answer), [])
      assert.equal(answer.headers.get('cache-control'), 'public, max-age=60')
      assert(!varyOf(answer).includes('cookie'), 'Vary names Cookie')
    },
  },
  {
    name: 'a read',
    why: 'one call of the store, nothing written; and no shared cache may give the page to somebody else, whatever the handler says',
    async check(world) {
      const cookie = await world.stored((session) => session.set('visits', 7))
      const answer = await world.do(reads, { cookie })
      assert.equal(answer.body, '7')
      assert.equal(world.store.count('load'), 1)
      assert.equal(writes(world), 0, 'a read wrote')
      assert.deepEqual(sessionCookies(answer), [])
      assert.deepEqual(
        varyOf(answer)
          .filter((name) => name === 'accept' || name === 'cookie')
          .toSorted(),
        ['accept', 'cookie'],
      )
      assert.match(answer.headers.get('cache-control') ?? '', /\b(private|no-store)\b/)
      assert.doesNotMatch(answer.headers.get('cache-control') ?? '', /\bpublic\b/)
    },
  },
  {
    name: 'a read without a cookie',
    why: 'an anonymous visit creates nothing; and its page is not for those who are signed in',
    async check(world) {
      const answer = await world.do(reads)
      assert.equal(world.store.count(), 0, 'the store was asked')
      assert.deepEqual(sessionCookies(answer), [])
      assert(varyOf(answer).includes('cookie'), 'Vary does not name Cookie')
    },
  },
  {
    name: 'a forged cookie',
    why: 'it is no session, no error, and costs no call of the store',
    async check(world) {
      const cookie = await world.stored((session) => session.set('visits', 7))
      const forged = cookie.slice(0, -4) + (cookie.endsWith('AAAA') ? 'BBBB' : 'AAAA')
      const answer = await world.do(reads, { cookie: forged })
      assert.equal(answer.status, 200)
      assert.equal(answer.body, 'undefined')
      assert.equal(world.store.count(), 0, 'the store was asked')
    },
  },
  {
    name: 'many changes, one save',
    why: 'what a handler changes is written at once',
    async check(world) {
      const cookie = await world.stored((session) => session.set('visits', 1))
      await world.do(
        async (session) => {
          session.increment('visits')
          session.set('cart', ['tea'])
          await session.get('visits')
          session.update('cart', (cart = []) => [...cart, 'milk'])
          return DONE
        },
        { cookie },
      )
      assert.equal(world.store.count('load'), 1)
      assert.equal(writes(world), 1)
      assert.deepEqual(await world.opened(cookie).get('cart'), ['tea', 'milk'])
    },
  },
]
