import type { Call, PrincipalIndex, Scanner, SessionStore, StoredRecord, Sweeper } from '../../core/contracts/store.ts'
import { BusyError, isBusy, shortWait } from './busy.ts'
import { IDS_PAGE_SIZE, pageOf, pageOfIds, PAGE_SIZE } from './page.ts'
import { orRefused } from '../../core/storage/engine-refusal.ts'
import { COLUMNS, recordFromColumns } from './rows.ts'
import { SCHEMA_VERSION, sqliteSchema } from './sqlite-schema.ts'
import { checkSchemaVersion } from './version.ts'

/** A value that is bound to a statement. */
export type BoundValue = string | number | null

/** Runs one statement, which commits by itself. Returns the columns of each row. */
export type RunSqlite = (sql: string, values: BoundValue[]) => Promise<readonly (readonly unknown[])[]>

const statements = {
  select: `SELECT ${COLUMNS} FROM sojourn_sessions WHERE id = ? AND expires_at > ?`,
  insert: `INSERT INTO sojourn_sessions (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING RETURNING 1`,
  update: `UPDATE sojourn_sessions SET version = ?, expires_at = ?, retain_until = ?, principal = ?, body = ?
    WHERE id = ? AND version = ? AND expires_at > ? RETURNING 1`,
  touch: `UPDATE sojourn_sessions SET expires_at = max(expires_at, min(?, retain_until))
    WHERE id = ? AND expires_at > ? RETURNING 1`,
  remove: 'DELETE FROM sojourn_sessions WHERE id = ? RETURNING 1',
  page: `SELECT ${COLUMNS} FROM sojourn_sessions WHERE principal = ? AND id > ? AND expires_at > ? ORDER BY id LIMIT ${PAGE_SIZE}`,
  ids: `SELECT id FROM sojourn_sessions WHERE principal = ? AND id > ? AND expires_at > ? ORDER BY id LIMIT ${IDS_PAGE_SIZE}`,
  // As one value, because some engines allow only a hundred in a statement.
  removeMany: 'DELETE FROM sojourn_sessions WHERE principal = ? AND id IN (SELECT value FROM json_each(?)) RETURNING id',
  epoch: 'SELECT epoch FROM sojourn_epochs WHERE principal = ? AND keep_until > ?',
  // An earlier raise may have promised to keep its epoch longer.
  raise: `INSERT INTO sojourn_epochs (principal, epoch, keep_until) VALUES (?, ?, ?)
    ON CONFLICT (principal) DO UPDATE SET epoch = excluded.epoch, keep_until = max(keep_until, excluded.keep_until) RETURNING 1`,
  look: 'SELECT id, expires_at <= ? FROM sojourn_sessions WHERE id > ? ORDER BY id LIMIT ?',
  // It compares the deadline again, because the record may have been touched since the look.
  sweep: 'DELETE FROM sojourn_sessions WHERE id IN (SELECT value FROM json_each(?)) AND expires_at <= ? RETURNING id',
  forget: 'DELETE FROM sojourn_epochs WHERE keep_until <= ? RETURNING 1',
  scan: `SELECT ${COLUMNS} FROM sojourn_sessions WHERE id > ? AND expires_at > ? ORDER BY id LIMIT ?`,
  count: 'SELECT count(*) FROM sojourn_sessions WHERE expires_at > ?',
  tables: `SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('sojourn_sessions', 'sojourn_epochs', 'sojourn_schema')`,
  schemaVersion: 'SELECT max(version) FROM sojourn_schema',
} as const

/** Codes of SQLite after which nothing was written. After others, such as SQLITE_IOERR, it may be. */
const REFUSAL = /^SQLITE_(?:AUTH|BUSY|CANTOPEN|CONSTRAINT|ERROR|FULL|LOCKED|MISMATCH|PERM|READONLY|TOOBIG)/

function reasonOf(error: unknown): string | undefined {
  if (error instanceof BusyError) return 'SQLITE_BUSY'
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && REFUSAL.test(code) ? code : undefined
}

/**
 * The store contract in SQL, on a SQLite that others use too: by a network, or by an application's own connection. Each
 * statement commits by itself. After a conflict a SELECT reads the newest record.
 */
export class SharedSqliteStore implements SessionStore {
  readonly engine: string
  readonly #name: string
  readonly #run: RunSqlite
  #areTablesThere: boolean
  #sweptTo = ''

  /** @param name of the store, for messages */
  constructor(name: string, engine: string, run: RunSqlite, createTables: boolean) {
    this.#name = name
    this.engine = engine
    this.#run = run
    this.#areTablesThere = !createTables
  }

  async load(id: string, call: Call): Promise<StoredRecord | undefined> {
    if (!isText(id)) return undefined
    const [row] = await this.#ask(call, statements.select, id, call.now)
    return row && recordFromColumns(row)
  }

