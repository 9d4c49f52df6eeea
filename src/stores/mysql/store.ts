import { createHash } from 'node:crypto'
import { optionError } from '../../core/basics/errors.ts'
import type { Call, PrincipalIndex, Scanner, SessionStore, StoreHealth, StoredRecord, Sweeper } from '../../core/contracts/store.ts'
import { reasonOfMysql } from '../../core/storage/engine-errors.ts'
import { orRefused } from '../../core/storage/engine-refusal.ts'
import type { MysqlResult, MysqlDatabase } from './client.ts'
import { IDS_PAGE_SIZE, pageOf, pageOfIds, PAGE_SIZE } from '../_shared/page.ts'
import { COLUMNS, recordFromColumns, textOf } from '../_shared/rows.ts'
import { Tables } from '../_shared/tables.ts'
import { checkSchemaVersion } from '../_shared/version.ts'
import { SCHEMA_VERSION, mysqlSchema } from './schema.ts'

// Always as many values, so that it is one statement to prepare.
const DELETE_MANY = `DELETE FROM sojourn_sessions WHERE id IN (${Array(IDS_PAGE_SIZE).fill('?').join()})`

const statements = {
  select: `SELECT ${COLUMNS} FROM sojourn_sessions WHERE id = ? AND expires_at > ?`,
  // Not INSERT IGNORE: it would take any error for an id that exists.
  insert: `INSERT INTO sojourn_sessions (id, version, expires_at, retain_until, principal, principal_digest, body) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  update: `UPDATE sojourn_sessions SET version = ?, expires_at = ?, retain_until = ?, principal = ?, principal_digest = ?, body = ?
    WHERE id = ? AND version = ? AND expires_at > ?`,
  touch:
    'UPDATE sojourn_sessions SET expires_at = GREATEST(expires_at, LEAST(CAST(? AS SIGNED), retain_until)) WHERE id = ? AND expires_at > ?',
  remove: 'DELETE FROM sojourn_sessions WHERE id = ?',
  // Otherwise the optimizer may walk over everybody's sessions in the order of their ids.
  page: `SELECT ${COLUMNS} FROM sojourn_sessions FORCE INDEX (sojourn_sessions_of_principal)
    WHERE principal_digest = ? AND id > ? AND expires_at > ? ORDER BY id LIMIT ${PAGE_SIZE}`,
  ids: `SELECT id FROM sojourn_sessions FORCE INDEX (sojourn_sessions_of_principal)
    WHERE principal_digest = ? AND id > ? AND expires_at > ? ORDER BY id LIMIT ${IDS_PAGE_SIZE}`,
  removeOf: 'DELETE FROM sojourn_sessions WHERE id = ? AND principal_digest = ?',
  // The digest is made an expression, so that the rows are found by their ids, and are always locked in that order.
  removeManyOf: `${DELETE_MANY} AND CONCAT(principal_digest) = ? RETURNING id`,
  version: 'SELECT VERSION() AS version',
  epoch: 'SELECT epoch FROM sojourn_epochs WHERE principal_digest = ? AND keep_until > ?',
  // An earlier raise may have promised to keep its epoch longer.
  raise: `INSERT INTO sojourn_epochs (principal_digest, epoch, keep_until) VALUES (?, ?, ?)
    ON DUPLICATE KEY UPDATE epoch = VALUES(epoch), keep_until = GREATEST(keep_until, VALUES(keep_until))`,
  look: 'SELECT id, expires_at <= ? AS expired FROM sojourn_sessions WHERE id > ? ORDER BY id LIMIT',
  // It compares the deadline again, because the record may have been touched since the look.
  sweep: 'DELETE FROM sojourn_sessions WHERE id = ? AND expires_at <= ?',
  sweepMany: `${DELETE_MANY} AND expires_at <= ? RETURNING id`,
  health: 'SELECT ROUND(UNIX_TIMESTAMP(NOW(3)) * 1000) AS clock, (SELECT MAX(version) FROM sojourn_schema) AS found',
  forget: 'DELETE FROM sojourn_epochs WHERE keep_until <= ?',
  // Not in one statement with the next: while MariaDB reads information_schema, it says 0.
  autocommit: 'SELECT @@autocommit AS autocommit',
  // The names in information_schema are those that this role may use.
  tables: `SELECT COUNT(*) AS made FROM information_schema.tables
    WHERE table_schema = DATABASE() AND table_name IN ('sojourn_sessions', 'sojourn_epochs', 'sojourn_schema')`,
  schemaVersion: 'SELECT MAX(version) AS version FROM sojourn_schema',
  scan: `SELECT ${COLUMNS} FROM sojourn_sessions WHERE id > ? AND expires_at > ? ORDER BY id LIMIT`,
  count: 'SELECT COUNT(*) AS live FROM sojourn_sessions WHERE expires_at > ?',
} as const

const DUPLICATE_ENTRY = 1062

/** How many statements of one call run beside each other: a part of a usual pool. */
const AT_ONCE = 5

/**
 * The store contract in SQL. Each statement commits by itself: in a transaction, the SELECT after a conflict would read
 * an old snapshot.
 */
export class MysqlSessionStore implements SessionStore {
  readonly engine = 'mysql'
  readonly #database: MysqlDatabase
  readonly #release: () => Promise<void>
  readonly #tables: Tables
  #sweptTo = ''
  #isMariadb: boolean | undefined

  constructor(database: MysqlDatabase, createTables: boolean, release: () => Promise<void>) {
    this.#database = database
    this.#tables = new Tables(!createTables, () => this.#define())
    this.#release = release
  }

  async load(id: string, { now }: Call): Promise<StoredRecord | undefined> {
    const { rows } = await this.#run(statements.select, toBytes(id), now)
    return rows[0] === undefined ? undefined : recordFromColumns(rows[0])
  }

  async create({ id, version, expiresAt, retainUntil, principal, body }: StoredRecord, _call: Call): Promise<'created' | 'exists'> {
    const owner = principal === null ? [null, null] : [toBytes(principal), digest(principal)]
    return orRefused(async () => {
      try {
        await this.#run(statements.insert, toBytes(id), version, expiresAt, retainUntil, ...owner, toBytes(body))
        return 'created'
      } catch (error) {
        if ((error as { errno?: number }).errno === DUPLICATE_ENTRY) return 'exists'
        throw error
      }
    }, reasonOfMysql)
  }

  async update(record: StoredRecord, call: Call): Promise<'updated' | 'gone' | StoredRecord> {
    const { id, version, expiresAt, retainUntil, principal, body } = record
    const owner = principal === null ? [null, null] : [toBytes(principal), digest(principal)]
    const values = [version, expiresAt, retainUntil, ...owner, toBytes(body), toBytes(id), version - 1, call.now]
    const { written } = await orRefused(() => this.#run(statements.update, ...values), reasonOfMysql)
    return written === 1 ? 'updated' : ((await this.load(id, call)) ?? 'gone')
  }

  async touch(id: string, expiresAt: number, call: Call): Promise<boolean> {
    const { written } = await this.#run(statements.touch, expiresAt, toBytes(id), call.now)
    // Some connections do not count a row that stays as it is.
    return written === 1 || (await this.load(id, call)) !== undefined
  }

  async delete(id: string, _call: Call): Promise<boolean> {
    return (await this.#run(statements.remove, toBytes(id))).written === 1
  }

  async health(): Promise<StoreHealth> {
    const { rows } = await this.#run(statements.health)
    const [clock, found] = rows[0]!
    return { clock: Number(clock), tables: { found: Number(found), known: SCHEMA_VERSION } }
  }

  close(): Promise<void> {
    return this.#release()
  }

  readonly principals: PrincipalIndex = {
    list: async (principal, cursor, { now }) => {
      const { rows } = await this.#run(statements.page, digest(principal), toBytes(cursor ?? ''), now)
      return pageOf(rows.map(recordFromColumns), PAGE_SIZE)
    },

    ids: async (principal, cursor, { now }) => {
      const { rows } = await this.#run(statements.ids, digest(principal), toBytes(cursor ?? ''), now)
      return pageOfIds(rows.map(([id]) => textOf(id)))
    },

    deleteMany: (principal, ids) => this.#deleteThose(ids, statements.removeManyOf, statements.removeOf, digest(principal)),

    epoch: async (principal, { now }) => {
      const { rows } = await this.#run(statements.epoch, digest(principal), now)
      return rows[0] && textOf(rows[0][0])
    },

    raise: async (principal, value, keepUntil) => {
      await this.#run(statements.raise, digest(principal), toBytes(value), keepUntil)
    },
  }

  readonly sweeper: Sweeper = {
    sweep: async (limit, { now }) => {
      const { rows } = await this.#run(limited(statements.look, limit), now, toBytes(this.#sweptTo))
      const seen = rows.map(([id, isOld]) => ({ id: textOf(id), isOld: Number(isOld) === 1 }))
      const old = seen.filter(({ isOld }) => isOld).map(({ id }) => id)
      const expired = await this.#deleteThose(old, statements.sweepMany, statements.sweep, now)
      const done = seen.length < limit
      this.#sweptTo = done ? '' : seen.at(-1)!.id
      if (done) await this.#run(statements.forget, now)
      return { expired, done }
    },
  }

  readonly scanner: Required<Scanner> = {
    scan: async (cursor, limit, { now }) => {
      const { rows } = await this.#run(limited(statements.scan, limit), toBytes(cursor ?? ''), now)
      return pageOf(rows.map(recordFromColumns), limit)
    },

    count: async ({ now }) => {
      const { rows } = await this.#run(statements.count, now)
      return Number(rows[0]![0])
    },
  }

  /**
   * Deletes those among the ids that meet a condition, and returns them: many in one statement where it says what it
   * has deleted. Elsewhere one by one, because only the count of each says whether this call has deleted it.
   */
  async #deleteThose(ids: readonly string[], many: string, one: string, condition: Buffer | number): Promise<string[]> {
    const together = ids.length > 1 && (await this.#returnsDeleted())
    const most = together ? IDS_PAGE_SIZE : AT_ONCE
    const deleted: string[] = []
    for (let from = 0; from < ids.length; from += most) {
      const some = ids.slice(from, from + most)
      if (together) {
        const all = Array.from({ length: most }, (_, i) => toBytes(some[i] ?? some[0]!))
        const { rows } = await this.#run(many, ...all, condition)
        deleted.push(...rows.map(([id]) => textOf(id)))
      } else {
        const results = await Promise.all(some.map((id) => this.#run(one, toBytes(id), condition)))
        deleted.push(...some.filter((_, i) => results[i]!.written === 1))
      }
    }
    return deleted
  }

  /** Whether a DELETE can return rows: in MariaDB, and not in MySQL. */
  async #returnsDeleted(): Promise<boolean> {
    this.#isMariadb ??= this.#database.returnsDeleted && textOf(await this.#value(statements.version)).includes('MariaDB')
    return this.#isMariadb
  }

  async #run(sql: string, ...values: unknown[]): Promise<MysqlResult> {
    if (!this.#tables.areThere) await this.#tables.create()
    // As numbers, mysql2 would send them as doubles.
    return this.#database.run(
      sql,
      values.map((value) => (typeof value === 'number' ? String(value) : value)),
    )
  }

  /** Creates what is missing only: a role or a server that may create nothing is enough once the tables are there. */
  async #define(): Promise<void> {
    if (Number(await this.#value(statements.autocommit)) === 0) {
      throw optionError('mysqlStore: autocommit is off, by `init_connect` or by the client. Nothing would be committed: turn it on.')
    }
    const isMade = Number(await this.#value(statements.tables)) === 3 && (await this.#value(statements.schemaVersion)) !== null
    if (!isMade) for (const sql of mysqlSchema) await this.#database.define(sql)
    checkSchemaVersion('mysqlStore', Number(await this.#value(statements.schemaVersion)), SCHEMA_VERSION)
  }

  async #value(sql: string): Promise<unknown> {
    const { rows } = await this.#database.run(sql, [])
    return rows[0]?.[0]
  }
}

function toBytes(text: string): Buffer {
  return Buffer.from(text)
}

/** Not as a value: a client that puts the values into the statement would put it in quotes. */
function limited(sql: string, limit: number): string {
  return `${sql} ${Math.trunc(limit)}`
}

function digest(principal: string): Buffer {
  return createHash('sha256').update(principal).digest()
}
