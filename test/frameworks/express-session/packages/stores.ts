/**
 * Nine store packages, each as its own page says how it is made, over a real engine.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EngineName } from '../../../../scripts/engines.ts'

/** What `use('express-session')` gives: theirs or ours. */
// oxlint-disable-next-line typescript/no-explicit-any -- packages without types
export type AnyModule = any
type AnyClass = new (...args: unknown[]) => AnyModule

/** Engines that run. */
export interface Engines {
  readonly redis?: number
  readonly postgres?: string
  readonly mariadb?: string
}

export interface MadeStore {
  readonly store: AnyModule
  close(): Promise<void> | void
}

export interface StorePackage {
  readonly name: string
  readonly engine?: EngineName
  /** Memory is no place that two stores could share. */
  readonly inMemory?: true
  /**
   * @param place the same name for the same place
   */
  make(use: NodeJS.Require, session: AnyModule, place: string, engines: Engines): Promise<MadeStore>
}

const folder = mkdtempSync(join(tmpdir(), 'sojourn-stores-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

export const storePackages: readonly StorePackage[] = [
  {
    name: 'connect-redis',
    engine: 'redis',
    async make(use, _session, place, { redis }) {
      const client = use('redis').createClient({ url: `redis://127.0.0.1:${redis}` })
      await client.connect()
      const { RedisStore } = use('connect-redis')
      return { store: new RedisStore({ client, prefix: `${place}:` }), close: () => client.close() }
    },
  },
  {
    name: 'connect-pg-simple',
    engine: 'postgres',
    async make(use, session, place, { postgres }) {
      const { Pool } = use('pg')
      const pool = new Pool({ connectionString: postgres })
      const PgStore = use('connect-pg-simple')(session)
      // A schema, because its index has the same name in each.
      await pool.query(`CREATE SCHEMA IF NOT EXISTS ${place}`)
      const store = new PgStore({ pool, schemaName: place, createTableIfMissing: true, pruneSessionInterval: false })
      return { store, close: () => pool.end() }
    },
  },
  {
    name: 'session-file-store',
    async make(use, session, place) {
      const FileStore = use('session-file-store')(session)
      const store = new FileStore({
        path: join(folder, place),
        reapInterval: -1,
        retries: 1,
        minTimeout: 5,
        maxTimeout: 5,
        logFn: () => undefined,
      })
      return { store, close: () => undefined }
    },
  },
  {
    name: 'memorystore',
    inMemory: true,
    async make(use, session) {
      const MemoryStore = use('memorystore')(session)
      const store = new MemoryStore({ checkPeriod: 86_400_000 })
      return { store, close: () => store.stopInterval() }
    },
  },
  {
    name: 'better-sqlite3-session-store',
    async make(use, session, place) {
      const Database = use('better-sqlite3') as AnyClass
      const client = new Database(join(folder, `${place}.db`))
      const SqliteStore = use('better-sqlite3-session-store')(session)
      return { store: new SqliteStore({ client, expired: { clear: false } }), close: () => client.close() }
    },
  },
  {
    name: 'connect-session-knex',
    async make(use, _session, place) {
      const connection = { filename: join(folder, `${place}.db`) }
      const knex = use('knex')({ client: 'better-sqlite3', connection, useNullAsDefault: true })
      const { ConnectSessionKnexStore } = use('connect-session-knex')
      const store = new ConnectSessionKnexStore({ knex, cleanupInterval: 0 })
      await store.ready
      return { store, close: () => knex.destroy() }
    },
  },
  {
    name: 'connect-sqlite3',
    async make(use, session, place) {
      const SqliteStore = use('connect-sqlite3')(session)
      const db = new CallbackSqlite(join(folder, `${place}.db`))
      return { store: new SqliteStore({ db }), close: () => db.close() }
    },
  },
  {
    name: 'connect-session-sequelize',
    engine: 'postgres',
    async make(use, session, place, { postgres }) {
      const { Sequelize } = use('sequelize')
      const sequelize = new Sequelize(postgres, { logging: false, dialectModule: use('pg') })
      const SequelizeStore = use('connect-session-sequelize')(session.Store)
      const store = new SequelizeStore({ db: sequelize, tableName: place, checkExpirationInterval: -1 })
      await store.sync()
      return { store, close: () => sequelize.close() }
    },
  },
  {
    name: 'express-mysql-session',
    engine: 'mariadb',
    async make(use, session, place, { mariadb }) {
      const { hostname: host, port, username: user, pathname } = new URL(mariadb!)
      const MySQLStore = use('express-mysql-session')(session)
      const at = { host, port: Number(port), user, database: pathname.slice(1) }
      const store = new MySQLStore({ ...at, clearExpired: false, schema: { tableName: place } })
      await store.onReady()
      return { store, close: () => store.close() }
    },
  },
]

/** SQLite with the calls of the package `sqlite3`, which connect-sqlite3 is given here, because it has to be compiled. */
class CallbackSqlite {
  readonly #database: DatabaseSync

  constructor(path: string) {
    this.#database = new DatabaseSync(path)
  }

  exec(sql: string, done: (error: Error | null) => void): void {
    this.#later(() => this.#database.exec(sql), done)
  }

  run(sql: string, values: never[], done?: (error: Error | null) => void): void {
    this.#later(() => this.#database.prepare(sql).run(...values), done)
  }

  get(sql: string, values: never[], done: (error: Error | null, row?: unknown) => void): void {
    this.#later(() => this.#database.prepare(sql).get(...values), done)
  }

  all(sql: string, values: never[] | typeof Function, done?: (error: Error | null, rows?: unknown) => void): void {
    const given = Array.isArray(values) ? values : []
    this.#later(() => this.#database.prepare(sql).all(...given), done ?? (values as never))
  }

  close(): void {
    this.#database.close()
  }

  #later(task: () => unknown, done: ((error: Error | null, found?: unknown) => void) | undefined): void {
    setImmediate(() => {
      let found: unknown
      try {
        found = task()
      } catch (error) {
        done?.(error as Error)
        return
      }
      done?.(null, found)
    })
  }
}
