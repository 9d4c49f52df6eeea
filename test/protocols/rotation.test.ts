import { describe, expect, test } from 'vitest'
import type { Session, SessionEvents } from '../../src/index.ts'
import { application, code, SECRET, settled, signal, stopAt } from '../_support/application.ts'
import type { Application } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import type { Client } from '../_support/client.ts'

interface Rotating extends Application {
  readonly user: Client<Record<string, unknown>>
  readonly alarms: SessionEvents['reuse'][]
}

/** Signed in, and due for a new token. The grace is 2 minutes, a pending token is young for 5. */
async function dueForRotation(options: Parameters<typeof application>[0] = {}): Promise<Rotating> {
  const app = application({ rotateEvery: '10m', idleTimeout: '1d', ...options })
  const alarms: SessionEvents['reuse'][] = []
  app.sessions.on('reuse', (event) => void alarms.push(event))
  const user = client(app.sessions)
  await user.run((session) => session.login('alice'))
  app.clock.advance('11m')
  return { ...app, user, alarms }
}

/** Who the client is, and how many cookies it got. */
async function visit(
  browser: Client<Record<string, unknown>>,
  options: Parameters<typeof browser.run>[1] = {},
): Promise<[string | null, number]> {
  const { result, setCookies } = await browser.run(async (session) => (await session.load()).principal, options)
  return [result, setCookies.length]
}

describe('counterexample `silent-hijack`: whoever falls behind raises the alarm', () => {
  test('a thief who took over is found out by the user', async () => {
    const { user, clock, alarms, sessions } = await dueForRotation()
    const thief = user.copy()
    expect(await visit(thief)).toEqual(['alice', 1])
    expect(await visit(thief)).toEqual(['alice', 0])
    clock.advance('1m')
    expect(await visit(user), 'within the grace').toEqual(['alice', 0])
    clock.advance('2m')
    expect(await visit(user)).toEqual([null, 0])

    expect(alarms).toMatchObject([{ principal: 'alice' }])
    expect(await visit(thief)).toEqual([null, 0])
    expect(await sessions.of('alice').list()).toEqual([])
  })

  test('the grace of two minutes is over a millisecond after it', async () => {
    const { user, clock, alarms } = await dueForRotation()
    const tab = user.copy()
    await visit(user)
    await visit(user)
    clock.advance('2m')
    expect(await visit(tab)).toEqual(['alice', 0])
    expect(alarms).toEqual([])
    clock.advance(1)
    expect(await visit(tab)).toEqual([null, 0])
    expect(alarms).toHaveLength(1)
  })

  test('a thief who comes late is found out', async () => {
    const { user, clock, alarms } = await dueForRotation()
    const thief = user.copy()
    await visit(user)
    await visit(user)
    clock.advance('3m')
    expect(await visit(thief)).toEqual([null, 0])
    expect(alarms).toHaveLength(1)
    expect(await visit(user)).toEqual([null, 0])
  })

  test('also with a token from several rotations ago', async () => {
    const { user, clock, alarms } = await dueForRotation()
    const thief = user.copy()
    for (let i = 0; i < 3; i++) {
      await visit(user)
      await visit(user)
      clock.advance('11m')
    }
    expect(await visit(thief)).toEqual([null, 0])
    expect(alarms).toHaveLength(1)
  })

  test('a token from before the last change of privilege is worth nothing, and raises none', async () => {
    const { user, clock, alarms } = await dueForRotation()
    const old = user.copy()
    await user.run((session) => session.rotate())
    clock.advance('1h')
    expect(await visit(old)).toEqual([null, 0])
    expect(alarms).toEqual([])
    expect((await visit(user))[0]).toBe('alice')
  })
})

