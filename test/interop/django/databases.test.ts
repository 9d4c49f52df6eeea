/** Django's table in each database, as Django's migrations make it. */
import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { createPool } from 'mysql2/promise'
import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findEngine } from '../../../scripts/engines.ts'
import { startMariadb } from '../../../scripts/engines/mariadb.ts'
import { startPostgres } from '../../../scripts/engines/postgres.ts'
import { sessionDatabase } from '../../../src/interop/django/database.ts'
import { shareDjango } from '../../../src/interop/django/index.ts'
import type { DjangoDatabase } from '../../../src/interop/django/index.ts'
import { DjangoRows } from '../../../src/interop/django/rows.ts'
import { client } from '../../_support/client.ts'

interface Row {
  readonly session_key: string
  readonly session_data: string
  readonly expire_date: string
}

interface Vector {
  readonly id: string
  readonly secret: string
  readonly produced: { readonly django_session: Row }
  readonly checks: readonly { readonly now: number }[]
}

const file = new URL('../../fixtures/interop/django.json', import.meta.url)
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { readonly vectors: readonly Vector[] }
const genuine = vectors.find(({ id }) => id === 'django5.2-db-small')!
const { session_key, session_data, expire_date } = genuine.produced.django_session
const NOW = genuine.checks[0]!.now * 1_000
const EXPIRES = Date.parse(`${expire_date.replace(' ', 'T')}Z`)

interface Place {
  readonly database: DjangoDatabase
  /** Runs SQL as Django would. */
  run(sql: string): Promise<unknown>
  stop(): Promise<void>
}

const places: Readonly<Record<string, { readonly engine?: 'postgres' | 'mariadb'; readonly types: string; start(): Promise<Place> }>> = {
  'node:sqlite': {
    types: 'session_key varchar(40) NOT NULL PRIMARY KEY, session_data text NOT NULL, expire_date datetime NOT NULL',
    async start() {
      const database = new DatabaseSync(':memory:')
      return { database, run: async (sql) => database.exec(sql), stop: async () => database.close() }
    },
  },
  PostgreSQL: {
    engine: 'postgres',
    types: 'session_key varchar(40) NOT NULL PRIMARY KEY, session_data text NOT NULL, expire_date timestamp with time zone NOT NULL',
    async start() {
      const engine = await startPostgres(findEngine('postgres')!)
      // The time zones of the server and of its sessions make no difference.
      const database = new Pool({ connectionString: engine.url, options: '-c TimeZone=Asia/Tokyo' })
      return {
        database,
        run: (sql) => database.query(sql.replace(expire_date, `${expire_date}+00`)),
        async stop() {
          await database.end()
          await engine.stop()
        },
      }
    },
  },
  MariaDB: {
    engine: 'mariadb',
    types: 'session_key varchar(40) NOT NULL PRIMARY KEY, session_data longtext NOT NULL, expire_date datetime(6) NOT NULL',
    async start() {
      const engine = await startMariadb(findEngine('mariadb')!)
      const database = createPool({ uri: engine.url, timezone: '+09:00' })
      return {
        database,
        run: (sql) => database.query(sql),
        async stop() {
          await database.end()
          await engine.stop()
        },
      }
    },
  },
}

describe.each(Object.entries(places))('django_session in %s', (name, { engine, types, start }) => {
  const missing = engine !== undefined && !findEngine(engine)
  if (missing && process.env['CI'] === 'true') throw new Error(`${name} is tested on a real server. Install ${engine}.`)
  if (missing) console.warn(`NOT TESTED: django_session in ${name}. There is no ${engine}; install it.`)

  let place: Place
  beforeAll(async () => {
    if (missing) return
    place = await start()
    await place.run(`CREATE TABLE django_session (${types})`)
    await place.run(`INSERT INTO django_session VALUES ('${session_key}', '${session_data}', '${expire_date}')`)
  })
  afterAll(() => place?.stop())

  const at = (now: number): { now: number; signal: AbortSignal } => ({ now, signal: AbortSignal.timeout(60_000) })

  test.skipIf(missing)("a row of Django's is live until its instant", async () => {
    const rows = new DjangoRows(sessionDatabase(place.database))
    const entry = await rows.load(session_key, at(NOW))
    expect(entry?.raw).toBe(session_data)
    expect(Math.floor(entry!.expiresAt!)).toBe(EXPIRES)
    expect(await rows.load(session_key, at(EXPIRES))).toBeDefined()
    expect(await rows.load(session_key, at(EXPIRES + 1))).toBeUndefined()
    expect(await rows.load('x'.repeat(32), at(NOW))).toBeUndefined()
  })

  test.skipIf(missing)('a row is replaced only if it is what was read, to the letter, and never brought back', async () => {
    const rows = new DjangoRows(sessionDatabase(place.database))
    const key = 'k'.repeat(32)
    expect(await rows.create(key, 'one', NOW + 5_000)).toBe('created')
    expect(await rows.create(key, 'two', NOW + 5_000)).toBe('exists')
    expect(await rows.replace(key, 'ONE', 'two', NOW + 9_000, at(NOW))).toEqual({ raw: 'one', expiresAt: NOW + 5_000 })
    expect(await rows.replace(key, 'one', 'two', NOW + 9_500, at(NOW))).toBe('updated')
    expect(await rows.load(key, at(NOW))).toEqual({ raw: 'two', expiresAt: NOW + 9_500 })
    expect(await rows.touch(key, NOW + 12_000, at(NOW))).toBe(true)
    expect(await rows.replace(key, 'two', 'three', NOW + 99_000, at(NOW + 12_000))).toBe('gone')
    expect(await rows.touch(key, NOW + 99_000, at(NOW + 12_000))).toBe(false)
    expect([await rows.delete(key), await rows.delete(key)]).toEqual([true, false])
    expect(await rows.replace(key, 'two', 'three', NOW + 99_000, at(NOW))).toBe('gone')
    expect(await rows.load(key, at(NOW))).toBeUndefined()
  })

  test.skipIf(missing)('the session in it is read and written', async () => {
    const sessions = shareDjango<{ visits: number }>({
      secrets: genuine.secret,
      engine: 'db',
      database: place.database,
      clock: { now: () => NOW },
    })
    const browser = client(sessions, new Map([['sessionid', session_key]]))
    await browser.run((opened) => opened.increment('visits'))
    expect((await browser.run((opened) => opened.get('visits'))).result).toBe(4)
  })
})

test('anything else is no database', () => {
  const options = { secrets: 'a', engine: 'db', database: {} as DjangoDatabase } as const
  expect(() => shareDjango(options)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' }))
  expect(() => shareDjango({ ...options, secrets: [] })).toThrow(expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' }))
  expect(() => shareDjango({ ...options, engine: 'cookies' as 'db' })).toThrow(expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' }))
})
