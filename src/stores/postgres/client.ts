import { optionError } from '../../core/basics/errors.ts'
import { againIfLost } from '../_shared/lost.ts'
import { asked, columnsOf } from '../_shared/query.ts'
import { textOf } from '../_shared/rows.ts'

/** The part of `pg` that the store uses. A `Pool` and a connected `Client` have it. */
export interface PgClient {
  query(query: { name?: string; text: string; values?: unknown[] }): Promise<{ rows: unknown[]; rowCount: number | null }>
}

/** The part of `postgres` (postgres.js) that the store uses. */
export interface PostgresJs {
  unsafe(text: string, values?: never[], options?: { prepare?: boolean }): PromiseLike<{ readonly count: number } & readonly unknown[]>
}

/**
 * An application's own way to run one statement, such as by its ORM. The first value stands for `$1`. It returns the
 * rows as objects, with the columns in their order; their names and types make no difference. Each call commits by
 * itself.
 */
export type PostgresQuery = (sql: string, values: (string | null)[]) => PromiseLike<readonly object[]>

/** A client of either library, or a function that runs a statement. */
export type PostgresClient = PgClient | PostgresJs | PostgresQuery

/** A statement that is prepared once per connection, if the client may prepare statements. */
export interface Statement {
  readonly name: string
  readonly text: string
}

/**
 * One row as texts, column by column: options of the client change the names and the types of columns, but not their
 * order.
 */
export type Row = readonly (string | null)[]

export interface PostgresDatabase {
  run(statement: Statement, values: readonly unknown[]): Promise<PostgresResult>
}

export interface PostgresResult {
  readonly rows: readonly Row[]
  /** How many rows were written or read. */
  readonly count: number
}

/**
 * @param prepare whether statements may be prepared; not behind a pooler that gives each transaction another
 *   connection
 */
export function databaseOf(client: PostgresClient, prepare: boolean): PostgresDatabase {
  const database = ofClient(client, prepare)
  return {
    run: (statement, values) => {
      const ask = (): Promise<PostgresResult> => database.run(statement, values)
      return isRead(statement) ? againIfLost(ask) : ask()
    },
  }
}

function ofClient(client: PostgresClient, prepare: boolean): PostgresDatabase {
  if ('unsafe' in client) return ofPostgresJs(client, prepare)
  if ('query' in client) return ofPg(client, prepare)
  if (typeof client === 'function') return ofQuery(client)
  throw optionError(NO_CLIENT)
}

export const NO_CLIENT =
  'postgresStore: pass a Pool of `pg`, a client of `postgres` (postgres.js), or a function that runs a statement and returns its rows.'

function isRead({ text }: Statement): boolean {
  return text.startsWith('SELECT')
}

/** A statement of postgres.js. `raw()` gives the bytes of each column: no names, parsers or `transform.value`. */
interface RawStatement extends PromiseLike<unknown> {
  raw(): PromiseLike<{ readonly count: number } & readonly (readonly (Buffer | null)[])[]>
}

interface PostgresJsOptions {
  readonly options?: { readonly prepare?: boolean; readonly transform?: { readonly row?: { readonly from?: unknown } } }
}

function ofPostgresJs(client: PostgresJs, prepare: boolean): PostgresDatabase {
  const { options } = client as PostgresJsOptions
  if (options?.transform?.row?.from) {
    throw optionError('postgresStore: postgres.js must not change rows: leave out `transform.row`, or give the store a client of its own.')
  }
  const prepares = prepare && options?.prepare !== false
  return {
    async run({ text }, values) {
      const rows = await (client.unsafe(text, values as never[], { prepare: prepares }) as unknown as RawStatement).raw()
      return { rows: rows.map((row) => row.map((value) => value && value.toString('utf8'))), count: rows.count }
    },
  }
}

/** Every value as text, whatever parsers the application has set for its own statements. */
const plainTypes = { getTypeParser: () => String }

function ofPg(client: PgClient, prepare: boolean): PostgresDatabase {
  return {
    async run({ name, text }, values) {
      const query = { ...(prepare && { name }), text, values: [...values], rowMode: 'array', types: plainTypes }
      const { rows, rowCount } = await client.query(query)
      return { rows: rows as Row[], count: rowCount ?? 0 }
    },
  }
}

function ofQuery(query: PostgresQuery): PostgresDatabase {
  return {
    async run({ text }, values) {
      // A function returns rows only, so each row that is written has to come back.
      const sql = /^(?:INSERT|UPDATE|DELETE)/.test(text) && !text.includes('RETURNING') ? `${text} RETURNING 1` : text
      const result = await asked(sql, () => query(sql, [...values] as (string | null)[]))
      const rows = columnsOf('postgresStore', result)
      return { rows: rows.map((row) => row.map((value) => (value === null ? null : textOf(value)))), count: rows.length }
    },
  }
}
