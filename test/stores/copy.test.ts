/** Moving sessions between two stores that are both in use: none is lost, none is in both, none comes back. */
import { expect, test } from 'vitest'
import { createSessions, memoryStore } from '../../src/index.ts'
import { copySessions } from '../../src/stores/copy.ts'
import type { CopyProgress } from '../../src/stores/copy.ts'
import type { Sessions, SessionStore } from '../../src/index.ts'
import { sqliteStore } from '../../src/stores/sqlite/index.ts'
import { scriptedStore, testClock } from '../../src/testing/index.ts'
import type { ScriptedStore } from '../../src/testing/index.ts'
import { code, SECRET, stopAt } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import type { Client } from '../_support/client.ts'
import { PATIENCE } from '../_support/patience.ts'

type Data = Record<string, unknown>

interface Migration {
  readonly clock: ReturnType<typeof testClock>
  readonly from: ScriptedStore & { readonly scanner: NonNullable<SessionStore['scanner']> }
  readonly to: ScriptedStore
  /** The processes that use the old store, and those that use the new one. */
  readonly before: Sessions<Data>
  readonly after: Sessions<Data>
  visitors(count: number): Promise<Client<Data>[]>
  cart(visitor: Client<Data>, at: Sessions<Data>): Promise<unknown>
  copy(options?: { cursor?: string; onProgress?: (progress: CopyProgress) => void; signal?: AbortSignal }): Promise<CopyProgress>
}

function migration(): Migration {
  const clock = testClock()
  // The walk of SQLite comes in pages.
  const from = scriptedStore(sqliteStore(':memory:'))
  const to = scriptedStore(memoryStore())
  const [before, after] = [from, to].map((store) => createSessions<Data>({ ...PATIENCE, secrets: [SECRET], store, clock })) as [
    Sessions<Data>,
    Sessions<Data>,
  ]
  return {
    clock,
    from,
    to,
    before,
    after,
    visitors: (count) =>
      Promise.all(
        Array.from({ length: count }, async (_, i) => {
          const visitor = client(before)
          await visitor.run(async (session) => {
            session.set('cart', i)
            if (i % 2) await session.login(`user-${i}`)
          })
          return visitor
        }),
      ),
    cart: async (visitor, at) => (await visitor.run((session) => session.get('cart'), { at })).result,
    copy: (options = {}) => copySessions(from, to, { clock, ...options }),
  }
}

test('every live session moves, with its data, its principal and its cookie; the old store is empty', async () => {
  const { clock, before, after, from, visitors, cart, copy } = migration()
  const gone = await visitors(1)
  clock.advance('31m')
  const all = await visitors(250)
  const seen: CopyProgress[] = []
  expect(await copy({ onProgress: (progress) => seen.push(progress) })).toEqual({ moved: 250, ended: 0, inDoubt: 0, cursor: undefined })
  expect(seen.map(({ moved }) => moved)).toEqual([100, 200, 250])
  expect(seen.map(({ cursor }) => typeof cursor)).toEqual(['string', 'string', 'undefined'])
  for (const [i, visitor] of all.entries()) expect(await cart(visitor, after)).toBe(i)
  expect(await after.of('user-7').list()).toHaveLength(1)
  expect(await cart(all[3]!, before)).toBeUndefined()
  expect(await cart(gone[0]!, after)).toBeUndefined()
  expect(await from.scanner.count!({ now: clock.now(), signal: new AbortController().signal })).toBe(0)
})

test('a later run takes what the old processes made meanwhile', async () => {
  const { after, visitors, cart, copy } = migration()
  await visitors(5)
  await copy()
  const [late] = await visitors(1)
  expect(await copy()).toMatchObject({ moved: 1 })
  expect(await cart(late!, after)).toBe(0)
})

test('a write of the old side while a session moves goes with it', async () => {
  const { after, from, before, visitors, cart, copy } = migration()
  const [visitor] = await visitors(1)
  const stop = stopAt()
  from.before('update', stop.hook)
  const copying = copy()
  await stop.reached
  from.before('update')
  await visitor!.run((session) => session.set('cart', 'changed'), { at: before })
  stop.release()
  expect(await copying).toMatchObject({ moved: 1 })
  expect(await cart(visitor!, after)).toBe('changed')
})

