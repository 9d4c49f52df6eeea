import { optionError } from '../../core/basics/errors.ts'
import { againIfLost } from '../_shared/lost.ts'
import { asked, columnsOf } from '../_shared/query.ts'

/** The part of `mysql2/promise` that the store uses. Its `Pool` and its `Connection` have it. */
export interface MysqlPool {
  execute(
    statement: { sql: string; rowsAsArray: boolean; nestTables: boolean; namedPlaceholders: boolean; typeCast: boolean },
    values?: never[],
  ): Promise<[unknown, unknown]>
  query(sql: string): Promise<[unknown, unknown]>
}

/** The part of `mysql2` (with callbacks) that the store uses. */
export interface MysqlCallbackPool {
  promise(): MysqlPool
}

/**
 * An application's own way to run one statement, such as by its ORM. The first value stands for the first `?`. It
 * returns the rows as objects, with the columns in their order; for a write, an object with `affectedRows`. Each call
 * commits by itself.
 */
export type MysqlQuery = (
  sql: string,
  values: (string | Buffer | null)[],
) => PromiseLike<readonly object[] | { readonly affectedRows: number | bigint }>

/** A client of either flavour, or a function that runs a statement. */
export type MysqlClient = MysqlPool | MysqlCallbackPool | MysqlQuery

export const NO_CLIENT = 'mysqlStore: pass a pool of `mysql2` or `mysql2/promise`, or a function that runs a statement.'

export interface MysqlResult {
  /** The columns of each row, in their order. */
  readonly rows: readonly (readonly unknown[])[]
  /** How many rows a write has written. One that changed nothing may count or not: that depends on the connection. */
  readonly written: number
}

export interface MysqlDatabase {
  /** Whether this client passes on the rows that a DELETE returns. */
  readonly returnsDeleted: boolean
  run(sql: string, values: readonly unknown[]): Promise<MysqlResult>
  /** Runs one statement without values. */
  define(sql: string): Promise<void>
}

export function databaseOf(client: MysqlClient): MysqlDatabase {
  if (typeof client === 'function' && !('execute' in client)) return ofQuery(client)
  const pool = 'promise' in client && typeof client.promise === 'function' ? client.promise() : (client as MysqlPool)
  if (typeof pool.execute !== 'function') {
    throw optionError(NO_CLIENT)
  }
  return {
    returnsDeleted: true,
    async run(sql, values) {
      const ask = (): Promise<[unknown, unknown]> => pool.execute({ sql, ...plainRows }, values as never[])
      const [result] = await again(() => (sql.startsWith('SELECT') ? againIfLost(ask) : ask()))
      return Array.isArray(result) ? { rows: result as unknown[][], written: 0 } : { rows: [], written: writtenBy(result) }
    },
    define: async (sql) => void (await pool.query(sql)),
  }
}

/** How rows are to come, whatever the options of the client are. */
const plainRows = { rowsAsArray: true, nestTables: false, namedPlaceholders: false, typeCast: true }

function writtenBy(result: unknown): number {
  return Number((result as { affectedRows?: number | bigint } | undefined)?.affectedRows)
}

function ofQuery(query: MysqlQuery): MysqlDatabase {
  const run = async (sql: string, values: readonly unknown[]): Promise<MysqlResult> => {
    const ask = (): Promise<unknown> => asked(sql, () => query(sql, [...values] as (string | Buffer | null)[]))
    if (sql.startsWith('SELECT')) return { rows: columnsOf('mysqlStore', await againIfLost(ask)), written: 0 }
    const written = writtenBy(await again(ask))
    if (Number.isNaN(written)) {
      throw optionError('mysqlStore: for a write, the function that runs a statement must return an object with `affectedRows`.')
    }
    return { rows: [], written }
  }
  return { returnsDeleted: false, run, define: async (sql) => void (await asked(sql, () => query(sql, []))) }
}

const LOCK_DEADLOCK = 1213
const MAX_DEADLOCK_ATTEMPTS = 5

/** Asks again after a deadlock. InnoDB has rolled back one of the two transactions, so nothing was written. */
async function again<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask()
    } catch (error) {
      if ((error as { errno?: number }).errno !== LOCK_DEADLOCK || attempt === MAX_DEADLOCK_ATTEMPTS) throw error
    }
  }
}
