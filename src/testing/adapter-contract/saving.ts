import assert from 'node:assert/strict'
import type { RouteAnswer } from './application.ts'
import { DONE, cookieOf, diskFull, gate, sessionCookies, varyOf, type AdapterRule, type ReceivedResponse, type World } from './world.ts'

interface ResponseKind {
  readonly name: string
  readonly method?: 'HEAD'
  readonly answer: () => RouteAnswer
  readonly status: readonly number[]
  readonly body: string
}

const MEANT = 'what was meant'
/** More than anything in between keeps by itself. */
const LONG = { chunk: MEANT.repeat(2000), times: 60 }

/** The kinds of responses. */
const kinds: readonly ResponseKind[] = [
  { name: 'text', answer: () => ({ kind: 'text', status: 201, body: MEANT }), status: [201], body: MEANT },
  { name: 'JSON', answer: () => ({ kind: 'json', value: { text: MEANT } }), status: [200], body: JSON.stringify({ text: MEANT }) },
  { name: 'a redirect', answer: () => ({ kind: 'redirect', location: '/untouched' }), status: [302, 303], body: '' },
  { name: 'a stream', answer: () => ({ kind: 'stream', chunks: words() }), status: [200], body: MEANT },
  {
    name: 'text with a length',
    answer: () => ({ kind: 'text', status: 200, body: MEANT, headers: { 'Content-Length': String(MEANT.length) } }),
    status: [200],
    body: MEANT,
  },
  { name: 'a long stream', answer: () => ({ kind: 'stream', chunks: pages() }), status: [200], body: LONG.chunk.repeat(LONG.times) },
  { name: '204', answer: () => ({ kind: 'empty', status: 204 }), status: [204], body: '' },
  { name: '304', answer: () => ({ kind: 'empty', status: 304, headers: { ETag: '"meant"' } }), status: [304], body: '' },
  { name: 'HEAD', method: 'HEAD', answer: () => ({ kind: 'text', status: 200, body: MEANT }), status: [200], body: '' },
  { name: 'HEAD of a stream', method: 'HEAD', answer: () => ({ kind: 'stream', chunks: words() }), status: [200], body: '' },
]

async function* words(): AsyncGenerator<string> {
  yield 'what '
  yield 'was '
  yield 'meant'
}

async function* pages(): AsyncGenerator<string> {
  for (let i = 0; i < LONG.times; i++) yield LONG.chunk
}

export const savingRules: readonly AdapterRule[] = [
  ...kinds.map((kind) => ({
    name: `saved before the first byte: ${kind.name}`,
    why: 'what a browser does next must find what it was told',
    check: (world: World) => checkSaved(world, kind),
  })),
  ...kinds.map((kind) => ({
    name: `a failed save is an error: ${kind.name}`,
    why: 'a page that says "done" when nothing was stored is a lie, and a cookie for it opens nothing',
    check: (world: World) => checkFailed(world, kind),
  })),
  {
    name: 'a failed change of a known session is an error',
    why: 'it is the update that fails most, not the insert',
    async check(world) {
      const cookie = await world.stored((session) => session.set('visits', 1))
      world.store.before('update', diskFull)
      const answer = await world.do(
        (session) => {
          session.set('visits', 2)
          return { kind: 'text', status: 200, body: MEANT }
        },
        { cookie },
      )
      checkRefused(answer)
      world.store.before('update')
      assert.equal(await world.opened(cookie).get('visits'), 1)
    },
  },
  {
    name: 'a change that cannot be applied is an error',
    why: 'it fails by itself, before any store is asked',
    async check(world) {
      const cookie = await world.stored((session) => session.set('cart', ['tea']))
      const answer = await world.do(
        (session) => {
          session.increment('cart' as never)
          return { kind: 'text', status: 200, body: MEANT }
        },
        { cookie },
      )
      checkRefused(answer)
      assert.deepEqual(await world.opened(cookie).get('cart'), ['tea'])
    },
  },
  {
    name: 'a client that leaves takes nothing with it',
    why: 'a closed tab must neither undo a purchase nor end the server',
    async check(world) {
      const cookie = await world.stored((session) => session.set('visits', 1))
      const [reached, released] = [gate(), gate()]
      let isSaved = false
      world.store.after('update', () => (isSaved = true))
      const abort = new AbortController()
      const left = world.do(
        async (session) => {
          reached.open()
          await released.opened
          session.set('visits', 2)
          return DONE
        },
        { cookie, signal: abort.signal },
      )
      await Promise.race([reached.opened, left])
      abort.abort()
      await world.untouched()
      released.open()
      await left
      for (let i = 0; i < 50 && !isSaved; i++) await world.untouched()
      assert.equal((await world.untouched()).status, 200)
      assert.equal(await world.opened(cookie).get('visits'), 2)
    },
  },
  {
    name: 'own cookies, Vary and CORS stay',
    why: 'a session is a guest in the response',
    async check(world) {
      const headers = {
        'Set-Cookie': 'own=1; Path=/',
        Vary: 'Accept',
        'Access-Control-Allow-Origin': '*',
        'Cache-Control': 'public, max-age=60',
      }
      const answer = await world.do((session) => {
        session.set('visits', 1)
        return { kind: 'text', status: 200, body: MEANT, headers }
      })
      assert.deepEqual(
        answer.headers.getSetCookie().filter((line) => line.startsWith('own=')),
        ['own=1; Path=/'],
      )
      assert.equal(answer.headers.get('access-control-allow-origin'), '*')
      assert(varyOf(answer).includes('accept'), 'the Vary of the handler is gone')
      checkHandedOut(answer)
    },
  },
]

