import { describe, expect, test } from 'vitest'
import type { Session } from '../../src/index.ts'
import { application, code, settled, stopAt, stopFirst } from '../_support/application.ts'
import type { Application } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import type { Client } from '../_support/client.ts'

type Change = (session: Session) => unknown
type Data = Record<string, unknown>

interface Merged extends Application {
  readonly browser: Client<Data>
  /** The handle that wrote first, and what became of its commit. */
  readonly early: Session
  readonly late: Session
  readonly saved: [early: PromiseSettledResult<void>, late: PromiseSettledResult<void>]
  readonly dropped: unknown[]
}

type Way = 'in two processes, at once' | 'in two processes, one after the other' | 'in one process, queued'
const oneAfterTheOther: Way = 'in two processes, one after the other'
const ways: Way[] = ['in two processes, at once', oneAfterTheOther, 'in one process, queued']

/**
 * Two handles read the same version, and the late one writes when the early one has written: it has begun before and
 * meets a conflict, or begins afterwards, or waits in the queue of its process.
 */
async function merge(initial: Change, change: { early: Change; late: Change }, way: Way): Promise<Merged> {
  const app = application()
  const dropped: unknown[] = []
  app.sessions.on('dropped', (event) => void dropped.push(event))
  const browser = client(app.sessions)
  await browser.run(initial)
  const late = browser.open()
  const early = browser.open(way === 'in one process, queued' ? app.sessions : app.another())
  await Promise.all([early.load(), late.load()])
  await change.early(early)
  await change.late(late)
  const saved = await Promise.allSettled(await commitBoth(app, early, late, way))
  return { ...app, browser, early, late, saved, dropped }
}

async function commitBoth({ store }: Application, early: Session, late: Session, way: Way): Promise<[Promise<void>, Promise<void>]> {
  const write = stopFirst()
  const [first, second] = way === 'in two processes, at once' ? [late, early] : [early, late]
  if (way !== oneAfterTheOther) {
    store.before('update', write.hook)
    store.before('delete', write.hook)
  }
  const one = first.commit()
  await (way === oneAfterTheOther ? Promise.allSettled([one]) : write.reached)
  const other = second.commit()
  await (way === 'in one process, queued' ? settled() : Promise.allSettled([other]))
  write.release()
  return first === early ? [one, other] : [other, one]
}

/** What the session holds now. */
async function stored({ browser }: Merged): Promise<Data> {
  return (await browser.run((session) => session.load())).result.data
}

/** Changes that nobody has to be told about when the session is gone. */
const writes: [name: string, change: Change][] = [
  ['set', (s) => s.set('a', 1)],
  ['increment', (s) => s.increment('n')],
  ['update', (s) => s.update('cart', append('a'))],
  ['delete', (s) => s.delete('n')],
  ['flash', (s) => s.flash('ok', 'Saved')],
]

const data: [name: string, initial: Change, early: Change, late: Change, expected: Data][] = [
  ['set of different keys: both survive', (s) => s.set('o', 0), (s) => s.set('a', 1), (s) => s.set('b', 2), { o: 0, a: 1, b: 2 }],
  ['set of one key: the last one wins', (s) => s.set('a', 0), (s) => s.set('a', 1), (s) => s.set('a', 2), { a: 2 }],
  ['increments add up', (s) => s.set('n', 5), (s) => s.increment('n'), (s) => s.increment('n', 10), { n: 16 }],
  ['increments of a missing value add up', (s) => s.set('o', 0), (s) => s.increment('n'), (s) => s.increment('n', -3), { o: 0, n: -2 }],
  ['increment after set', (s) => s.set('n', 5), (s) => s.set('n', 100), (s) => s.increment('n'), { n: 101 }],
  ['set after increment', (s) => s.set('n', 5), (s) => s.increment('n'), (s) => s.set('n', 100), { n: 100 }],
  [
    'updates of one key are exact',
    (s) => s.set('cart', ['o']),
    (s) => s.update('cart', append('a')),
    (s) => s.update('cart', append('b')),
    { cart: ['o', 'a', 'b'] },
  ],
  ['an update sees a set', (s) => s.set('cart', ['o']), (s) => s.set('cart', []), (s) => s.update('cart', append('b')), { cart: ['b'] }],
  ['an update sees a delete', (s) => s.set('cart', ['o']), (s) => s.delete('cart'), (s) => s.update('cart', append('b')), { cart: ['b'] }],
  ['delete after set', (s) => s.set('a', 0), (s) => s.set('a', 1), (s) => s.delete('a'), {}],
  ['set after delete', (s) => s.set('a', 0), (s) => s.delete('a'), (s) => s.set('a', 1), { a: 1 }],
  ['delete beside set', (s) => (s.set('a', 0), s.set('b', 0)), (s) => s.delete('a'), (s) => s.set('b', 1), { b: 1 }],
  [
    'several changes of each',
    (s) => s.set('n', 1),
    (s) => (s.increment('n'), s.set('a', 1)),
    (s) => (s.increment('n'), s.delete('a'), s.set('b', 1)),
    { n: 3, b: 1 },
  ],
]

