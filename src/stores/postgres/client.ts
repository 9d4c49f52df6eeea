import { optionError } from '../../core/basics/errors.ts'

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

/** A statement that is prepared once per connection. */
export interface Statement {
  readonly name: string
  readonly text: string
}

export interface PostgresDatabase {
  run(statement: Statement, values: readonly unknown[]): Promise<PostgresResult>
  /** Runs several statements without values in one transaction. */
  script(text: string): Promise<void>
}

export interface PostgresResult {
  readonly rows: readonly unknown[]
  /** How many rows were written or read. */
  readonly count: number
}

export function databaseOf(client: PostgresClient): PostgresDatabase {
  if ('unsafe' in client) {
    return {
      async run({ text }, values) {
        const rows = await client.unsafe(text, values as never[], { prepare: true })
        return { rows, count: rows.count }
      },
      script: async (text) => void (await client.unsafe(text)),
    }
  }
  if (!('query' in client)) {
    throw optionError('postgresStore: pass a Pool of `pg`, or a client of `postgres` (postgres.js).')
  }
  return {
    async run({ name, text }, values) {
      const { rows, rowCount } = await client.query({ name, text, values: [...values] })
      return { rows, count: rowCount ?? 0 }
    },
    script: async (text) => void (await client.query({ text })),
  }
}
