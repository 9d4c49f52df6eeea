import { mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { authenticatedBodies } from '../../src/core/crypto/body-protection.ts'
import { secretOf } from '../../src/core/crypto/keys.ts'
import { createSessions } from '../../src/index.ts'
import { fileStore } from '../../src/stores/file/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import type { StoreOperation } from '../../src/testing/index.ts'
import { application, code, loseReply, SECRET, settled } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import { PATIENCE } from '../_support/patience.ts'
import { holding, principalOf, signedIn } from './requirement.ts'
import type { Requirement, SignedIn, Source } from './requirement.ts'

const held = (id: string, text: string, why: string, test: Requirement['test']): Requirement => ({ id, text, verdict: 'held', why, test })

const CALLS = ['load', 'create', 'update', 'touch', 'delete'] as const satisfies readonly StoreOperation[]

/** The stored record of Alice's, put back as `change` makes its text, under a good MAC. */
async function stored(app: SignedIn, change: (text: string) => string): Promise<void> {
  const call = { now: app.clock.now(), signal: new AbortController().signal }
  const record = (await app.store.load((await app.alice.open().load()).id!, call))!
  const bodies = authenticatedBodies('session', [secretOf(SECRET)], 0)
  const text = change(bodies.reveal(record.body, record)!.text)
  const next = { ...record, version: record.version + 1 }
  await app.store.update({ ...next, body: bodies.protect({ head: text, tail: [] }, next) }, call)
}

export const faults: Source = {
  title: 'What becomes of faults',
  file: 'faults.ts',
  requirements: [
    held(
      'store down',
      'A clear error, nobody is taken for signed in, and all is well without a restart.',
      '`ERR_SESSION_STORE`; or, if you choose, an anonymous session whose changes fail.',
      async () => {
        const { alice, store } = await signedIn()
        for (const operation of CALLS) {
          store.before(operation, () => {
            throw new Error('connection refused')
          })
        }
        await expect(alice.run((session) => session.load())).rejects.toThrow(code('ERR_SESSION_STORE'))
        expect((await alice.open().load({ onStoreDown: 'anonymous' })).principal).toBe(null)
        for (const operation of CALLS) store.before(operation)
        expect(await principalOf(alice)).toBe('alice')
      },
    ),
    held('store slow', 'An answer in bounded time.', '`storeTimeout`, after which it is `ERR_SESSION_STORE_TIMEOUT`.', async () => {
      const { alice, store } = await signedIn({ storeTimeout: 20 })
      store.before('load', () => new Promise(() => undefined))
      await expect(alice.run((session) => session.load())).rejects.toThrow(code('ERR_SESSION_STORE_TIMEOUT'))
    }),
    held(
      'reply lost',
      'A write whose outcome is unknown is not done twice.',
      'It is looked up by its mark, and done again only if it is not there.',
      async () => {
        const { alice, store } = await signedIn()
        store.reset()
        store.after('update', loseReply(1))
        await alice.run((session) => session.increment('count'))
        expect(await alice.open().get('count')).toBe(1)
      },
    ),
    held(
      'values torn or foreign',
      'A record that cannot be read is none, and never an error or a sign-in.',
      'Read key by key; the event `unreadable` tells of it.',
      async () => {
        const changes = [
          () => '',
          (body: string) => body.slice(0, body.length / 2),
          () => '{"principal":"admin"}',
          () => '[]',
          () => 'null',
        ]
        for (const change of changes) {
          const app = await signedIn()
          const told: unknown[] = []
          app.sessions.on('unreadable', (event) => void told.push(event))
          await stored(app, change)
          expect(await principalOf(app.alice)).toBe(null)
          expect(told).toHaveLength(1)
        }
      },
    ),
    held(
      'failover that loses writes',
      'A token that is ahead of the store is refused; no session of before a logout or a rotation comes back by it.',
      'Tokens carry their generation; the event `refused` tells of it.',
      async () => {
        const { alice, sessions, store, clock } = await signedIn()
        const call = { now: clock.now(), signal: new AbortController().signal }
        const replica = (await store.load((await alice.open().load()).id!, call))!
        await alice.run((session) => session.rotate())
        await store.delete(replica.id, call)
        await store.create(replica, call)
        const refused: unknown[] = []
        sessions.on('refused', (event) => void refused.push(event))
        expect(await principalOf(alice)).toBe(null)
        expect(refused).toEqual([{ id: replica.id, reason: 'ahead' }])
      },
    ),
    held(
      'eviction',
      'A session that the store gave up is none.',
      'As if it had ended; the memory store tells of it by `evicted`. Redis needs `maxmemory-policy noeviction`; its store warns without it.',
      async () => {
        const store = memoryStore({ maxSessions: 1 })
        const { sessions } = application({}, store)
        const [first, second] = [client(sessions), client(sessions)]
        await first.run((session) => session.login('alice'))
        await second.run((session) => session.login('bob'))
        expect([await principalOf(first), await principalOf(second)]).toEqual([null, 'bob'])
      },
    ),
    held(
      'an evicted index',
      'A revocation reaches sessions that the engine no longer lists.',
      'At their next touch, within a tenth of the idle timeout: the record keeps the epoch of its login. Neighbours: `test/protocols/evicted-index.test.ts`, `test/stores/redis.test.ts`.',
      async () => {
        const { alice, sessions, store, clock } = await signedIn()
        const { principals } = store
        Object.assign(principals!, { list: async () => ({ records: [] }) })
        expect(await sessions.of('alice').revokeAll()).toBe(0)
        clock.advance('3m')
        await principalOf(alice)
        await expect.poll(() => store.count('delete')).toBe(1)
        expect(await principalOf(alice)).toBe(null)
      },
    ),
    held(
      'a full or read-only engine',
      'What the engine refuses is not saved, is told at once, and is not sent again.',
      'An error reply is an outcome, and its error holds no data. Real engines and disks: `test/stores/*-options.test.ts`, `test/stores/file.test.ts`, `test/interop/refusals.test.ts`.',
      async () => {
        const { alice, another, store } = await signedIn()
        await alice.run((session) => session.set('count', 1))
        const asked: string[] = []
        for (const operation of ['create', 'update'] as const) {
          store.before(operation, () => {
            asked.push(operation)
            throw Object.assign(new Error('The engine refused the call: OOM.'), { written: false })
          })
        }
        for (const visitor of [alice, client(another())]) {
          const change = visitor.run((session) => session.set('count', 2))
          const told = { code: 'ERR_SESSION_STORE', message: expect.stringContaining('OOM') }
          await expect(change).rejects.toThrow(expect.objectContaining(told))
        }
        for (const operation of ['create', 'update'] as const) store.before(operation)
        expect(asked).toEqual(['update', 'create'])
        expect(await alice.open().get('count')).toBe(1)
      },
    ),
    held(
      'revokeAll that cannot stop sign-ins',
      'It ends every session it can, and then throws.',
      'The epoch is raised first; if that fails, the sessions of the index are deleted all the same.',
      async () => {
        const { alice, sessions, store } = await signedIn()
        store.before('principals.raise', () => {
          throw new Error('OOM')
        })
        await expect(sessions.of('alice').revokeAll()).rejects.toThrow(expect.objectContaining({ code: 'ERR_SESSION_STORE' }))
        expect(await principalOf(alice)).toBe(null)
      },
    ),
    held(
      'a list beside a writer',
      'A session that is being written is in the list, so revokeAll ends it.',
      'The file store looks until it knows; in the other stores one statement shows it. Many writers: `test/stores/file.test.ts`.',
      async () => {
        const folder = mkdtempSync(join(tmpdir(), 'sojourn-faults-'))
        const sessions = createSessions({ ...PATIENCE, secrets: [SECRET], store: fileStore(folder) })
        const alice = client(sessions)
        await alice.run((session) => session.login('alice'))
        const writing = Array.from({ length: 20 }, (_, i) => alice.run((session) => session.set('count', i)).catch(() => undefined))
        expect(await sessions.of('alice').revokeAll()).toBe(1)
        await Promise.all(writing)
        expect(await principalOf(alice)).toBe(null)
        await sessions.close()
        rmSync(folder, { recursive: true, force: true })
      },
    ),
    held(
      'torn files',
      'A file that is empty or cut is no session, and writing goes on.',
      'Contents are checked; files are written beside and renamed. Kills and full disks: `test/stores/file.test.ts`.',
      async () => {
        const folder = mkdtempSync(join(tmpdir(), 'sojourn-faults-'))
        try {
          const sessions = createSessions({ ...PATIENCE, secrets: [SECRET], store: fileStore(folder) })
          const alice = client(sessions)
          await alice.run((session) => session.login('alice'))
          for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
            if (entry.isFile()) truncateSync(join(entry.parentPath, entry.name), 0)
          }
          expect(await principalOf(alice)).toBe(null)
          await alice.run((session) => session.login('alice'))
          expect(await principalOf(alice)).toBe('alice')
          await sessions.close()
        } finally {
          rmSync(folder, { recursive: true, force: true })
        }
      },
    ),
    held(
      'clock steps',
      'A clock that steps back or forth lets no session live past its absolute deadline, and revives none.',
      'Deadlines are instants; what was ended is deleted.',
      async () => {
        let now = Date.UTC(2100, 0, 1)
        const { alice } = await signedIn({ clock: { now: () => now }, idleTimeout: '30m', absoluteTimeout: '1h' })
        const saved = alice.copy()
        for (const minutes of [20, -10, 20, 25]) {
          now += minutes * 60_000
          expect(await principalOf(alice)).toBe('alice')
          await settled()
        }
        now += 5 * 60_000
        expect(await principalOf(alice)).toBe(null)
        now -= 60 * 60_000
        await alice.run((session) => session.logout())
        expect(await principalOf(saved)).toBe(null)
      },
    ),
    held(
      'answer lost',
      'A crash, or a client that went away, between the save and the Set-Cookie locks nobody out.',
      'A visitor signs in anew; with `rotateEvery` the old token is good until the client shows the new one.',
      async () => {
        const { alice, clock } = await signedIn({ rotateEvery: '10m', idleTimeout: '1h' })
        clock.advance('11m')
        await alice.run((session) => session.load(), { lost: true })
        clock.advance('5m')
        expect((await alice.run(async (session) => (await session.load()).principal)).result).toBe('alice')
      },
    ),
    held(
      'keys change mid-flight',
      'Tokens under the old secret are good while it is listed, and replaced on the way.',
      '`secrets`: the first signs, all verify.',
      async () => {
        const { store, clock, alice, token } = await signedIn()
        const next = application({ secrets: ['the second secret of the tests, 32', SECRET], store, clock }).sessions
        expect((await alice.run(async (session) => (await session.load()).principal, { at: next })).result).toBe('alice')
        expect(alice.jar.get('__Host-session')).not.toBe(token)
        const last = application({ secrets: ['the second secret of the tests, 32'], store, clock })
        expect([await principalOf(holding(last, token)), await principalOf(alice, last.sessions)]).toEqual([null, 'alice'])
      },
    ),
    held(
      'two versions at once',
      'A record that a later version wrote is none to this one, and is not written over.',
      'The format of a body has a number; others are unreadable.',
      async () => {
        const app = await signedIn()
        const call = { now: app.clock.now(), signal: new AbortController().signal }
        const id = (await app.alice.open().load()).id!
        await stored(app, (body) => body.replace(/^\d+/, (format) => String(Number(format) + 1)))
        const later = (await app.store.load(id, call))!
        await app.alice.run((session) => session.set('key', 1))
        expect(await principalOf(app.alice)).toBe(null)
        expect(await app.store.load(id, call)).toEqual(later)
      },
    ),
  ],
}
