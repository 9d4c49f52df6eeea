/**
 * What an engine refuses is an outcome for the sessions of other systems too: nothing was written, it is told at once,
 * and it is not tried again (counterexample `refused-as-unknown`).
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { createPool } from 'mysql2/promise'
import { RedisStore } from 'connect-redis'
import connectPgSimple from 'connect-pg-simple'
import expressSession from 'express-session'
import { Pool } from 'pg'
import { createClient } from 'redis'
import { afterAll, describe, expect, test } from 'vitest'
import { findEngine } from '../../scripts/engines.ts'
import type { EngineName } from '../../scripts/engines.ts'
import { startMariadb } from '../../scripts/engines/mariadb.ts'
import { startPostgres } from '../../scripts/engines/postgres.ts'
import { startRedis } from '../../scripts/engines/redis.ts'
import { reasonOfReply } from '../../src/core/storage/engine-errors.ts'
import { shareDjango } from '../../src/interop/django/index.ts'
import type { DjangoDatabase } from '../../src/interop/django/index.ts'
import { shareExpressSession } from '../../src/interop/express-session/index.ts'
import type { ExpressStore } from '../../src/interop/express-session/index.ts'
import { shareFlask } from '../../src/interop/flask/index.ts'
import type { SessionSource } from '../../src/index.ts'
import { client } from '../_support/client.ts'
import { leftOut } from '../_support/left-out.ts'
import { PATIENCE } from '../_support/patience.ts'

const SECRET = 'the secret of these tests, 32 ch'
const TABLE = 'session_key varchar(40) NOT NULL PRIMARY KEY, session_data text NOT NULL, expire_date'

const closers: (() => unknown)[] = []
afterAll(async () => {
  for (const close of closers.toReversed()) await close()
})

interface Shared {
  readonly sessions: SessionSource
  /** Makes the engine refuse writes. */
  refuse(): Promise<unknown>
  allow(): Promise<unknown>
  readonly reason: RegExp
}

function django(database: DjangoDatabase): SessionSource {
  return shareDjango({ ...PATIENCE, secrets: [SECRET], engine: 'db', database, passwordOf: async () => undefined }) as SessionSource
}

async function redis(make: (port: number) => Promise<SessionSource>): Promise<Shared> {
  const engine = await startRedis(findEngine('redis')!)
  const admin = new Redis(engine.ports[0]!, '127.0.0.1')
  closers.push(
    () => engine.stop(),
    () => admin.disconnect(),
  )
  return {
    sessions: await make(engine.ports[0]!),
    refuse: () => admin.config('SET', 'maxmemory', '1'),
    allow: () => admin.config('SET', 'maxmemory', '0'),
    reason: /OOM/,
  }
}

async function nodeRedis(port: number): Promise<ReturnType<typeof createClient>> {
  const made = createClient({ url: `redis://127.0.0.1:${port}` })
  made.on('error', () => undefined)
  await made.connect()
  closers.push(() => made.destroy())
  return made as ReturnType<typeof createClient>
}

async function postgres(make: (pool: Pool) => Promise<SessionSource>): Promise<Shared> {
  const engine = await startPostgres(findEngine('postgres')!)
  const pool = new Pool({ connectionString: engine.url, max: 1 })
  closers.push(
    () => engine.stop(),
    () => pool.end(),
  )
  return {
    sessions: await make(pool),
    refuse: () => pool.query('SET default_transaction_read_only = on'),
    allow: () => pool.query('SET default_transaction_read_only = off'),
    reason: /25006/,
  }
}