describe('counterexample `two-tabs`: a young pending token is not replaced', () => {
  test('a tab whose answer comes last does not lock the user out', async () => {
    const { user, clock, alarms, store, another } = await dueForRotation()
    const write = stopAt(1)
    store.after('update', write.hook)
    const firstTab = visit(user)
    await write.reached
    expect(await visit(user, { at: another() })).toEqual(['alice', 0])
    write.release()
    expect(await firstTab).toEqual(['alice', 1])
    clock.advance('3m')

    expect(await visit(user)).toEqual(['alice', 0])
    expect(alarms).toEqual([])
  })

  test('of two rotations at once one wins, and the other looks again', async () => {
    const { user, clock, alarms, store, another } = await dueForRotation()
    const write = stopAt(1)
    store.before('update', write.hook)
    const loser = visit(user)
    await write.reached
    const winner = await visit(user, { at: another() })
    write.release()

    expect([winner, await loser]).toEqual([
      ['alice', 1],
      ['alice', 0],
    ])
    clock.advance('3m')
    expect(await visit(user)).toEqual(['alice', 0])
    expect(alarms).toEqual([])
  })

  test('two lost answers in a row lock nobody out', async () => {
    const { user, clock, alarms } = await dueForRotation()
    for (let i = 0; i < 2; i++) {
      expect(await visit(user, { lost: true })).toEqual(['alice', 1])
      clock.advance('6m')
    }
    expect(await visit(user)).toEqual(['alice', 1])
    clock.advance('6m')
    expect(await visit(user)).toEqual(['alice', 0])
    expect(alarms).toEqual([])
  })
})

describe('counterexample `lasso`: somebody who takes every pending token cannot keep the session from rotating', () => {
  test('the third is issued unconditionally, and then the two collide', async () => {
    const { user, clock, alarms } = await dueForRotation()
    const thief = user.copy()
    for (let i = 0; i < 3; i++) {
      expect(await visit(thief, { lost: true })).toEqual(['alice', 1])
      clock.advance('6m')
    }
    expect(await visit(user)).toEqual([null, 0])
    expect(alarms).toHaveLength(1)
  })

  test('a pending token that was replaced is superseded too', async () => {
    const { user, clock, alarms } = await dueForRotation()
    const first = user.copy()
    await visit(first)
    clock.advance('6m')
    await visit(user)
    expect(await visit(first)).toEqual([null, 0])
    expect(alarms).toHaveLength(1)
  })
})

describe('counterexample `slow-handler`: grace is judged by when the request was opened', () => {
  test('a first read long afterwards raises no alarm', async () => {
    const { user, clock, alarms } = await dueForRotation()
    const [uploaded, isUploaded] = signal()
    const upload = user.copy().run(async (session) => {
      await uploaded
      return (await session.load()).principal
    })
    await visit(user)
    await visit(user)
    clock.advance('10m')
    isUploaded()

    expect((await upload).result).toBe('alice')
    expect(alarms).toEqual([])
    expect((await visit(user))[0]).toBe('alice')
  })
})

describe('counterexample `slow-rotation`: a rotation is due by when the request was opened', () => {
  test.each(['reads', 'writes'])('one that %s long afterwards does not replace a pending token that arrived meanwhile', async (what) => {
    const { user, clock, alarms } = await dueForRotation()
    const [uploaded, isUploaded] = signal()
    const upload = user.copy().run(async (session) => {
      if (what === 'writes') await session.load()
      await uploaded
      session.set('file', 'stored')
      return (await session.load()).principal
    })
    await settled()
    expect(await visit(user)).toEqual(['alice', 1])
    clock.advance('6m')
    isUploaded()
    expect(await upload).toMatchObject({ result: 'alice', setCookies: [] })

    expect(await visit(user), 'with the pending token').toEqual(['alice', 0])
    expect(alarms).toEqual([])
  })
})

