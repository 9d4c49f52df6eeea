/** Options of the user's client, of its role and of its database. The store works with each of them, or refuses it. */
import { inspect } from 'node:util'
import { Client, Pool } from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findEngine } from '../../scripts/engines.ts'
import { startPgbouncer } from '../../scripts/engines/pgbouncer.ts'
import { startPostgres } from '../../scripts/engines/postgres.ts'
import type { DatabaseEngine } from '../../scripts/engines/postgres.ts'
import { createSessions } from '../../src/index.ts'
import { postgresSchema, postgresStore } from '../../src/stores/postgres/index.ts'
import type { PostgresClient, PostgresStore } from '../../src/stores/postgres/index.ts'
import { signIn, storeContract } from '../../src/testing/index.ts'
import { at, newRecord, NOW, stored } from '../../src/testing/store-contract/rule.ts'
import { SECRET } from '../_support/application.ts'
import { testCases } from '../_support/contract-cases.ts'
import { PATIENCE } from '../_support/patience.ts'

const program = findEngine('postgres')

describe.skipIf(!program)('postgresStore with options of the client', () => {
  let engine: DatabaseEngine
  const closers: (() => unknown)[] = []
  beforeAll(async () => {
    engine = await startPostgres(program!)
    await admin('CREATE ROLE writer LOGIN')
  })
  afterAll(async () => {
    for (const close of closers.toReversed()) await close()
    await engine.stop()
  })

  /** Runs a statement as the owner of the server, on a connection of its own. */
  async function admin(sql: string, database = 'postgres'): Promise<void> {
    const client = new Client({ connectionString: urlOf(database) })
    await client.connect()
    try {
      await client.query(sql)
    } finally {
      await client.end()
    }
  }

  function urlOf(database: string, user = 'test'): string {
    return engine.url.replace('test@', `${user}@`).replace(/\/postgres$/, `/${database}`)
  }

  function pg(url: string, options: object = {}): Pool {
    const pool = new Pool({ connectionString: url, max: 8, ...options })
    pool.on('error', () => undefined)
    closers.push(() => pool.end())
    return pool
  }

  function postgresJs(url: string, options: postgres.Options<Record<string, postgres.PostgresType>> = {}): PostgresClient {
    const sql = postgres(url, { max: 8, onnotice: () => undefined, ...options })
    closers.push(() => sql.end())
    return sql
  }

  const parsers = { getTypeParser: (oid: number) => (text: string) => (oid === 20 ? BigInt(text) : `parsed ${text}`) }
  const bigInts = { bigint: postgres.BigInt }
  const clients: Readonly<Record<string, () => PostgresStore>> = {
    'pg, prepare: false': () => postgresStore(pg(engine.url), { prepare: false }),
    'pg, parsers of its own': () => postgresStore(pg(engine.url, { types: parsers })),
    'postgres.js, camel': () => postgresStore(postgresJs(engine.url, { transform: postgres.camel })),
    'postgres.js, pascal': () => postgresStore(postgresJs(engine.url, { transform: postgres.pascal })),
    'postgres.js, toKebab': () => postgresStore(postgresJs(engine.url, { transform: postgres.toKebab })),
    'postgres.js, transform.value': () =>
      postgresStore(postgresJs(engine.url, { transform: { value: { from: (value: unknown) => `changed ${String(value)}` } } })),
    'postgres.js, BigInt': () => postgresStore(postgresJs(engine.url, { types: bigInts })),
    'postgres.js, prepare: false of the client': () => postgresStore(postgresJs(engine.url, { prepare: false })),
  }

  for (const [name, open] of Object.entries(clients)) {
    describe(name, () => {
      let store: PostgresStore
      beforeAll(() => void (store = open()))
      const empty = async (): Promise<PostgresStore> => {
        await store.load('x'.repeat(22), at(NOW))
        await admin('TRUNCATE sojourn_sessions, sojourn_epochs')
        return store
      }
      testCases(storeContract(empty))
    })
  }

  test('a client that changes whole rows is refused at start, by the name of the option', () => {
    const client = postgresJs(engine.url, { transform: { row: { from: (row: object) => ({ row }) } } })
    expect(() => postgresStore(client)).toThrow(/transform\.row/)
  })

  test('a database that cannot keep every text is refused at the first call, by its encoding', async () => {
    await admin("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    await expect(postgresStore(pg(urlOf('latin'))).load('x'.repeat(22), at(NOW))).rejects.toThrow(/LATIN1/)
  })

  describe('where the tables are there', () => {
    beforeAll(async () => {
      await admin('CREATE DATABASE made')
      await admin(postgresSchema, 'made')
      await admin(
        'REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO writer',
        'made',
      )
    })

    test.each(['pg', 'postgres.js', 'a URL'])('a role that may create nothing is enough: %s', async (how) => {
      const url = urlOf('made', 'writer')
      const store = postgresStore(how === 'pg' ? pg(url) : how === 'a URL' ? url : postgresJs(url))
      closers.push(() => store.close())
      const record = await stored(store)
      expect(await store.load(record.id, at(NOW))).toEqual(record)
    })

    test('a server that is read-only can be read from the first call on', async () => {
      await admin('CREATE DATABASE reading')
      const record = await stored(postgresStore(pg(urlOf('reading'))))
      await admin('ALTER DATABASE reading SET default_transaction_read_only = on')
      expect(await postgresStore(pg(urlOf('reading'))).load(record.id, at(NOW))).toEqual(record)
    })
  })

  // The counterexample `refused-as-unknown`.
  describe('what PostgreSQL refuses', () => {
    const ways: Readonly<Record<string, (url: string) => PostgresClient | string>> = {
      pg,
      'postgres.js': postgresJs,
      'a URL': (url) => url,
    }
    const refusals = {
      '25006': 'ALTER DATABASE refusing SET default_transaction_read_only = on',
      '42501': 'REVOKE INSERT, UPDATE ON ALL TABLES IN SCHEMA public FROM writer',
      '23514': 'ALTER TABLE sojourn_sessions ADD CHECK (expires_at < 0) NOT VALID',
    }

    for (const [name, open] of Object.entries(ways)) {
      test.each(Object.entries(refusals))(`${name}: %s is an outcome`, async (reason, sql) => {
        await admin('DROP DATABASE IF EXISTS refusing WITH (FORCE)')
        await admin('CREATE DATABASE refusing')
        await admin(postgresSchema, 'refusing')
        await admin('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO writer', 'refusing')
        const before = createSessions({ ...PATIENCE, secrets: [SECRET], store: postgresStore(pg(urlOf('refusing', 'writer'), { max: 1 })) })
        const { headers } = await signIn(before, 'alice')
        await admin(sql, 'refusing')
        const store = postgresStore(open(urlOf('refusing', 'writer')))
        closers.push(() => store.close())
        const sessions = createSessions({ ...PATIENCE, secrets: [SECRET], store })
        for (const each of [{ ...headers }, {}]) {
          const session = sessions.open({ headers: each })
          session.set('card', '4111 1111')
          const error: unknown = await session.commit().catch((thrown: unknown) => thrown)
          expect(error).toMatchObject({ code: 'ERR_SESSION_STORE', cause: { written: false, reason } })
          expect(inspect(error, { depth: 10 })).not.toContain('4111')
        }
      })
    }

    test('a text that the encoding does not have (22P05) is one too', async () => {
      await admin("CREATE DATABASE latin_tables ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
      await admin(postgresSchema, 'latin_tables')
      const store = postgresStore(pg(urlOf('latin_tables')), { createTables: false })
      await expect(store.create(newRecord({ body: '€' }), at(NOW))).rejects.toMatchObject({ written: false, reason: '22P05' })
    })

    test('a connection that was ended is none: the write may have been done', async () => {
      const pool = pg(engine.url, { max: 1 })
      const store = postgresStore(pool)
      await stored(store)
      await pool.query(
        'CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$',
      )
      await pool.query('CREATE TRIGGER stop BEFORE INSERT ON sojourn_sessions FOR EACH ROW EXECUTE FUNCTION stop()')
      const error: unknown = await Promise.resolve(store.create(newRecord(), at(NOW))).catch((thrown: unknown) => thrown)
      await admin('DROP TRIGGER stop ON sojourn_sessions')
      expect(error).toBeInstanceOf(Error)
      expect(error).not.toHaveProperty('written')
    })
  })

  test('a URL gives up a connection that turned read-only', async () => {
    await admin('CREATE DATABASE demoted')
    await admin(postgresSchema, 'demoted')
    await admin('ALTER DATABASE demoted SET default_transaction_read_only = on')
    const store = postgresStore(urlOf('demoted'))
    closers.push(() => store.close())
    expect(await store.load('x'.repeat(22), at(NOW))).toBe(undefined)
    await admin('ALTER DATABASE demoted RESET default_transaction_read_only')
    await expect(stored(store)).rejects.toMatchObject({ reason: '25006' })
    await stored(store)
  })

  test.each(['pg', 'postgres.js'])('a read on a connection that is dead is asked again: %s', async (library) => {
    const store = postgresStore(library === 'pg' ? pg(engine.url, { max: 1 }) : postgresJs(engine.url, { max: 1 }))
    const record = await stored(store, { principal: 'dead connections' })
    const end = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = $$client backend$$'
    for (const read of [
      () => store.load(record.id, at(NOW)),
      () => store.principals.epoch('dead connections', at(NOW)),
      () => store.principals.list('dead connections', undefined, at(NOW)),
    ]) {
      await admin(end)
      await read()
    }
  })
})

const bouncer = findEngine('pgbouncer')

describe.skipIf(!program || !bouncer)('postgresStore behind PgBouncer in transaction mode', () => {
  let engine: DatabaseEngine
  let url: string
  const closers: (() => unknown)[] = []

  beforeAll(async () => {
    engine = await startPostgres(program!)
    closers.push(() => engine.stop())
    const pooler = await startPgbouncer(bouncer!, Number(new URL(engine.url).port))
    closers.push(pooler.stop)
    url = pooler.url
  })
  afterAll(async () => {
    for (const close of closers.toReversed()) await close()
  })

  const ways: Readonly<Record<string, () => PostgresStore>> = {
    pg: () => {
      const pool = new Pool({ connectionString: url, max: 8 })
      closers.push(() => pool.end())
      return postgresStore(pool, { prepare: false })
    },
    'postgres.js': () => {
      const sql = postgres(url, { max: 8, onnotice: () => undefined, prepare: false })
      closers.push(() => sql.end())
      return postgresStore(sql)
    },
    'a URL': () => {
      const store = postgresStore(url, { prepare: false })
      closers.push(() => store.close())
      return store
    },
  }

  test.each(Object.entries(ways))('%s: eight at once share three connections of the server', async (_, open) => {
    const store = open()
    const record = await stored(store, { principal: 'pooled' })
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_each, i) => (i % 2 === 0 ? store.load(record.id, at(NOW)) : store.create(newRecord(), at(NOW)))),
    )
    expect(answers).toEqual(answers.map((_each, i) => (i % 2 === 0 ? record : 'created')))
    expect((await store.principals.list('pooled', undefined, at(NOW))).records).toContainEqual(record)
  })
})
