import { expect } from 'vitest'
import { createSessions } from '../../src/index.ts'
import type { Sessions } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { application, code, SECRET, settled, stopAt } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import { holding, principalOf, signedIn, SIGNED_IN } from './requirement.ts'
import type { Browser, Requirement, Source } from './requirement.ts'

const held = (id: string, text: string, why: string, test: Requirement['test']): Requirement => ({ id, text, verdict: 'held', why, test })

const REQUESTS = 20

/**
 * That many requests at once, each by a process of its own, which have all read the session before one of them writes.
 */
async function atOnce(browser: Browser, another: () => Sessions, act: (session: ReturnType<Browser['open']>, i: number) => unknown) {
  const open = await Promise.all(Array.from({ length: REQUESTS }, () => browser.open(another()).load()))
  return await Promise.allSettled(
    open.map(async (session, i) => {
      await act(session, i)
      await session.commit()
      return session
    }),
  )
}

const writes: readonly Requirement[] = [
  held(
    'no lost update',
    'Writes of different keys at once are all kept, and none revives a key that another deleted.',
    'Changes are recorded by key, and merged into what is stored.',
    async () => {
      const { alice, another } = await signedIn()
      await alice.run((session) => session.set('doomed', true))
      await atOnce(alice, another, (session, i) => (i === 0 ? session.delete('doomed') : session.set(`key ${i}`, i)))
      const { data } = await alice.open().load()
      expect(Object.keys(data).toSorted()).toEqual(Array.from({ length: REQUESTS - 1 }, (_, i) => `key ${i + 1}`).toSorted())
    },
  ),
  held(
    'one key',
    'Of writes of one key at once one wins; increments sum up exactly.',
    'Each write compares the version; increments and updates are done anew on what is stored.',
    async () => {
      const { alice, another } = await signedIn()
      await atOnce(alice, another, (session, i) => (session.set('last', i), session.increment('sum', i)))
      const { data } = await alice.open().load()
      expect(data['last']).toBeLessThan(REQUESTS)
      expect(data['sum']).toBe((REQUESTS * (REQUESTS - 1)) / 2)
    },
  ),
  held(
    'history',
    'Every append that was acknowledged is in the final read, once.',
    'As above; a reply that was lost is told from a write that was.',
    async () => {
      const { alice, another, store } = await signedIn()
      store.reset()
      store.after('update', ({ nth }) => {
        if (nth % 3 === 0) throw new Error('connection reset')
      })
      const done = await atOnce(alice, another, (session, i) => session.update('log', (log) => [...((log as number[]) ?? []), i]))
      store.after('update')
      const log = (await alice.open().get('log')) as number[]
      const acknowledged = done.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []))
      expect(acknowledged.length).toBeGreaterThan(0)
      expect(log).toEqual(expect.arrayContaining(acknowledged))
      expect(new Set(log).size).toBe(log.length)
    },
  ),
  held(
    'read your writes',
    'No byte of a response is sent before what it tells of is stored.',
    'Responses wait for the save; `test/promises/p3-*` shows it for each framework and each way of sending.',
    async () => {
      const { alice, store } = await signedIn()
      const write = stopAt(1)
      store.reset()
      store.before('update', write.hook)
      let answered = false
      const visit = alice.run((session) => session.set('cart', 'full')).then(() => (answered = true))
      await write.reached
      await settled()
      expect(answered).toBe(false)
      write.release()
      await visit
      expect(await alice.open().get('cart')).toBe('full')
    },
  ),
  held(
    'failures are seen',
    'No success with a cookie for a session that was not saved.',
    'The request fails, and its response with its cookie is dropped.',
    async () => {
      const { sessions, store } = application()
      store.before('create', () => {
        throw new Error('disk full')
      })
      const browser = client(sessions)
      await expect(browser.run((session) => session.login('alice'))).rejects.toThrow(code('ERR_SESSION_STORE'))
      expect(browser.jar.size).toBe(0)
    },
  ),
  held(
    'no idle writes',
    'Nothing is written when nothing changed; visitors who only read leave nothing.',
    'A touch aside, when due.',
    async () => {
      const { alice, store, sessions } = await signedIn()
      await alice.run((session) => session.set('cart', 'full'))
      store.reset()
      await alice.run(async (session) => session.set('cart', (await session.get('cart')) as string))
      await client(sessions).run((session) => session.get('cart'))
      await settled()
      expect(['create', 'update', 'touch', 'delete'].map((operation) => store.count(operation as 'create'))).toEqual([0, 0, 0, 0])
    },
  ),
]

