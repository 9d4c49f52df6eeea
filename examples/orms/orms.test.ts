/** Each ORM runs the statements of the store on its own connection: the contract, the races, and what is refused. */
import { createRequire } from 'node:module'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findEngine } from '../../scripts/engines.ts'
import { startMariadb } from '../../scripts/engines/mariadb.ts'
import { startPostgres } from '../../scripts/engines/postgres.ts'
import { areOrmsThere } from '../../scripts/orms.ts'
import { root, run } from '../../scripts/run.ts'
import { createSessions } from '../../src/index.ts'
import type { SessionStore } from '../../src/index.ts'
import { signIn, storeContract } from '../../src/testing/index.ts'
import { at, NOW } from '../../src/testing/store-contract/rule.ts'
import { testCases } from '../../test/_support/contract-cases.ts'
import { PATIENCE } from '../../test/_support/patience.ts'
import { answersConflicts, losesNoUpdate, missesNoLogin } from '../../test/stores/races.ts'

const missing = areOrmsThere() ? undefined : 'the ORMs are not installed'
if (missing && process.env['CI'] === 'true') throw new Error(`The stores are tested with ORMs, and ${missing}.`)
if (missing) console.warn(`NOT TESTED: the stores with ORMs: ${missing}. Run npm test, which installs them where it can.`)

/** What an ORM opened, and how to run a statement that has no values. */
interface Opened {
  readonly store: SessionStore
  run(sql: string): Promise<unknown>
  /** Runs a statement in a transaction, waits for `meanwhile`, and takes the transaction back. */
  rollBack: ((sql: string, meanwhile: () => Promise<unknown>) => Promise<unknown>) | undefined
  close(): Promise<unknown>
}

class RolledBack extends Error {}

/** The body of a transaction that fails in the end. */
const failing =
  <Transaction>(run: (transaction: Transaction, sql: string) => PromiseLike<unknown>, sql: string, meanwhile: () => Promise<unknown>) =>
  async (transaction: Transaction): Promise<never> => {
    await run(transaction, sql)
    await meanwhile()
    throw new RolledBack()
  }

interface Database {
  readonly missing: string | undefined
  start(): Promise<{ readonly url: string; stop(): Promise<unknown> }>
  /** Makes the engine refuse writes. */
  readonly refuse: { readonly sql: string; readonly reason: RegExp }
  /** By ORM: opens the database at a URL. */
  readonly orms: Readonly<Record<string, (url: string) => Promise<Opened>>>
}

const [postgresProgram, mariadbProgram] = [findEngine('postgres'), findEngine('mariadb')]