async function checkSaved(world: World, { method, answer: meant, status, body }: ResponseKind): Promise<void> {
  const stop = world.stopAt('create')
  let begun = false
  const asked = world.do(
    (session) => {
      session.set('visits', 1)
      return meant()
    },
    { ...(method && { method }), onHeaders: () => (begun = true) },
  )
  await Promise.race([stop.reached, asked])
  // If a byte had been sent by now, it would arrive before three exchanges that begin later.
  for (let i = 0; i < 3; i++) assert.equal((await world.untouched()).status, 200)
  assert(!begun, 'the response began before the session was stored')
  stop.release()
  const answer = await asked
  assert(status.includes(answer.status), `the status is ${answer.status}`)
  assert(!answer.broken, 'the response breaks off')
  if (status[0] !== 302) assert(answer.body === body, `the body is ${answer.body.slice(0, 200)}`)
  else assert.equal(new URL(answer.headers.get('location') ?? '', 'http://localhost').pathname, '/untouched')
  if (status[0] === 304) assert.equal(answer.headers.get('etag'), '"meant"')
  checkHandedOut(answer)
  assert.equal(await world.opened(cookieOf(answer)).get('visits'), 1)
}

function checkHandedOut(answer: ReceivedResponse): void {
  assert.equal(sessionCookies(answer).length, 1, 'one cookie is handed out')
  assert.match(answer.headers.get('cache-control') ?? '', /\bno-store\b/, 'a cache may keep the token')
  assert(varyOf(answer).includes('cookie'), 'Vary does not name Cookie')
}

async function checkFailed(world: World, { method, answer: meant }: ResponseKind): Promise<void> {
  world.store.before('create', diskFull)
  const answer = await world.do(
    (session) => {
      session.set('visits', 1)
      return meant()
    },
    { ...(method && { method }) },
  )
  checkRefused(answer)
  world.store.before('create')
  const next = await world.do((session) => {
    session.set('visits', 2)
    return DONE
  })
  assert.equal(await world.opened(cookieOf(next)).get('visits'), 2, 'the next visit is not saved')
}

function checkRefused(answer: ReceivedResponse): void {
  assert(answer.status >= 500, `the status is ${answer.status}`)
  assert.deepEqual(sessionCookies(answer), [], 'a cookie for what was not saved')
  assert.equal(answer.headers.get('location'), null)
  assert.notEqual(answer.headers.get('etag'), '"meant"')
  assert(!answer.body.includes(MEANT), 'the response that was meant went out')
  assert(!answer.broken, 'the error page breaks off')
  if (!answer.byRuntime) assert.match(answer.headers.get('cache-control') ?? '', /\bno-store\b/, 'a cache may keep the error page')
}