const lives: readonly Requirement[] = [
  held(
    'the dead stay dead',
    'No save, touch, retry or late Set-Cookie revives a session that was destroyed.',
    'Stores never insert on update, and tell a late writer so.',
    async () => {
      const { alice, another, sessions, clock } = await signedIn()
      clock.advance('10m')
      const late = await Promise.all(Array.from({ length: 4 }, () => alice.open(another()).load()))
      await alice.run((session) => session.destroy())
      late[0]!.set('key', 1)
      late[1]!.increment('count')
      await late[2]!.rotate().catch(() => undefined)
      for (const session of late) await session.commit().catch(() => undefined)
      await settled()
      expect(late.flatMap((session) => session.takeHeaders()).filter(([, value]) => /^__Host-session=\w/.test(value))).toEqual([])
      expect(await sessions.of('alice').list()).toEqual([])
    },
  ),
  held(
    'one rotation wins',
    'Of rotations at once one wins; the old token is dead, and nothing under way writes by it.',
    'A rotation compares the version; who lost it is told ERR_SESSION_SUPERSEDED.',
    async () => {
      const { alice, another } = await signedIn()
      const thief = alice.copy()
      const slow = await alice.open(another()).load()
      const done = await atOnce(alice, another, (session) => session.rotate())
      expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      slow.set('key', 1)
      await expect(slow.commit()).rejects.toThrow(code('ERR_SESSION_SUPERSEDED'))
      expect(await principalOf(thief)).toBe(null)
    },
  ),
  held(
    'revokeAll misses none',
    'It beats logins that began earlier; the list shows no dead session and misses no live one.',
    'Epochs, compared after the record is stored.',
    async () => {
      const { sessions, another, store } = await signedIn()
      const write = stopAt(1)
      store.reset()
      store.before('create', write.hook)
      const late = client(another())
      const login = late.run((session) => session.login('alice')).catch(() => undefined)
      await write.reached
      await sessions.of('alice').revokeAll()
      write.release()
      await login
      expect(await principalOf(late)).toBe(null)
      const next = client(sessions)
      await next.run((session) => session.login('alice'))
      expect((await sessions.of('alice').list()).map(({ id }) => id)).toEqual([(await next.open().load()).id])
    },
  ),
  held(
    'deadlines',
    'The idle deadline never passes the absolute one, touches never move it back, and the reader judges both, whatever the store still holds.',
    'Deadlines are instants, checked when read.',
    async () => {
      const { alice, clock, store, sessions } = await signedIn({ idleTimeout: '30m', absoluteTimeout: '40m' })
      clock.advance('20m')
      await alice.run((session) => session.load())
      await settled()
      const session = await alice.open().load()
      expect(session.expiresAt).toBe(session.absoluteExpiresAt)
      const { id, expiresAt } = session
      const call = { now: clock.now(), signal: new AbortController().signal }
      await store.touch(id!, expiresAt! - 60_000, call)
      expect((await alice.open().load()).expiresAt).toBe(expiresAt)
      const stored = (await store.load(id!, call))!
      await store.update({ ...stored, version: stored.version + 1, expiresAt: expiresAt! * 2, retainUntil: expiresAt! * 2 }, call)
      clock.advance('20m')
      expect(await principalOf(holding({ sessions }, alice.jar.get(SIGNED_IN)!)), 'although the row is there').toBe(null)
    },
  ),
]

const bounds: readonly Requirement[] = [
  held(
    'unknown ids',
    'Unknown, malformed, empty and overlong ids create no row and reach no store.',
    'Without a genuine tag no store is asked.',
    async () => {
      const { sessions, store } = application()
      for (const token of ['', 'A', '../x', 'A'.repeat(64), 'A'.repeat(65), 'é', '\u0000', 'x'.repeat(100_000)]) {
        await sessions.open({ headers: { cookie: `${SIGNED_IN}=${token}` } }).load()
      }
      expect(store.count()).toBe(0)
    },
  ),
  held(
    'isolation',
    "No request sees another's data, and applications of different names share nothing in one store.",
    'State lives in the handle; names are part of every key.',
    async () => {
      const store = memoryStore()
      const [shop, blog] = ['shop', 'blog'].map((name) => createSessions({ secrets: [SECRET], store, name }))
      const browser = client(shop!)
      await browser.run((session) => session.login('alice'))
      expect((await blog!.of('alice').list()).length).toBe(0)
      expect(await blog!.of('alice').revokeAll()).toBe(0)
      expect(await principalOf(browser)).toBe('alice')
      const seen = await Promise.all(
        Array.from({ length: REQUESTS }, async (_, i) => {
          const own = client(shop!)
          await own.run((session) => session.set('who', i))
          return (await own.run((session) => session.get('who'))).result
        }),
      )
      expect(seen).toEqual(Array.from({ length: REQUESTS }, (_, i) => i))
    },
  ),
  held('no locks', 'A request that hangs or dies holds up nobody.', 'There are none: writers compare versions.', async () => {
    const { alice, another } = await signedIn()
    const hanging = await alice.open(another()).load()
    hanging.set('cart', 'never saved')
    await alice.run((session) => session.set('cart', 'full'))
    expect(await alice.open().get('cart')).toBe('full')
  }),
]

export const properties: Source = {
  title: 'What holds for requests at the same time',
  file: 'properties.ts',
  requirements: [...writes, ...lives, ...bounds],
}