const databases: Readonly<Record<string, Database>> = {
  PostgreSQL: {
    missing: missing ?? (postgresProgram ? undefined : 'there is no postgres'),
    start: () => startPostgres(postgresProgram!),
    refuse: { sql: 'ALTER TABLE sojourn_sessions ADD CHECK (expires_at < 0) NOT VALID', reason: /^23514$/ },
    orms: {
      async Drizzle(url) {
        const { drizzle } = await import('drizzle-orm/node-postgres')
        const db = drizzle(url)
        const { postgres } = await import('./drizzle.ts')
        return {
          store: postgres(db),
          run: (sql) => db.execute(sql),
          rollBack: (sql, meanwhile) => db.transaction(failing((tx, text) => tx.execute(text), sql, meanwhile)),
          close: () => (db.$client as unknown as { end(): Promise<void> }).end(),
        }
      },
      async Kysely(url) {
        const { CamelCasePlugin, CompiledQuery, Kysely, PostgresDialect } = await import('kysely')
        const { Pool } = await import('pg')
        const dialect = new PostgresDialect({ pool: new Pool({ connectionString: url }) })
        const db = new Kysely<unknown>({ dialect, plugins: [new CamelCasePlugin()] })
        const { postgres } = await import('./kysely.ts')
        return {
          store: postgres(db),
          run: (sql) => db.executeQuery(CompiledQuery.raw(sql)),
          rollBack: (sql, meanwhile) =>
            db.transaction().execute(failing((trx, text) => trx.executeQuery(CompiledQuery.raw(text)), sql, meanwhile)),
          close: () => db.destroy(),
        }
      },
      async Knex(url) {
        const { knex } = (await import('knex')).default
        const db = knex({ client: 'pg', connection: url })
        const { postgres } = await import('./knex.ts')
        return {
          store: postgres(db),
          run: (sql) => db.raw(sql),
          rollBack: (sql, meanwhile) => db.transaction(failing((trx, text) => trx.raw(text), sql, meanwhile)),
          close: () => db.destroy(),
        }
      },
      async Prisma(url) {
        const { PrismaPg } = await import('@prisma/adapter-pg')
        const { PrismaClient } = await import('./dist/postgres/client.ts')
        const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: url }) })
        const { postgres } = await import('./prisma.ts')
        return {
          store: postgres(prisma),
          run: (sql) => prisma.$executeRawUnsafe(sql),
          rollBack: (sql, meanwhile) => prisma.$transaction(failing((tx, text) => tx.$executeRawUnsafe(text), sql, meanwhile)),
          close: () => prisma.$disconnect(),
        }
      },
      async TypeORM(url) {
        const { DataSource } = await import('typeorm')
        const source = await new DataSource({ type: 'postgres', url }).initialize()
        const { postgres } = await import('./typeorm.ts')
        return {
          store: postgres(source),
          run: (sql) => source.query(sql),
          rollBack: (sql, meanwhile) => source.transaction(failing((manager, text) => manager.query(text), sql, meanwhile)),
          close: () => source.destroy(),
        }
      },
      async Sequelize(url) {
        const { Sequelize } = await import('sequelize')
        const sequelize = new Sequelize(url, { logging: false })
        const { postgres } = await import('./sequelize.ts')
        return {
          store: postgres(sequelize),
          run: (sql) => sequelize.query(sql),
          rollBack: (sql, meanwhile) =>
            sequelize.transaction(failing((transaction, text) => sequelize.query(text, { transaction }), sql, meanwhile)),
          close: () => sequelize.close(),
        }
      },
    },
  },
  MariaDB: {
    missing: missing ?? (mariadbProgram ? undefined : 'there is no mariadbd'),
    async start() {
      const { url, stop } = await startMariadb(mariadbProgram!)
      const { createConnection } = await import('mysql2/promise')
      const connection = await createConnection(url)
      await connection.query('CREATE DATABASE app')
      await connection.end()
      return { url: url.replace(/\/mysql$/, '/app'), stop }
    },
    refuse: {
      sql: "CREATE TRIGGER full BEFORE UPDATE ON sojourn_sessions FOR EACH ROW SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 1644",
      // Prisma gives the number only.
      reason: /^(ER_SIGNAL_EXCEPTION|1644)$/,
    },
    orms: {
      async Drizzle(url) {
        const { drizzle } = await import('drizzle-orm/mysql2')
        const db = drizzle(url)
        const { mysql } = await import('./drizzle.ts')
        return {
          store: mysql(db as never),
          run: (sql) => db.execute(sql),
          rollBack: (sql, meanwhile) => db.transaction(failing((tx, text) => tx.execute(text), sql, meanwhile)),
          close: () => (db.$client as unknown as { end(): Promise<void> }).end(),
        }
      },
      async Kysely(url) {
        const { CamelCasePlugin, CompiledQuery, Kysely, MysqlDialect } = await import('kysely')
        const { createPool } = await import('mysql2')
        const db = new Kysely<unknown>({ dialect: new MysqlDialect({ pool: createPool(url) }), plugins: [new CamelCasePlugin()] })
        const { mysql } = await import('./kysely.ts')
        return {
          store: mysql(db),
          run: (sql) => db.executeQuery(CompiledQuery.raw(sql)),
          rollBack: (sql, meanwhile) =>
            db.transaction().execute(failing((trx, text) => trx.executeQuery(CompiledQuery.raw(text)), sql, meanwhile)),
          close: () => db.destroy(),
        }
      },
      async Knex(url) {
        const { knex } = (await import('knex')).default
        const db = knex({ client: 'mysql2', connection: url })
        const { mysql } = await import('./knex.ts')
        return {
          store: mysql(db),
          run: (sql) => db.raw(sql),
          rollBack: (sql, meanwhile) => db.transaction(failing((trx, text) => trx.raw(text), sql, meanwhile)),
          close: () => db.destroy(),
        }
      },
      async Prisma(url) {
        const { PrismaMariaDb } = await import('@prisma/adapter-mariadb')
        const { PrismaClient } = await import('./dist/mysql/client.ts')
        const prisma = new PrismaClient({ adapter: new PrismaMariaDb(url.replace('mysql:', 'mariadb:')) })
        const { mysql } = await import('./prisma.ts')
        return {
          store: mysql(prisma),
          run: (sql) => prisma.$executeRawUnsafe(sql),
          rollBack: (sql, meanwhile) => prisma.$transaction(failing((tx, text) => tx.$executeRawUnsafe(text), sql, meanwhile)),
          close: () => prisma.$disconnect(),
        }
      },
      async TypeORM(url) {
        const { DataSource } = await import('typeorm')
        const source = await new DataSource({ type: 'mysql', url }).initialize()
        const { mysql } = await import('./typeorm.ts')
        return {
          store: mysql(source),
          run: (sql) => source.query(sql),
          rollBack: (sql, meanwhile) => source.transaction(failing((manager, text) => manager.query(text), sql, meanwhile)),
          close: () => source.destroy(),
        }
      },
      async Sequelize(url) {
        const { Sequelize } = await import('sequelize')
        const sequelize = new Sequelize(url, { logging: false })
        const { mysql } = await import('./sequelize.ts')
        return {
          store: mysql(sequelize),
          run: (sql) => sequelize.query(sql),
          rollBack: (sql, meanwhile) =>
            sequelize.transaction(failing((transaction, text) => sequelize.query(text, { transaction }), sql, meanwhile)),
          close: () => sequelize.close(),
        }
      },
    },
  },
  SQLite: {
    missing,
    async start() {
      const folder = mkdtempSync(join(tmpdir(), 'sojourn-orms-'))
      return { url: join(folder, 'app.db'), stop: async () => rmSync(folder, { recursive: true, force: true }) }
    },
    refuse: {
      sql: "CREATE TRIGGER full BEFORE UPDATE ON sojourn_sessions BEGIN SELECT RAISE(ABORT, 'full'); END",
      reason: /^SQLITE_CONSTRAINT_TRIGGER$/,
    },
    orms: {
      async Drizzle(url) {
        const { drizzle } = await import('drizzle-orm/better-sqlite3')
        const db = drizzle(url)
        const { sqlite } = await import('./drizzle.ts')
        // Its transactions are synchronous: nothing comes in between.
        return { store: sqlite(db), run: async (sql) => db.$client.exec(sql), rollBack: undefined, close: async () => db.$client.close() }
      },
      async Kysely(url) {
        const { CamelCasePlugin, CompiledQuery, Kysely, SqliteDialect } = await import('kysely')
        const Sqlite = createRequire(import.meta.url)('better-sqlite3') as new (path: string) => never
        const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database: new Sqlite(url) }), plugins: [new CamelCasePlugin()] })
        const { sqlite } = await import('./kysely.ts')
        return {
          store: sqlite(db),
          run: (sql) => db.executeQuery(CompiledQuery.raw(sql)),
          rollBack: (sql, meanwhile) =>
            db.transaction().execute(failing((trx, text) => trx.executeQuery(CompiledQuery.raw(text)), sql, meanwhile)),
          close: () => db.destroy(),
        }
      },
      async Knex(url) {
        const { knex } = (await import('knex')).default
        const db = knex({ client: 'better-sqlite3', connection: { filename: url }, useNullAsDefault: true })
        const { sqlite } = await import('./knex.ts')
        return {
          store: sqlite(db),
          run: (sql) => db.raw(sql),
          rollBack: (sql, meanwhile) => db.transaction(failing((trx, text) => trx.raw(text), sql, meanwhile)),
          close: () => db.destroy(),
        }
      },
      async Prisma(url) {
        const { PrismaBetterSqlite3 } = await import('@prisma/adapter-better-sqlite3')
        const { PrismaClient } = await import('./dist/sqlite/client.ts')
        const prisma = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: `file:${url}`, timeout: 0 }) })
        const { sqlite } = await import('./prisma.ts')
        return {
          store: sqlite(prisma),
          run: (sql) => prisma.$executeRawUnsafe(sql),
          rollBack: (sql, meanwhile) => prisma.$transaction(failing((tx, text) => tx.$executeRawUnsafe(text), sql, meanwhile)),
          close: () => prisma.$disconnect(),
        }
      },
      async TypeORM(url) {
        const { DataSource } = await import('typeorm')
        const source = await new DataSource({ type: 'better-sqlite3', database: url, timeout: 0 }).initialize()
        const { sqlite } = await import('./typeorm.ts')
        return {
          store: sqlite(source),
          run: (sql) => source.query(sql),
          rollBack: (sql, meanwhile) => source.transaction(failing((manager, text) => manager.query(text), sql, meanwhile)),
          close: () => source.destroy(),
        }
      },
    },
  },
}