describe('unconfirmed: a client that keeps no cookies', () => {
  const never = async (app: Rotating, times: number): Promise<(string | null)[]> => {
    const seen: (string | null)[] = []
    for (let i = 0; i < times; i++) {
      seen.push((await visit(app.user, { lost: true }))[0])
      app.clock.advance('6m')
    }
    return seen
  }

  test('is signed out with an alarm in the end, by default', async () => {
    const app = await dueForRotation()
    expect(await never(app, 4)).toEqual(['alice', 'alice', 'alice', null])
    expect(app.alarms).toHaveLength(1)
  })

  test('lives on where the policy is to tell, and each further token is told', async () => {
    const app = await dueForRotation({ rotateEvery: { every: '10m', unconfirmed: 'event' } })
    const told: unknown[] = []
    app.sessions.on('unconfirmed', (event) => void told.push(event))
    expect(await never(app, 6)).toEqual(Array(6).fill('alice'))
    expect(app.alarms).toEqual([])
    expect(told).toEqual(Array(4).fill(expect.objectContaining({ principal: 'alice' })))
  })

  test('and should it keep one after all, everything is as it was', async () => {
    const app = await dueForRotation({ rotateEvery: { every: '10m', unconfirmed: 'event' } })
    await never(app, 6)
    await visit(app.user)
    expect(await visit(app.user)).toEqual(['alice', 0])
    app.clock.advance('11m')
    expect(await visit(app.user)).toEqual(['alice', 1])
    expect(await visit(app.user)).toEqual(['alice', 0])
    expect(app.alarms).toEqual([])
  })
})

describe('a visit whose rotation the store refuses', () => {
  test.each(['a token is due', 'a pending token comes back'])('%s: a read goes on, and a change beside it is an error', async (which) => {
    const { user, store } = await dueForRotation()
    if (which === 'a pending token comes back') await visit(user)
    store.before('update', () => {
      throw new Error('The disk is full.')
    })
    expect(await visit(user), 'nobody asked for the token').toEqual(['alice', 0])
    const change = user.run(async (session) => {
      await session.load()
      session.set('cart', 'full')
    })
    await expect(change).rejects.toThrow(code('ERR_SESSION_OUTCOME_UNKNOWN'))
    store.before('update')
    expect((await user.run((session) => session.get('cart'))).result).toBe(undefined)
  })
})

describe('the alarm', () => {
  test('names both: where the session was known, and where the superseded token came from', async () => {
    const { sessions, clock } = application({ rotateEvery: '10m', idleTimeout: '1d' })
    const alarms: unknown[] = []
    sessions.on('reuse', (event) => void alarms.push(event))
    const from = async (address: string, cookie: string, act: (session: Session) => unknown): Promise<[id: string, cookie: string]> => {
      const exchange = { address, userAgent: `of ${address}`, accessed() {}, changed() {} }
      const session = sessions.open({ headers: { cookie } }, exchange)
      await act(session)
      await session.commit()
      await session.load()
      return [session.id!, session.takeHeaders()[0]?.[1].split(';')[0] ?? cookie]
    }
    const visits = (session: Session): Promise<Session> => session.load()
    const [id, old] = await from('192.0.2.1', '', (session) => session.login('alice'))
    clock.advance('11m')
    const [, next] = await from('192.0.2.1', old, visits)
    await from('192.0.2.1', next, visits)
    clock.advance('3m')
    await from('198.51.100.9', old, visits)

    expect(next).not.toBe(old)
    expect(alarms).toEqual([{ id, principal: 'alice', address: '198.51.100.9', userAgent: 'of 198.51.100.9', knownAddress: '192.0.2.1' }])
  })

  test('is not raised by a deployment that turns rotation off while a token is within its grace', async () => {
    const { user, clock, store } = await dueForRotation()
    const tab = user.copy()
    await visit(user)
    await visit(user)
    const without = application({ store, clock }).sessions
    const alarms: unknown[] = []
    without.on('reuse', (event) => void alarms.push(event))
    expect(await visit(tab, { at: without })).toEqual(['alice', 0])
    expect(alarms).toEqual([])
  })
})

