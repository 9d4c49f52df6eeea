import { optionError } from '../../core/basics/errors.ts'
import { againIfLost } from '../_shared/lost.ts'

/** The part of `pg` that the store uses. A `Pool` and a connected `Client` have it. */
export interface PgClient {
  query(query: { name?: string; text: string; values?: unknown[] }): Promise<{ rows: unknown[]; rowCount: number | null }>
}

/** The part of `postgres` (postgres.js) that the store uses. */
export interface PostgresJs {
  unsafe(text: string, values?: never[], options?: { prepare?: boolean }): PromiseLike<{ readonly count: number } & readonly unknown[]>
}

/** A client of either library. */
export type PostgresClient = PgClient | PostgresJs

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
  /** Runs several statements without values in one transaction. */
  script(text: string): Promise<void>
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
  const database = 'unsafe' in client ? ofPostgresJs(client, prepare) : 'query' in client ? ofPg(client, prepare) : undefined
  if (!database) throw optionError('postgresStore: pass a Pool of `pg`, or a client of `postgres` (postgres.js).')
  return {
    ...database,
    run: (statement, values) => {
      const ask = (): Promise<PostgresResult> => database.run(statement, values)
      return isRead(statement) ? againIfLost(ask) : ask()
    },
  }
}

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
    script: async (text) => void (await client.unsafe(text)),
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
    script: async (text) => void (await client.query({ text })),
  }
}