const kinds: Readonly<Record<string, { readonly engine?: EngineName; make(): Promise<Shared> }>> = {
  'Flask, node-redis': {
    engine: 'redis',
    make: () => redis(async (port) => shareFlask({ ...PATIENCE, redis: { client: await nodeRedis(port) } }) as SessionSource),
  },
  'Flask, ioredis': {
    engine: 'redis',
    make: () =>
      redis(async (port) => {
        const made = new Redis(port, '127.0.0.1')
        closers.push(() => made.disconnect())
        return shareFlask({ ...PATIENCE, redis: { client: made } }) as SessionSource
      }),
  },
  'express-session, connect-redis': {
    engine: 'redis',
    make: () =>
      redis(async (port) => {
        const store = new RedisStore({ client: await nodeRedis(port) }) as unknown as ExpressStore
        return shareExpressSession({ ...PATIENCE, secrets: SECRET, store }) as SessionSource
      }),
  },
  'express-session, connect-pg-simple': {
    engine: 'postgres',
    make: () =>
      postgres(async (pool) => {
        const store = new (connectPgSimple(expressSession))({ pool, createTableIfMissing: true, pruneSessionInterval: false })
        return shareExpressSession({ ...PATIENCE, secrets: SECRET, store }) as SessionSource
      }),
  },
  'Django, PostgreSQL': {
    engine: 'postgres',
    make: () =>
      postgres(async (pool) => {
        await pool.query(`CREATE TABLE django_session (${TABLE} timestamp with time zone NOT NULL)`)
        return django(pool)
      }),
  },
  'Django, MariaDB': {
    engine: 'mariadb',
    async make() {
      const engine = await startMariadb(findEngine('mariadb')!)
      const pool = createPool({ uri: engine.url, connectionLimit: 1 })
      closers.push(
        () => engine.stop(),
        () => pool.end(),
      )
      await pool.query(`CREATE TABLE django_session (${TABLE} datetime(6) NOT NULL)`)
      return {
        sessions: django(pool),
        refuse: () => pool.query('SET SESSION TRANSACTION READ ONLY'),
        allow: () => pool.query('SET SESSION TRANSACTION READ WRITE'),
        reason: /ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION/,
      }
    },
  },
  'Django, node:sqlite': {
    async make() {
      const folder = mkdtempSync(join(tmpdir(), 'sojourn-refusals-'))
      const database = new DatabaseSync(join(folder, 'db.sqlite3'))
      closers.push(
        () => rmSync(folder, { recursive: true }),
        () => database.close(),
      )
      database.exec(`CREATE TABLE django_session (${TABLE} datetime NOT NULL)`)
      return {
        sessions: django(database),
        refuse: async () => database.exec('PRAGMA query_only = on'),
        allow: async () => database.exec('PRAGMA query_only = off'),
        reason: /readonly/,
      }
    },
  },
}

describe.each(Object.entries(kinds))('%s', (_name, { engine, make }) => {
  const missing = engine !== undefined && !findEngine(engine) ? `there is no ${engine}` : undefined

  test('says that nothing was written, and saves again later', leftOut(missing), async () => {
    const { sessions, refuse, allow, reason } = await make()
    const browser = client(sessions)
    await browser.run((session) => session.set('cart', 'full'))
    const refused = expect.objectContaining({ code: 'ERR_SESSION_STORE', message: expect.stringMatching(reason) })
    for (const one of [browser, client(sessions)]) {
      // Each time, because pools drop a connection that brought an error.
      await refuse()
      await expect(one.run((session) => session.set('cart', 'fuller'))).rejects.toThrow(refused)
    }
    await allow()
    expect((await browser.run((session) => session.get('cart'))).result).toBe('full')
    await browser.run((session) => session.set('cart', 'fuller'))
    expect((await browser.run((session) => session.get('cart'))).result).toBe('fuller')
  })
})

test('what is no reply leaves the outcome open', () => {
  const errors = [
    Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' }),
    Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' }),
    Object.assign(new Error('terminating connection'), { code: '57P01', severity: 'FATAL' }),
    Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_WRITE' }),
    Object.assign(new Error('Query execution was interrupted'), { code: 'ER_QUERY_INTERRUPTED', errno: 1317, sqlState: '70100' }),
    new Error('OOM command not allowed'),
    'a text',
    undefined,
  ]
  for (const error of errors) expect(reasonOfReply(error), String(error)).toBe(undefined)
})
