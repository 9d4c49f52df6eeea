import { createClient } from '@libsql/client'
import type { Client } from '@libsql/client'
import { afterAll, describe, expect, test } from 'vitest'
import { createSessions } from '../../src/index.ts'
import type { SessionStore } from '../../src/index.ts'
import { libsqlStore, sqliteSchema } from '../../src/stores/libsql.ts'
import { signIn, storeContract } from '../../src/testing/index.ts'
import { at, DAY, newRecord, nextOf, NOW, stored } from '../../src/testing/store-contract/rule.ts'
import { SECRET, signal } from '../_support/application.ts'
import { testCases } from '../_support/contract-cases.ts'
import { withBatch } from '../_support/libsql.ts'
import { PATIENCE } from '../_support/patience.ts'
import { answersConflicts, losesNoUpdate, missesNoLogin } from './races.ts'
import { databasePaths } from './sqlite-files.ts'

const newPath = databasePaths()
const clients: Client[] = []
afterAll(() => clients.forEach((client) => client.close()))

function open(url = `file:${newPath()}`, options: object = {}): Client {
  const client = createClient({ url, ...options })
  clients.push(client)
  return client
}

const kinds: Readonly<Record<string, object>> = { numbers: {}, BigInts: { intMode: 'bigint' }, texts: { intMode: 'string' } }

describe.each(Object.entries(kinds))('libsqlStore on a file, integers as %s', (_name, options) => {
  const make = (): SessionStore => {
    const client = open(undefined, options)
    return Object.assign(libsqlStore(client), { close: async () => client.close() })
  }
  testCases(storeContract(make, { skip: { notices: 'libSQL has no notices' } }))
})

describe('libsqlStore', () => {
  /** Two clients of one file. */
  function two(): [SessionStore, SessionStore] {
    const url = `file:${newPath()}`
    return [libsqlStore(open(url)), libsqlStore(open(url))]
  }

  test('a conflict is answered with the newest committed record, a deleted one with gone', () => answersConflicts(...two()))
  test('fifty keys and fifty increments through two processes are all there', () => losesNoUpdate(...two()))
  test('revokeAll misses no login that began before it', () => missesNoLogin(libsqlStore(open())))

  test('the tables are created by several at once, and the schema may be run again', async () => {
    const url = `file:${newPath()}`
    const stores = Array.from({ length: 6 }, () => libsqlStore(open(url)))
    await Promise.all(stores.map((store) => store.load('x'.repeat(22), at(NOW))))
    const client = open(url)
    for (const sql of sqliteSchema) await client.execute(sql)
    const record = await stored(libsqlStore(client, { createTables: false }))
    expect(await stores[0]!.load(record.id, at(NOW))).toEqual(record)
  })

  test('a call that finds the file locked tries again, until its deadline', async () => {
    const url = `file:${newPath()}`
    const store = libsqlStore(open(url))
    const record = await stored(store)
    const third = libsqlStore(open(url))
    const lock = await open(url).transaction('write')
    await lock.execute('DELETE FROM sojourn_epochs')
    const gone = { now: NOW, signal: AbortSignal.abort() }
    await expect(store.update({ ...record, version: 2 }, gone)).rejects.toMatchObject({ written: false, reason: 'SQLITE_BUSY' })
    const waiting = store.update({ ...record, version: 2 }, at(NOW))
    await lock.commit()
    expect(await waiting).toBe('updated')
    // The client's connection commits nothing more after the file was busy: the store opens another.
    expect(await third.load(record.id, at(NOW))).toMatchObject({ version: 2 })
    expect(await third.delete(record.id, at(NOW))).toBe(true)
    expect(await store.load(record.id, at(NOW))).toBeUndefined()
  })

  test('of many calls that find the file locked none is lost, and none fails', async () => {
    const url = `file:${newPath()}`
    const [client, other] = [open(url), libsqlStore(open(url))]
    const records = await Promise.all(Array.from({ length: 40 }, () => stored(other)))
    let busy = 0
    const [allHaveTried, told] = signal()
    const store = libsqlStore(
      withBatch(client, async (statements, mode) => {
        try {
          return await client.batch(statements, mode)
        } catch (error) {
          if (++busy === 2 * records.length) told()
          throw error
        }
      }),
      { createTables: false },
    )
    const lock = await open(url).transaction('write')
    const waiting: Promise<unknown>[] = []
    for (const record of records) {
      waiting.push(Promise.resolve(store.update(nextOf(record), at(NOW))))
      // Some begin while the connections are closed for others.
      await Promise.resolve()
    }
    await allHaveTried
    await lock.commit()
    expect(await Promise.all(waiting)).toEqual(records.map(() => 'updated'))
    const seen = await Promise.all(records.map(async ({ id }) => (await other.load(id, at(NOW)))?.version))
    expect(seen).toEqual(records.map(() => 2))
  })

  test('what the engine refuses is an outcome', async () => {
    const client = open()
    const sessions = createSessions({ ...PATIENCE, secrets: [SECRET], store: libsqlStore(client) })
    const { headers } = await signIn(sessions, 'alice')
    await client.execute("CREATE TRIGGER no_more BEFORE UPDATE ON sojourn_sessions BEGIN SELECT RAISE(ABORT, 'no more'); END")
    const session = sessions.open({ headers: { ...headers } })
    session.set('card', '4111 1111')
    const refused = { code: 'ERR_SESSION_STORE', cause: { written: false, reason: 'SQLITE_CONSTRAINT' } }
    await expect(session.commit()).rejects.toMatchObject(refused)
  })

  test('a file that may not grow refuses, and what is in it stays', async () => {
    const client = open()
    const store = libsqlStore(client)
    const record = await stored(store)
    await client.execute('PRAGMA max_page_count = 1')
    const full = { written: false, reason: 'SQLITE_FULL' }
    const body = 'x'.repeat(100_000)
    await expect(store.create(newRecord({ body }), at(NOW))).rejects.toMatchObject(full)
    await expect(store.update(nextOf(record, { body }), at(NOW))).rejects.toMatchObject(full)
    expect(await store.load(record.id, at(NOW))).toEqual(record)
    await client.execute('PRAGMA max_page_count = 1000')
    expect(await store.update(nextOf(record, { body }), at(NOW))).toBe('updated')
  })

  test('a record that is touched between the two statements of a sweep lives', async () => {
    const client = open()
    const other = libsqlStore(client)
    const [expired, touched] = [await stored(other), await stored(other)]
    const sweeping = libsqlStore(
      withBatch(client, async (statements, mode) => {
        const isDeletion = statements[0]!.sql.startsWith('DELETE FROM sojourn_sessions')
        if (isDeletion) expect(await other.touch(touched.id, NOW + DAY, at(NOW))).toBe(true)
        return client.batch(statements, mode)
      }),
    )
    expect((await sweeping.sweeper.sweep(1_000, at(expired.expiresAt))).expired).toEqual([expired.id])
    expect(await other.load(touched.id, at(touched.expiresAt))).toEqual({ ...touched, expiresAt: NOW + DAY })
  })

  test('the example of the guide keeps sessions', async () => {
    const { libsqlSessions } = await import('../../examples/guide/stores/libsql.ts')
    const { client, sessions } = libsqlSessions(`file:${newPath()}`, SECRET)
    clients.push(client)
    const session = sessions.open({ headers: {} })
    await session.login('bob')
    await session.commit()
    expect(await sessions.of('bob').list()).toHaveLength(1)
  })

  test('what is no client is refused at once', () => {
    expect(() => libsqlStore({} as never)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' }))
  })
})