describe('tokens under an older secret, where tokens rotate', () => {
  const NEW = 'the second secret of the tests, 32'

  test('are replaced by rotation, and never sent again: a slow response would put them in the place of the next', async () => {
    const { user, clock, store } = await dueForRotation()
    const options = { secrets: [NEW, SECRET], store, clock, rotateEvery: '10m', idleTimeout: '1d' } as const
    const during = application(options).sessions
    const slow = user.copy()
    const write = stopAt(1)
    store.before('update', write.hook)
    const loser = visit(slow, { at: during })
    await write.reached
    store.before('update')
    expect(await visit(user, { at: application(options).sessions })).toEqual(['alice', 1])
    write.release()
    expect(await loser, 'it lost the race, and gets nothing').toEqual(['alice', 0])
    expect(await visit(user, { at: during }), 'pending, under the new secret').toEqual(['alice', 0])
    expect(await visit(slow, { at: during }), 'retired').toEqual(['alice', 0])
    const after = application({ ...options, secrets: [NEW] }).sessions
    expect(await visit(user, { at: after })).toEqual(['alice', 0])
    expect(await visit(slow, { at: after })).toEqual([null, 0])
  })

  test('anonymous ones, which do not rotate, are sent again', async () => {
    const { sessions, store, clock } = application({ rotateEvery: '10m' })
    const visitor = client(sessions)
    await visitor.run((session) => session.set('cart', 'full'))
    const during = application({ secrets: [NEW, SECRET], store, clock, rotateEvery: '10m' }).sessions
    expect(await visit(visitor, { at: during })).toEqual([null, 1])
    expect(await visit(visitor, { at: during })).toEqual([null, 0])
  })
})

describe('counterexample `failover-ahead`: a store that lost a rotation is behind the token', () => {
  test('the token is refused with an event, without an alarm', async () => {
    const { user, clock, alarms, store, sessions } = await dueForRotation()
    const refused: unknown[] = []
    sessions.on('refused', (event) => void refused.push(event))
    const call = { now: clock.now(), signal: new AbortController().signal }
    const id = (await user.open().load()).id!
    const replica = (await store.load(id, call))!
    await visit(user)
    await visit(user)
    await settled()
    await store.delete(id, call)
    await store.create(replica, call)

    expect(await visit(user)).toEqual([null, 0])
    expect(refused).toEqual([{ id, reason: 'ahead' }])
    expect(alarms).toEqual([])
    expect(await sessions.of('alice').list()).toHaveLength(1)
  })

  test('counterexample `failover-behind`: a rotation under way for one token does not happen to another', async () => {
    const { user, clock, alarms, store, another } = await dueForRotation()
    const call = { now: clock.now(), signal: new AbortController().signal }
    const id = (await user.open().load()).id!
    await visit(user)
    const replica = (await store.load(id, call))!
    await visit(user)
    clock.advance('11m')
    const write = stopAt(1)
    store.reset()
    store.before('update', write.hook)
    const late = visit(user.copy(), { at: another() })
    await write.reached
    store.before('update')
    await store.delete(id, call)
    await store.create(replica, call)
    write.release()
    expect(await late).toEqual(['alice', 0])

    expect(await visit(user), 'pending again').toEqual(['alice', 0])
    expect(alarms).toEqual([])
  })

  test('a token that was lost and its number given to another is worth nothing, and raises no alarm within the grace', async () => {
    const { user, clock, alarms, store, sessions } = await dueForRotation()
    const tab = user.copy()
    const call = { now: clock.now(), signal: new AbortController().signal }
    const id = (await user.open().load()).id!
    const replica = (await store.load(id, call))!
    expect(await visit(user)).toEqual(['alice', 1])
    await store.delete(id, call)
    await store.create(replica, call)
    expect(await visit(tab), 'the same number again').toEqual(['alice', 1])
    await visit(tab)
    clock.advance('11m')
    await visit(tab)
    await visit(tab)

    expect(await visit(user)).toEqual([null, 0])
    expect(alarms).toEqual([])
    expect(await sessions.of('alice').list()).toHaveLength(1)
  })
})

test('a handler that only writes, and so never reads, is handed the new token too', async () => {
  const { user, clock } = await dueForRotation()
  const old = user.copy()
  const { setCookies } = await user.run((session) => session.set('n', 1))
  expect(setCookies).toHaveLength(1)
  await user.run((session) => session.set('n', 2))
  clock.advance('3m')
  expect(await visit(old), 'the new one is current').toEqual([null, 0])
})
