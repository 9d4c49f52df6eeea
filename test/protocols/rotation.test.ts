import { describe, expect, test } from 'vitest'
import type { SessionEvents } from '../../src/index.ts'
import { application, settled, signal, stopAt } from '../_support/application.ts'
import type { Application } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import type { Client } from '../_support/client.ts'

interface Rotating extends Application {
  readonly user: Client<Record<string, unknown>>
  readonly alarms: SessionEvents['reuse'][]
}

/** Signed in, and due for a new token. The grace is 2 minutes, a pending token is young for 5. */
async function dueForRotation(): Promise<Rotating> {
  const app = application({ rotateEvery: '10m', idleTimeout: '1d' })
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

describe('silent-hijack: whoever falls behind raises the alarm', () => {
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

describe('two-tabs: a young pending token is not replaced', () => {
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

describe('lasso: somebody who takes every pending token cannot keep the session from rotating', () => {
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

describe('slow-handler: grace is judged by when the request was opened', () => {
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

describe('failover-ahead: a store that lost a rotation is behind the token', () => {
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
})