  async create(record: StoredRecord, call: Call): Promise<'created' | 'exists'> {
    const { id, version, expiresAt, retainUntil, principal, body } = record
    const rows = await this.#write(call, statements.insert, id, version, expiresAt, retainUntil, principal, body)
    return rows.length === 1 ? 'created' : 'exists'
  }

  async update(record: StoredRecord, call: Call): Promise<'updated' | 'gone' | StoredRecord> {
    const { id, version, expiresAt, retainUntil, principal, body } = record
    if (!isText(id)) return 'gone'
    const values = [version, expiresAt, retainUntil, principal, body, id, version - 1, call.now]
    const rows = await this.#write(call, statements.update, ...values)
    return rows.length === 1 ? 'updated' : ((await this.load(id, call)) ?? 'gone')
  }

  async touch(id: string, expiresAt: number, call: Call): Promise<boolean> {
    return isText(id) && (await this.#ask(call, statements.touch, expiresAt, id, call.now)).length === 1
  }

  async delete(id: string, call: Call): Promise<boolean> {
    return isText(id) && (await this.#ask(call, statements.remove, id)).length === 1
  }

  async close(): Promise<void> {}

  readonly principals: PrincipalIndex = {
    list: async (principal, cursor, call) => {
      const rows = await this.#ask(call, statements.page, principal, cursor ?? '', call.now)
      return pageOf(rows.map(recordFromColumns), PAGE_SIZE)
    },

    ids: async (principal, cursor, call) => pageOfIds(idsOf(await this.#ask(call, statements.ids, principal, cursor ?? '', call.now))),

    deleteMany: async (principal, ids, call) =>
      idsOf(await this.#ask(call, statements.removeMany, principal, JSON.stringify(ids.filter(isText)))),

    epoch: async (principal, call) => {
      const [row] = await this.#ask(call, statements.epoch, principal, call.now)
      return row && String(row[0])
    },

    raise: async (principal, value, keepUntil, call) => {
      await this.#ask(call, statements.raise, principal, value, keepUntil)
    },
  }

  readonly sweeper: Sweeper = {
    sweep: async (limit, call) => {
      const rows = await this.#ask(call, statements.look, call.now, this.#sweptTo, limit)
      const old = rows.filter(([, isOld]) => Number(isOld) === 1).map(([id]) => String(id))
      const expired = old.length > 0 ? idsOf(await this.#ask(call, statements.sweep, JSON.stringify(old), call.now)) : []
      const done = rows.length < limit
      this.#sweptTo = done ? '' : String(rows.at(-1)![0])
      if (done) await this.#ask(call, statements.forget, call.now)
      return { expired, done }
    },
  }

  readonly scanner: Required<Scanner> = {
    scan: async (cursor, limit, call) => {
      const rows = await this.#ask(call, statements.scan, cursor ?? '', call.now, limit)
      return pageOf(rows.map(recordFromColumns), limit)
    },

    count: async (call) => Number((await this.#ask(call, statements.count, call.now))[0]![0]),
  }

  /** Creates the tables before the first statement. */
  async #ask(call: Call, sql: string, ...values: BoundValue[]): Promise<readonly (readonly unknown[])[]> {
    // Calls at the same time do not wait for one promise: on some platforms it ends with the request that began it.
    if (!this.#areTablesThere) await this.#define(call)
    this.#areTablesThere = true
    return this.#whenFree(call, sql, values)
  }

  #write(call: Call, sql: string, ...values: BoundValue[]): Promise<readonly (readonly unknown[])[]> {
    return orRefused(() => this.#ask(call, sql, ...values), reasonOf)
  }

  async #define(call: Call): Promise<void> {
    const [made] = await this.#whenFree(call, statements.tables, [])
    if (Number(made![0]) < 3) for (const sql of sqliteSchema) await this.#whenFree(call, sql, [])
    const [version] = await this.#whenFree(call, statements.schemaVersion, [])
    checkSchemaVersion(this.#name, Number(version![0]), SCHEMA_VERSION)
  }

  /** Tries again while another connection writes, until the call's deadline. */
  async #whenFree(call: Call, sql: string, values: BoundValue[]): Promise<readonly (readonly unknown[])[]> {
    for (;;) {
      try {
        return await this.#run(sql, values)
      } catch (error) {
        if (!isBusy(error)) throw error
        if (call.signal.aborted) throw new BusyError(error)
      }
      await new Promise((resolve) => setTimeout(resolve, shortWait()))
    }
  }
}

function idsOf(rows: readonly (readonly unknown[])[]): string[] {
  return rows.map(([id]) => String(id))
}

/** Some engines end a text at U+0000. An id that contains it is simply unknown. */
function isText(id: string): boolean {
  return !id.includes('\u0000')
}
