/** What must hold of any store that several processes share, on a real engine. */
import { expect } from 'vitest'
import { createSessions } from '../../src/index.ts'
import type { SessionStore } from '../../src/index.ts'
import { at, newRecord, nextOf, NOW } from '../../src/testing/store-contract/rule.ts'
import { client as browser } from '../_support/client.ts'
import { PATIENCE } from '../_support/patience.ts'

const secrets = ['a secret of these tests, long enough for it']

/** A conflict is answered with the newest committed record, a deleted one with gone. */
export async function answersConflicts(store: SessionStore, other: SessionStore): Promise<void> {
  for (let turn = 0; turn < 50; turn++) {
    const record = newRecord()
    await store.create(record, at(NOW))
    const [first, second] = await Promise.all([
      store.update(nextOf(record, { body: 'first' }), at(NOW)),
      other.update(nextOf(record, { body: 'second' }), at(NOW)),
    ])
    const loser = first === 'updated' ? second : first
    expect([first, second]).toContain('updated')
    expect(loser).toMatchObject({ version: 2, body: first === 'updated' ? 'first' : 'second' })
    const [, late] = await Promise.all([store.delete(record.id, at(NOW)), other.update(nextOf(nextOf(record)), at(NOW))])
    expect(['gone', 'updated']).toContain(late)
    expect(await store.load(record.id, at(NOW))).toBeUndefined()
  }
}

/** Fifty keys and fifty increments through two processes are all there. */
export async function losesNoUpdate(store: SessionStore, other: SessionStore): Promise<void> {
  const [here, there] = [store, other].map((one) => createSessions<Record<string, number>>({ ...PATIENCE, secrets, store: one }))
  const visitor = browser(here!)
  await visitor.run((session) => session.set('begun', 1))
  await Promise.all(
    Array.from({ length: 50 }, (_, i) =>
      visitor.run(
        async (session) => {
          await session.has('begun')
          session.set(`k${i}`, i)
          session.increment('count')
        },
        { at: i % 2 === 0 ? here! : there! },
      ),
    ),
  )
  const { result } = await visitor.run(async (session) => (await session.load()).data)
  expect(Object.keys(result).filter((key) => key.startsWith('k'))).toHaveLength(50)
  expect(result['count']).toBe(50)
}

/** `revokeAll` misses no login that began before it. */
export async function missesNoLogin(store: SessionStore): Promise<void> {
  const sessions = createSessions({ ...PATIENCE, secrets, store })
  // A sign-in has begun when it knows the epoch. A pool may ask for that after it has raised the epoch.
  const attempts = await Promise.all(Array.from({ length: 100 }, () => sessions.of('alice').begin()))
  const logins = attempts.map(async (attempt) => {
    const visitor = browser(sessions)
    await visitor.run((session) => session.login('alice', { attempt })).catch(() => undefined)
    return visitor
  })
  await new Promise((resolve) => setImmediate(resolve))
  await sessions.of('alice').revokeAll()
  const principals = await Promise.all(
    (await Promise.all(logins)).map(async (visitor) => (await visitor.run(async (session) => (await session.load()).principal)).result),
  )
  expect(principals.filter((principal) => principal !== null)).toEqual([])
  expect(await sessions.of('alice').list()).toEqual([])
}