describe.each(ways)('data merges, %s', (way) => {
  test.each(data)('%s', async (_name, initial, early, late, expected) => {
    const merged = await merge(initial, { early, late }, way)
    expect(merged.saved).toEqual([fulfilled, fulfilled])
    expect(await stored(merged)).toEqual(expected)
    expect(merged.dropped).toEqual([])
  })

  test('messages of both are taken once each', async () => {
    const merged = await merge((s) => s.flash('ok', '1'), { early: (s) => s.flash('ok', '2'), late: (s) => s.takeFlash('ok') }, way)
    expect((await merged.browser.run((session) => session.takeFlash('ok'))).result).toEqual(['2'])
    expect((await merged.browser.run((session) => session.takeFlash('ok'))).result).toEqual([])
  })

  test('after the commit the handle knows what the others wrote', async () => {
    const merged = await merge((s) => s.set('o', 0), { early: (s) => s.set('a', 1), late: (s) => s.increment('n') }, way)
    expect(merged.late.data).toEqual({ o: 0, a: 1, n: 1 })
  })
})

describe.each(ways.slice(1))('what changes nothing of what was read is a change all the same, %s', (way) => {
  test.each<[name: string, initial: Change, early: Change, late: Change, expected: Data]>([
    ['set', (s) => s.set('a', 0), (s) => s.set('a', 1), (s) => s.set('a', 0), { a: 0 }],
    ['delete', (s) => s.set('o', 0), (s) => s.set('a', 1), (s) => s.delete('a'), { o: 0 }],
    [
      'update',
      (s) => s.set('a', ['o']),
      (s) => s.set('a', []),
      (s) => s.update('a', (a) => ((a as []).length > 0 ? a : ['new'])),
      { a: ['new'] },
    ],
  ])('%s', async (_name, initial, early, late, expected) => {
    const merged = await merge(initial, { early, late }, way)
    expect(merged.saved).toEqual([fulfilled, fulfilled])
    expect(await stored(merged)).toEqual(expected)
  })
})

describe('what changes nothing of what was read is not believed', () => {
  test('when the session has ended', async () => {
    const merged = await merge((s) => s.set('a', 0), { early: (s) => s.logout(), late: (s) => s.set('a', 0) }, oneAfterTheOther)
    expect(merged.dropped).toMatchObject([{ operations: 1 }])
  })

  test('when it has a new token', async () => {
    const merged = await merge((s) => s.set('a', 0), { early: (s) => s.rotate(), late: (s) => s.set('a', 0) }, oneAfterTheOther)
    expect(merged.saved[1]).toMatchObject({ status: 'rejected', reason: { code: 'ERR_SESSION_SUPERSEDED' } })
  })
})

