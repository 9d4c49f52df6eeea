/**
 * The databases that can hold Django's table, by their usual clients.
 *
 * @module
 */
import { optionError } from '../../core/basics/errors.ts'

/** `pg`: a Pool or a connected Client. */
export interface DjangoPostgres {
  query(text: string, values: unknown[]): Promise<{ rows: unknown[]; rowCount: number | null }>
}

/** `mysql2/promise`: a Pool or a Connection. */
export interface DjangoMysql {
  execute(sql: string, values: never[]): Promise<[unknown, unknown]>
}

/**
 * `DatabaseSync` of node:sqlite, or `Database` of better-sqlite3. Give it a timeout, because Django locks the whole
 * file while it writes.
 */
export interface DjangoSqlite {
  prepare(sql: string): { run(...values: string[]): { changes: number | bigint }; all(...values: string[]): unknown[] }
}

export type DjangoDatabase = DjangoPostgres | DjangoMysql | DjangoSqlite

/** What differs between the databases for the table of sessions. */
export interface SessionDatabase {
  /** An instant as a value of a statement. */
  readonly instant: (milliseconds: number) => string
  /** The column `expire_date` as text that {@link instantOf} reads. */
  readonly expireDate: string
  readonly instantOf: (value: unknown) => number
  /** The condition that the column `session_data` holds exactly the value `?`. */
  readonly sameData: string
  /** The parts of an INSERT before and after its values that keep an existing row. */
  readonly insert: readonly [before: string, after: string]
  readonly rows: (sql: string, values: readonly string[]) => Promise<readonly unknown[]>
  /** Returns the number of changed rows. */
  readonly change: (sql: string, values: readonly string[]) => Promise<number>
}

/** @throws ERR_SESSION_OPTIONS */
export function sessionDatabase(client: DjangoDatabase): SessionDatabase {
  if (typeof client !== 'object' || client === null) throw optionError(DATABASES)
  if ('execute' in client) return mysql(client)
  if ('prepare' in client) return sqlite(client)
  if ('query' in client) return postgres(client)
  throw optionError(DATABASES)
}

const DATABASES = 'database: pass a Pool of `pg`, a pool of `mysql2/promise`, or a database of node:sqlite or better-sqlite3.'

function postgres(client: DjangoPostgres): SessionDatabase {
  const ask = (sql: string, values: readonly string[]): ReturnType<DjangoPostgres['query']> => {
    let position = 0
    return client.query(
      sql.replace(/\?/g, () => `$${++position}`),
      [...values],
    )
  }
  return {
    instant: (milliseconds) => new Date(milliseconds).toISOString(),
    expireDate: 'EXTRACT(EPOCH FROM expire_date) * 1000',
    instantOf: Number,
    sameData: 'session_data = ?',
    insert: ['INSERT INTO', 'ON CONFLICT DO NOTHING'],
    rows: async (sql, values) => (await ask(sql, values)).rows,
    change: async (sql, values) => (await ask(sql, values)).rowCount ?? 0,
  }
}

function mysql(client: DjangoMysql): SessionDatabase {
  return {
    instant: utcText,
    expireDate: 'CAST(expire_date AS CHAR)',
    instantOf: ofUtcText,
    // MySQL's collations treat some different texts as equal.
    sameData: 'CAST(session_data AS BINARY) = CAST(? AS BINARY)',
    insert: ['INSERT IGNORE INTO', ''],
    rows: async (sql, values) => (await client.execute(sql, values as never[]))[0] as unknown[],
    change: async (sql, values) => ((await client.execute(sql, values as never[]))[0] as { affectedRows: number }).affectedRows,
  }
}

/** SQLite compares Django's instants as text, so what is written here must sort among them. */
function sqlite(client: DjangoSqlite): SessionDatabase {
  return {
    instant: utcText,
    expireDate: 'expire_date',
    instantOf: ofUtcText,
    sameData: 'session_data = ?',
    insert: ['INSERT INTO', 'ON CONFLICT DO NOTHING'],
    rows: async (sql, values) => client.prepare(sql).all(...values),
    change: async (sql, values) => Number(client.prepare(sql).run(...values).changes),
  }
}

/** As Python writes a naive datetime: whole seconds have no fraction. */
function utcText(milliseconds: number): string {
  const text = new Date(milliseconds).toISOString().replace('T', ' ').slice(0, -1)
  return text.endsWith('.000') ? text.slice(0, -4) : `${text}000`
}

function ofUtcText(value: unknown): number {
  return Date.parse(`${String(value).replace(' ', 'T').slice(0, 23)}Z`)
}
