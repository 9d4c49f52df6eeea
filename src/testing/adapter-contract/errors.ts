import assert from 'node:assert/strict'
import { cookieOf, diskFull, gate, sessionCookies, type AdapterRule } from './world.ts'

export const errorRules: readonly AdapterRule[] = [
  {
    name: 'a handler that throws',
    why: 'with its error page goes all that it changed, or nothing: never a cookie that opens nothing, nor a session nobody can open',
    async check(world) {
      const answer = await world.do((session) => {
        session.set('visits', 1)
        throw new Error('The handler has failed.')
      })
      assert(answer.status >= 500, `the status is ${answer.status}`)
      if (sessionCookies(answer).length === 0) assert.equal(world.store.count('create'), 0, 'saved, and the client does not know')
      else assert.equal(await world.opened(cookieOf(answer)).get('visits'), 1)
    },
  },
  {
    name: 'a handler that throws while the store is down',
    why: 'two failures are still one answer',
    async check(world) {
      world.store.before('create', diskFull)
      const answer = await world.do((session) => {
        session.set('visits', 1)
        throw new Error('The handler has failed.')
      })
      assert(answer.status >= 500, `the status is ${answer.status}`)
      assert.deepEqual(sessionCookies(answer), [])
      assert.equal((await world.untouched()).status, 200)
    },
  },
  {
    name: 'a stream that breaks off',
    why: 'the cookie is out by then, so it must open what was saved',
    async check(world) {
      const headers = gate()
      const answer = await world.do(
        (session) => {
          session.set('visits', 1)
          return { kind: 'stream', chunks: breaksOff(headers.opened) }
        },
        { onHeaders: () => headers.open() },
      )
      assert.equal(answer.status, 200)
      assert.equal(await world.opened(cookieOf(answer)).get('visits'), 1)
      assert.equal((await world.untouched()).status, 200)
    },
  },
  ...[true, false].map(
    (changedBefore) =>
      ({
        name: `a change within a stream, ${changedBefore ? 'after one before it' : 'the first'}`,
        why: 'it can no longer be saved with this response, and must not be lost in silence',
        async check(world): Promise<void> {
          const headers = gate()
          let code: unknown
          async function* changes(change: () => void): AsyncGenerator<string> {
            yield 'begun'
            await headers.opened
            try {
              change()
            } catch (error) {
              code = (error as { code?: unknown }).code
            }
            yield ' ended'
          }
          const answer = await world.do(
            (session) => {
              if (changedBefore) session.set('visits', 1)
              return { kind: 'stream', chunks: changes(() => session.set('visits', 2)) }
            },
            { onHeaders: () => headers.open() },
          )
          assert.equal(answer.body, 'begun ended')
          assert(code === 'ERR_SESSION_HEADERS_SENT' || code === 'ERR_SESSION_COMMITTED', `the change threw ${String(code)}`)
          assert.equal(world.store.count('create'), changedBefore ? 1 : 0)
        },
      }) satisfies AdapterRule,
  ),
]

async function* breaksOff(headers: Promise<void>): AsyncGenerator<string> {
  yield 'begun'
  await headers
  throw new Error('The stream has failed.')
}
