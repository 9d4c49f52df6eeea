import { optionError } from '../../core/basics/errors.ts'
import type {
  Call,
  Notices,
  PrincipalIndex,
  Scanner,
  SessionStore,
  StoreHealth,
  StoredRecord,
  Sweeper,
} from '../../core/contracts/store.ts'
import { reasonOfPostgres } from '../../core/storage/engine-errors.ts'
import { orRefused } from '../../core/storage/engine-refusal.ts'
import type { PostgresResult, PostgresDatabase, Statement } from './client.ts'
import { Broadcast } from '../_shared/broadcast.ts'
import { IDS_PAGE_SIZE, pageOf, pageOfIds, PAGE_SIZE } from '../_shared/page.ts'
import { COLUMNS, recordFromColumns } from '../_shared/rows.ts'
import { Tables } from '../_shared/tables.ts'
import { checkSchemaVersion } from '../_shared/version.ts'
import { CHANNEL, Together } from './notices.ts'
import type { Listen } from './notices.ts'
import { DEFINE, SCHEMA_VERSION } from './schema.ts'

function statement(name: string, text: string): Statement {
  return { name: `sojourn_${name}`, text }
}

const statements = {
  select: statement('select', `SELECT ${COLUMNS} FROM sojourn_sessions WHERE id = $1 AND expires_at > $2`),
  insert: statement('insert', `INSERT INTO sojourn_sessions (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING`),
  update: statement(
    'update',
    `UPDATE sojourn_sessions SET version = $2, expires_at = $3, retain_until = $4, principal = $5, body = $6
     WHERE id = $1 AND version = $7 AND expires_at > $8`,
  ),
  touch: statement(
    'touch',
    'UPDATE sojourn_sessions SET expires_at = greatest(expires_at, least($2, retain_until)) WHERE id = $1 AND expires_at > $3',
  ),
  remove: statement('remove', 'DELETE FROM sojourn_sessions WHERE id = $1'),
  // The rows are compared as a whole, so that only the index by principal gives their order. For `principal = $1` the
  // index of ids would do too, and the planner may walk over everybody's sessions.
  page: statement(
    'page',
    `SELECT ${COLUMNS} FROM sojourn_sessions
     WHERE (principal, id) > ($1, $2) AND principal <= $1 AND expires_at > $3 ORDER BY principal, id LIMIT ${PAGE_SIZE}`,
  ),
  ids: statement(
    'ids',
    `SELECT id FROM sojourn_sessions
     WHERE (principal, id) > ($1, $2) AND principal <= $1 AND expires_at > $3 ORDER BY principal, id LIMIT ${IDS_PAGE_SIZE}`,
  ),
  scan: statement('scan', `SELECT ${COLUMNS} FROM sojourn_sessions WHERE id > $1 AND expires_at > $2 ORDER BY id LIMIT $3`),
  count: statement('count', 'SELECT count(*) FROM sojourn_sessions WHERE expires_at > $1'),
  // The principal is made an expression, so that the rows are found by their ids. A plan for any values looks up all
  // sessions of the principal instead, and compares each with all ids.
  removeMany: statement(
    'remove_many',
    "DELETE FROM sojourn_sessions WHERE id = ANY($2::text::text[]) AND principal || '' = $1 RETURNING id",
  ),
  epoch: statement('epoch', 'SELECT epoch FROM sojourn_epochs WHERE principal = $1 AND keep_until > $2'),
  // An earlier raise may have promised to keep its epoch longer.
  raise: statement(
    'raise',
    `INSERT INTO sojourn_epochs (principal, epoch, keep_until) VALUES ($1, $2, $3)
     ON CONFLICT (principal) DO UPDATE SET epoch = excluded.epoch, keep_until = greatest(sojourn_epochs.keep_until, excluded.keep_until)`,
  ),
  look: statement(
    'look',
    'SELECT id, CASE WHEN expires_at <= $3 THEN 1 ELSE 0 END FROM sojourn_sessions WHERE id > $1 ORDER BY id LIMIT $2',
  ),
  // It compares the deadline again, because the record may have been touched since the look.
  sweep: statement('sweep', 'DELETE FROM sojourn_sessions WHERE id = ANY($1::text::text[]) AND expires_at <= $2 RETURNING id'),
  schemaVersion: statement('schema_version', 'SELECT max(version) FROM sojourn_schema'),
  encoding: statement('encoding', "SELECT current_setting('server_encoding')"),
  // It looks along the search path, as the other statements do.
  tables: statement(
    'tables',
    "SELECT count(*) FROM unnest(ARRAY['sojourn_sessions', 'sojourn_epochs', 'sojourn_schema']) AS name WHERE to_regclass(name) IS NOT NULL",
  ),
  define: statement('define', DEFINE),
  notify: statement('notify', `SELECT pg_notify('${CHANNEL}', notice) FROM unnest($1::text::text[]) AS notice`),
  health: statement('health', 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint, (SELECT max(version) FROM sojourn_schema)'),
  forget: statement('forget', 'DELETE FROM sojourn_epochs WHERE keep_until <= $1'),
} as const

/**
 * The store contract in SQL. Each statement commits by itself. After a conflict a separate SELECT reads the newest
 * record: in one statement with the UPDATE it would read the snapshot from before.
 */
export class PostgresSessionStore implements SessionStore {
  readonly engine = 'postgresql'
  readonly notices?: Notices
  readonly #broadcast: Broadcast | undefined
  readonly #database: PostgresDatabase
  readonly #release: () => Promise<void>
  readonly #tables: Tables
  #sweptTo = ''

  constructor(database: PostgresDatabase, listen: Listen | undefined, createTables: boolean, release: () => Promise<void>) {
    this.#database = database
    this.#tables = new Tables(!createTables, () => this.#define())
    this.#release = release
    if (listen) {
      const broadcast = new Broadcast(listen)
      this.#broadcast = broadcast
      const together = new Together(async (notices) => void (await this.#run(statements.notify, arrayOf(notices))))
      this.notices = {
        publish: (id) => together.send(id),
        subscribe: (listener) => broadcast.subscribe(listener),
      }
    }
  }

  async load(id: string, { now }: Call): Promise<StoredRecord | undefined> {
    if (!isText(id)) return undefined
    const { rows } = await this.#run(statements.select, id, now)
    return rows[0] === undefined ? undefined : recordFromColumns(rows[0])
  }

  async create(record: StoredRecord, _call: Call): Promise<'created' | 'exists'> {
    const { id, version, expiresAt, retainUntil, principal, body } = record
    const { count } = await this.#write(statements.insert, id, version, expiresAt, retainUntil, principal, body)
    return count === 1 ? 'created' : 'exists'
  }

  async update(record: StoredRecord, call: Call): Promise<'updated' | 'gone' | StoredRecord> {
    const { id, version, expiresAt, retainUntil, principal, body } = record
    if (!isText(id)) return 'gone'
    const { count } = await this.#write(statements.update, id, version, expiresAt, retainUntil, principal, body, version - 1, call.now)
    return count === 1 ? 'updated' : ((await this.load(id, call)) ?? 'gone')
  }

  async touch(id: string, expiresAt: number, { now }: Call): Promise<boolean> {
    return isText(id) && (await this.#run(statements.touch, id, expiresAt, now)).count === 1
  }

  async delete(id: string, _call: Call): Promise<boolean> {
    return isText(id) && (await this.#run(statements.remove, id)).count === 1
  }

  async health(): Promise<StoreHealth> {
    const [clock, found] = (await this.#run(statements.health)).rows[0]!
    return { clock: Number(clock), tables: { found: Number(found), known: SCHEMA_VERSION } }
  }

  async close(): Promise<void> {
    await this.#broadcast?.close()
    await this.#release()
  }

  readonly principals: PrincipalIndex = {
    list: async (principal, cursor, { now }) => {
      const { rows } = await this.#run(statements.page, principal, cursor ?? '', now)
      return pageOf(rows.map(recordFromColumns), PAGE_SIZE)
    },

    ids: async (principal, cursor, { now }) => pageOfIds(returnedIds(await this.#run(statements.ids, principal, cursor ?? '', now))),

    deleteMany: async (principal, ids) => returnedIds(await this.#run(statements.removeMany, principal, arrayOf(ids.filter(isText)))),

    epoch: async (principal, { now }) => {
      const { rows } = await this.#run(statements.epoch, principal, now)
      return rows[0]?.[0] ?? undefined
    },

    raise: async (principal, value, keepUntil) => {
      await this.#run(statements.raise, principal, value, keepUntil)
    },
  }

  readonly sweeper: Sweeper = {
    sweep: async (limit, { now }) => {
      const { rows } = await this.#run(statements.look, this.#sweptTo, limit, now)
      const old = rows.filter(([, expired]) => Number(expired) === 1).map(([id]) => id!)
      const expired = old.length > 0 ? returnedIds(await this.#run(statements.sweep, arrayOf(old), now)) : []
      const done = rows.length < limit
      this.#sweptTo = done ? '' : rows.at(-1)![0]!
      if (done) await this.#run(statements.forget, now)
      return { expired, done }
    },
  }

  readonly scanner: Required<Scanner> = {
    scan: async (cursor, limit, { now }) => {
      const { rows } = await this.#run(statements.scan, cursor ?? '', now, limit)
      return pageOf(rows.map(recordFromColumns), limit)
    },

    count: async ({ now }) => {
      const { rows } = await this.#run(statements.count, now)
      return Number(rows[0]![0])
    },
  }

  async #run(what: Statement, ...values: unknown[]): Promise<PostgresResult> {
    if (!this.#tables.areThere) await this.#tables.create()
    // Both clients accept 64-bit integers as text; only one of them accepts them as numbers.
    return this.#database.run(
      what,
      values.map((value) => (typeof value === 'number' ? String(value) : value)),
    )
  }

  #write(what: Statement, ...values: unknown[]): Promise<PostgresResult> {
    return orRefused(() => this.#run(what, ...values), reasonOfPostgres)
  }

  /** Creates what is missing only: a role or a server that may create nothing is enough once the tables are there. */
  async #define(): Promise<void> {
    const encoding = await this.#value(statements.encoding)
    // SQL_ASCII keeps the bytes of UTF-8 as they are.
    if (encoding !== 'UTF8' && encoding !== 'SQL_ASCII') {
      throw optionError(`postgresStore: the database is in ${encoding}, and sessions need one in UTF8.`)
    }
    if (Number(await this.#value(statements.tables)) < 3) await this.#database.run(statements.define, [])
    checkSchemaVersion('postgresStore', Number(await this.#value(statements.schemaVersion)), SCHEMA_VERSION)
  }

  async #value(what: Statement): Promise<string> {
    const { rows } = await this.#database.run(what, [])
    return rows[0]![0]!
  }
}

function returnedIds({ rows }: PostgresResult): string[] {
  return rows.map(([id]) => id!)
}

/** An array as a text of PostgreSQL: some options of postgres.js break its own arrays. */
function arrayOf(ids: readonly string[]): string {
  return `{${ids.map((id) => `"${id.replaceAll(/["\\]/g, '\\$&')}"`).join(',')}}`
}

/** PostgreSQL throws on U+0000 in a text. An id that contains it is simply unknown. */
function isText(id: string): boolean {
  return !id.includes('\u0000')
}