for (const [engine, { missing: reason, start, refuse, orms }] of Object.entries(databases)) {
  describe.skipIf(reason).each(Object.entries(orms))(`%s on ${engine}`, (name, open) => {
    let server: Awaited<ReturnType<typeof start>>
    let [here, there]: Opened[] = []
    beforeAll(async () => {
      server = await start()
      here = await open(server.url)
      there = await open(server.url)
    })
    afterAll(async () => {
      await here?.close()
      await there?.close()
      await server.stop()
    })

    const empty = async (): Promise<SessionStore> => {
      await here!.store.load('x'.repeat(22), at(NOW))
      for (const table of ['sojourn_sessions', 'sojourn_epochs']) await here!.run(`DELETE FROM ${table}`)
      return here!.store
    }
    testCases(storeContract(empty, { skip: { notices: 'statements by a function bring no notices' } }))

    test('a conflict is answered with the newest committed record, a deleted one with gone', () =>
      answersConflicts(here!.store, there!.store))
    test('fifty keys and fifty increments through two processes are all there', () => losesNoUpdate(here!.store, there!.store))
    test('revokeAll misses no login that began before it', () => missesNoLogin(here!.store))

    test('what a transaction of the application takes back is its own, and a session that is saved meanwhile stays', async ({ skip }) => {
      // All queries of theirs share one connection for a file, so the guide gives the sessions one of their own.
      const application = engine === 'SQLite' && ['Prisma', 'TypeORM'].includes(name) ? there! : here!
      if (!application.rollBack) return skip('its transactions are synchronous: nothing comes in between')
      const sessions = createSessions({ ...PATIENCE, secrets: ['a secret of these tests, long enough for it'], store: here!.store })
      const { headers } = await signIn(sessions, 'alice')
      await application.run('CREATE TABLE orders (number INTEGER PRIMARY KEY)')
      let saving: Promise<unknown> | undefined
      const rolledBack = application.rollBack('INSERT INTO orders VALUES (1)', async () => {
        const session = sessions.open({ headers: { ...headers } })
        session.set('cart', 'full')
        saving = session.commit()
        // On one connection it waits until the transaction is over.
        await Promise.race([saving, new Promise((resolve) => setTimeout(resolve, 100))])
      })
      await expect(rolledBack).rejects.toThrow(RolledBack)
      await saving
      expect(await sessions.open({ headers: { ...headers } }).get('cart')).toBe('full')
      // It would be taken.
      await application.run('INSERT INTO orders VALUES (1)')
    })

    test('what the engine refuses is an outcome, and shows nothing of the record', async () => {
      const sessions = createSessions({ ...PATIENCE, secrets: ['a secret of these tests, long enough for it'], store: here!.store })
      const { headers } = await signIn(sessions, 'alice')
      await here!.run(refuse.sql)
      const session = sessions.open({ headers: { ...headers } })
      session.set('card', '4111 1111')
      const error: unknown = await session.commit().catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({
        code: 'ERR_SESSION_STORE',
        cause: { written: false, reason: expect.stringMatching(refuse.reason) as string },
      })
      expect(inspect(error, { depth: 10 })).not.toContain('4111')
    })
  })
}

test.skipIf(missing)('the lines of the guide fit the types of the ORMs', async () => {
  const { ok, output } = await run(['tsc', '-p', `${root}examples/orms`])
  expect(output).toBe('')
  expect(ok).toBe(true)
})
