/**
 * P5: whoever holds the store, holds no token and no secret; with `encrypt` nothing that the application kept either.
 * The bytes are searched for literally, in every usual spelling.
 */
import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import type { SessionStore } from '../../src/index.ts'
import { sqliteStore } from '../../src/stores/sqlite/index.ts'
import { scriptedStore } from '../../src/testing/index.ts'
import { recordCalls } from '../_support/store-calls.ts'
import { busyLife, PRINCIPAL, PRIVATE, SECRETS } from './support/busy-life.ts'
import type { Life } from './support/busy-life.ts'
import { databasePaths } from './support/files.ts'
import { findIn, partsOf } from './support/search.ts'

const newPath = databasePaths()

interface Stolen {
  readonly store: SessionStore
  /** All bytes that the thief holds. */
  bytes(): Buffer
}

const places: readonly { readonly name: string; open(): Stolen }[] = [
  { name: 'memory', open: memoryDump },
  { name: 'SQLite', open: sqliteFiles },
]

/** Everything that the store was ever given. */
function memoryDump(): Stolen {
  const given: string[] = []
  const store = scriptedStore(memoryStore(), { replies: 'certain' })
  for (const operation of recordCalls) {
    store.before(operation, ({ args }) => {
      for (const argument of args) given.push(typeof argument === 'string' ? argument : Object.values(argument ?? {}).join('\n'))
    })
  }
  return { store, bytes: () => Buffer.from(given.join('\n')) }
}

/** The files as they lie there while the application runs. */
function sqliteFiles(): Stolen {
  const path = newPath()
  return { store: sqliteStore(path), bytes: () => Buffer.concat(['', '-wal', '-shm'].map((suffix) => readFileSync(path + suffix))) }
}

describe.each(places)('$name', ({ open }) => {
  describe.each([false, true])('encrypt: %s', (encrypt) => {
    let life: Life
    let bytes: Buffer
    beforeAll(async () => {
      const { store, bytes: read } = open()
      life = await busyLife(store, { encrypt })
      bytes = read()
    })
    afterAll(() => life.sessions.close())

    test('the search finds what is there: the principal, and every session id', () => {
      expect(findIn(bytes, Buffer.from(PRINCIPAL))).toContain('raw')
      const alive = life.tokens.filter((token) => bytes.includes(idOf(token)))
      expect(alive.length).toBeGreaterThan(5)
      expect(life.tokens.length).toBeGreaterThan(12)
    })

    test('no token, no part of its secret, no tag', () => {
      const found = life.tokens.flatMap((token, i) =>
        Object.entries(partsOf(token)).flatMap(([part, needle]) =>
          findIn(bytes, needle).map((spelling) => `${part} of token ${i}, ${spelling}`),
        ),
      )
      expect(found).toEqual([])
    })

    test('no application secret', () => {
      expect(SECRETS.flatMap((secret) => findIn(bytes, Buffer.from(secret)))).toEqual([])
    })

    test(encrypt ? 'none of the data' : 'without encryption the data is there, so the search would find it', () => {
      const found = Object.entries(PRIVATE).filter(([, text]) => findIn(bytes, Buffer.from(text)).length > 0)
      expect(found.map(([name]) => name)).toEqual(encrypt ? [] : Object.keys(PRIVATE))
    })
  })
})

test('encrypted, a body that was moved to another record does not open', async () => {
  const path = newPath()
  const { sessions } = await busyLife(sqliteStore(path), { encrypt: true })
  const before = await sessions.of(PRINCIPAL).list()
  expect(before.length).toBeGreaterThan(1)
  await sessions.close()
  const database = new DatabaseSync(path)
  database.exec('UPDATE sojourn_sessions SET body = (SELECT body FROM sojourn_sessions ORDER BY position LIMIT 1) WHERE position > 1')
  database.close()
  const { sessions: later } = await busyLife(sqliteStore(path), { encrypt: true })
  const listed = (await later.of(PRINCIPAL).list()).map(({ id }) => id)
  expect(before.filter(({ id }) => listed.includes(id)).length).toBeLessThanOrEqual(1)
})

function idOf(token: string): string {
  return Buffer.from(token, 'base64url').subarray(2, 18).toString('base64url')
}