describe.each(ways)('login against the rest, %s', (way) => {
  test('what was set before it stays', async () => {
    const merged = await merge((s) => s.set('o', 0), { early: (s) => s.set('a', 1), late: (s) => s.login('alice') }, way)
    for (const [name, token] of takeCookies(merged.late)) merged.browser.jar.set(name, token)
    expect(await stored(merged)).toEqual({ o: 0, a: 1 })
    expect(merged.late.principal).toBe('alice')
  })

  test('unless only some keys are kept', async () => {
    const change = { early: (s: Session) => s.set('a', 1), late: (s: Session) => s.login('alice', { keep: ['o'] }) }
    const merged = await merge((s) => (s.set('o', 0), s.flash('ok', 'Saved')), change, way)
    expect(merged.late.data).toEqual({ o: 0 })
    expect(await merged.late.takeFlash('ok')).toEqual(['Saved'])
  })

  test.each(writes)('a later %s of a request from before it is refused', async (_name, late) => {
    const merged = await merge((s) => s.set('n', 0), { early: (s) => s.login('alice'), late }, way)
    expect(merged.saved[1]).toMatchObject({ status: 'rejected', reason: { code: 'ERR_SESSION_SUPERSEDED' } })
    expect(merged.early.data).toEqual({ n: 0 })
    await merged.early.commit()
    expect((await merged.sessions.of('alice').list()).map(({ id }) => id)).toEqual([merged.early.id])
  })

  test('a second login of the same person is a second session', async () => {
    const merged = await merge((s) => s.set('n', 0), { early: (s) => s.login('alice'), late: (s) => s.login('alice') }, way)
    expect(merged.saved).toEqual([fulfilled, fulfilled])
    const ids = (await merged.sessions.of('alice').list()).map(({ id }) => id)
    expect(new Set(ids)).toEqual(new Set([merged.early.id, merged.late.id]))
    expect(ids).toHaveLength(2)
  })
})

describe.each(ways.slice(0, 2))('logout against everything, %s', (way) => {
  test.each(writes)('a later %s writes nothing', async (_name, late) => {
    const merged = await merge((s) => s.set('n', 0), { early: (s) => s.logout(), late }, way)
    expect(merged.saved).toEqual([fulfilled, fulfilled])
    expect(merged.dropped).toMatchObject([{ operations: 1 }])
    expect(takeCookies(merged.late)).toEqual([])
    expect(await stored(merged)).toEqual({})
    expect(merged.store.count('create'), 'the one of the beginning').toBe(1)
  })

  test('a later rotate() is told', async () => {
    const merged = await merge((s) => s.set('n', 0), { early: (s) => s.logout(), late: (s) => s.rotate() }, way)
    expect(merged.saved[1]).toMatchObject({ status: 'rejected', reason: { code: 'ERR_SESSION_GONE' } })
  })

  test('a later login is a new session', async () => {
    const merged = await merge((s) => s.set('n', 0), { early: (s) => s.logout(), late: (s) => s.login('alice') }, way)
    expect(merged.saved).toEqual([fulfilled, fulfilled])
    expect((await merged.sessions.of('alice').list()).map(({ id }) => id)).toEqual([merged.late.id])
    expect(merged.late.data).toEqual({})
  })

  test('two of them are one', async () => {
    const merged = await merge((s) => s.set('n', 0), { early: (s) => s.logout(), late: (s) => s.logout() }, way)
    expect(merged.saved).toEqual([fulfilled, fulfilled])
    expect(await stored(merged)).toEqual({})
  })
})

describe.each(ways)('logout after everything, %s', (way) => {
  test.each(writes)('it ends what a %s wrote before it', async (_name, early) => {
    const merged = await merge((s) => s.set('n', 0), { early, late: (s) => s.logout() }, way)
    expect(merged.saved).toEqual([fulfilled, fulfilled])
    expect(await stored(merged)).toEqual({})
  })

  test.each<[name: string, change: Change]>([
    ['rotate()', (s) => s.rotate()],
    ['login', (s) => s.login('alice')],
  ])('and the new token of a %s', async (_name, early) => {
    const merged = await merge((s) => s.set('n', 0), { early, late: (s) => s.logout() }, way)
    expect(merged.saved[1]).toEqual(fulfilled)
    for (const [name, token] of takeCookies(merged.early)) merged.browser.jar.set(name, token)
    expect(await stored(merged)).toEqual({})
  })
})