test('a write of the new side while a session moves is not overwritten', async () => {
  const { after, from, visitors, cart, copy } = migration()
  const [visitor] = await visitors(1)
  const stop = stopAt()
  from.before('update', stop.hook)
  const copying = copy()
  await stop.reached
  await visitor!.run((session) => session.set('cart', 'changed'), { at: after })
  stop.release()
  await copying
  expect(await cart(visitor!, after)).toBe('changed')
})

test.each(['before', 'after'] as const)('a logout while a session moves, on the side %s, ends it on both', async (side) => {
  const app = migration()
  const { from, before, after, cart, copy } = app
  const visitor = client(before)
  await visitor.run((session) => session.set('cart', 'full'))
  const thief = visitor.copy()
  const stop = stopAt()
  from.before('update', stop.hook)
  const copying = copy()
  await stop.reached
  await visitor.run((session) => session.logout(), { at: app[side] })
  stop.release()
  await copying
  await copy()
  expect(await cart(thief, before)).toBeUndefined()
  expect(await cart(thief, after)).toBeUndefined()
})

test('a revokeAll of the new side ends also what has not moved yet', async () => {
  const { before, after, copy } = migration()
  const visitor = client(before)
  await visitor.run((session) => session.login('alice'))
  await after.of('alice').revokeAll()
  expect(await copy()).toMatchObject({ moved: 0, ended: 1 })
  for (const side of [before, after]) {
    expect((await visitor.run(async (session) => (await session.load()).principal, { at: side })).result).toBeNull()
  }
})

test('stopped between two pages it goes on at the cursor', async () => {
  const { after, visitors, cart, copy } = migration()
  const all = await visitors(150)
  const stopping = new AbortController()
  let cursor: string | undefined
  const run = copy({
    signal: stopping.signal,
    onProgress: (progress) => {
      cursor = progress.cursor
      stopping.abort(new Error('enough for today'))
    },
  })
  await expect(run).rejects.toThrow('enough for today')
  expect(await copy({ cursor: cursor! })).toMatchObject({ moved: 50 })
  for (const [i, visitor] of all.entries()) expect(await cart(visitor, after)).toBe(i)
})

test('after a failure in the middle the next run finishes, and what was logged out in between stays dead', async () => {
  const { before, after, from, to, visitors, cart, copy } = migration()
  const all = await visitors(10)
  from.before('update', () => Promise.reject(new Error('pulled the plug')))
  await expect(copy()).rejects.toThrow(code('ERR_SESSION_STORE'))
  from.before('update')
  // All ten are in both stores now. One is ended on the new side, which the old one does not hear of.
  const thief = all[3]!.copy()
  await all[3]!.run((session) => session.logout(), { at: after })
  expect(await copy()).toMatchObject({ moved: 9, inDoubt: 1 })
  for (const side of [before, after]) expect(await cart(thief, side)).toBeUndefined()
  for (const i of [0, 1, 2, 4, 5, 6, 7, 8, 9]) expect(await cart(all[i]!, after)).toBe(i)
  expect((await to.scanner!.scan(undefined, 100, { now: Date.now(), signal: new AbortController().signal })).records).toHaveLength(9)
})

test('one store as both is refused', async () => {
  const store = memoryStore()
  await expect(copySessions(store, store)).rejects.toThrow(code('ERR_SESSION_OPTIONS'))
})

test('two stores on one place are refused, and every session stays', async () => {
  const { from, before, clock, visitors, cart } = migration()
  const all = await visitors(3)
  const twin = scriptedStore(from)
  for (const _ of ['first', 'again']) {
    await expect(copySessions(from, twin, { clock })).rejects.toThrow(code('ERR_SESSION_OPTIONS'))
  }
  for (const [i, visitor] of all.entries()) expect(await cart(visitor, before)).toBe(i)
  expect(await from.scanner.count!({ now: clock.now(), signal: new AbortController().signal })).toBe(3)
})

test('a store that an interrupted run left half filled can be moved on', async () => {
  const { from, to, clock, visitors, copy } = migration()
  await visitors(3)
  from.before('update', () => Promise.reject(new Error('pulled the plug')))
  await expect(copy()).rejects.toThrow(code('ERR_SESSION_STORE'))
  const scanned = to as ScriptedStore & { readonly scanner: NonNullable<SessionStore['scanner']> }
  expect(await copySessions(scanned, memoryStore(), { clock })).toMatchObject({ moved: 3 })
})