describe.each(ways)('rotate against everything, %s', (way) => {
  test.each(writes)('a later %s of a request with the old token is refused', async (_name, late) => {
    const merged = await merge((s) => s.set('n', 0), { early: (s) => s.rotate(), late }, way)
    expect(merged.saved[1]).toMatchObject({ status: 'rejected', reason: { code: 'ERR_SESSION_SUPERSEDED' } })
    for (const [name, token] of takeCookies(merged.early)) merged.browser.jar.set(name, token)
    expect(await stored(merged)).toEqual({ n: 0 })
  })

  test('of two one wins', async () => {
    const merged = await merge((s) => s.set('n', 0), { early: (s) => s.rotate(), late: (s) => s.rotate() }, way)
    expect(merged.saved[1]).toMatchObject({ status: 'rejected', reason: { code: 'ERR_SESSION_SUPERSEDED' } })
    expect(takeCookies(merged.late)).toEqual([])
  })

  test.each(writes)('what a %s wrote before it stays', async (_name, early) => {
    const merged = await merge((s) => s.set('n', 0), { early, late: (s) => s.rotate() }, way)
    expect(merged.saved).toEqual([fulfilled, fulfilled])
    expect(await stored(merged), 'the old token is out').toEqual({})
    for (const [name, token] of takeCookies(merged.late)) merged.browser.jar.set(name, token)
    expect(await stored(merged)).toEqual(merged.early.data)
  })
})

describe('many at once', () => {
  test('fifty increments in one process are two writes', async () => {
    const { sessions, store } = application()
    const browser = client(sessions)
    await browser.run((session) => session.set('visits', 0))
    const write = stopAt(1)
    store.before('update', write.hook)
    const all = Promise.all(Array.from({ length: 50 }, () => browser.run((session) => session.increment('visits'))))
    await write.reached
    await settled()
    write.release()
    await all

    expect(store.count('update')).toBe(2)
    expect((await browser.run((session) => session.get('visits'))).result).toBe(50)
  })

  test('fifty increments in one process with a slow write are a few writes', async () => {
    const { sessions, store } = application()
    const browser = client(sessions)
    await browser.run((session) => session.set('visits', 0))
    store.before('update', settled)
    await Promise.all(Array.from({ length: 50 }, () => browser.run((session) => session.increment('visits'))))

    expect(store.count('update')).toBeLessThanOrEqual(3)
    expect((await browser.run((session) => session.get('visits'))).result).toBe(50)
  })

  test('of sixty, in three processes, none is lost', async () => {
    const { sessions, store, another } = application()
    const browser = client(sessions)
    await browser.run((session) => session.set('visits', 0))
    const merged: unknown[] = []
    const processes = [another(), another(), another()]
    for (const each of processes) each.on('merged', (event) => void merged.push(event))
    store.before('update', settled)
    await Promise.all(
      Array.from({ length: 60 }, (_, i) => browser.run((session) => session.increment('visits'), { at: processes[i % 3]! })),
    )

    expect((await browser.run((session) => session.get('visits'))).result).toBe(60)
    expect(merged.length).toBeGreaterThan(0)
  })

  test('who always comes second is told, and can try again', async () => {
    const { sessions, store, another } = application()
    const browser = client(sessions)
    await browser.run((session) => session.set('visits', 0))
    const elsewhere = another()
    const unlucky = browser.open()
    unlucky.increment('visits')
    let busy = false
    store.before('update', async () => {
      if (busy) return
      busy = true
      await browser.run((session) => session.increment('others'), { at: elsewhere })
      busy = false
    })
    await expect(unlucky.commit()).rejects.toThrow(code('ERR_SESSION_CONFLICT'))
    store.before('update')
    await unlucky.commit()

    expect((await browser.run((session) => session.get('visits'))).result).toBe(1)
  })

  test('a commit without changes costs nothing, and a change that changes nothing is not written', async () => {
    const { sessions, store } = application()
    const browser = client(sessions)
    await browser.run((session) => session.set('theme', 'dark'))
    store.reset()
    const handle = browser.open()
    await handle.commit()
    expect(store.count()).toBe(0)
    handle.set('theme', 'dark')
    handle.delete('coupon')
    await handle.commit()
    expect([store.count('load'), store.count()]).toEqual([1, 1])
  })
})

const fulfilled = { status: 'fulfilled', value: undefined }

function append(item: string): (list: unknown) => unknown {
  return (list = []) => [...(list as string[]), item]
}

/** The cookies that the handle's response would set. */
function takeCookies(session: Session): [name: string, token: string][] {
  return session
    .takeHeaders()
    .filter(([, line]) => !line.includes('Max-Age=0'))
    .map(([, line]) => line.split(';')[0]!.split('=') as [string, string])
}
