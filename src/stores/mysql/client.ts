import { optionError } from '../../core/basics/errors.ts'
import { againIfLost } from '../_shared/lost.ts'

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

/** A client of either flavour. */
export type MysqlClient = MysqlPool | MysqlCallbackPool

export interface MysqlResult {
  readonly rows: readonly unknown[]
  /** How many rows a write found, whether it changed them or not. */
  readonly found: number
}

export interface MysqlDatabase {
  run(sql: string, values: readonly unknown[]): Promise<MysqlResult>
  /** Runs one statement without values. */
  define(sql: string): Promise<void>
}

export function databaseOf(client: MysqlClient): MysqlDatabase {
  const pool = 'promise' in client && typeof client.promise === 'function' ? client.promise() : (client as MysqlPool)
  if (typeof pool.execute !== 'function') {
    throw optionError('mysqlStore: pass a pool of `mysql2` or `mysql2/promise`.')
  }
  return {
    async run(sql, values) {
      const ask = (): Promise<[unknown, unknown]> => pool.execute({ sql, ...plainRows }, values as never[])
      const [result] = await again(() => (sql.startsWith('SELECT') ? againIfLost(ask) : ask()))
      return Array.isArray(result) ? { rows: result, found: result.length } : { rows: [], found: foundBy(result) }
    },
    define: async (sql) => void (await pool.query(sql)),
  }
}

/** How rows are to come, whatever the options of the client are. */
const plainRows = { rowsAsArray: false, nestTables: false, namedPlaceholders: false, typeCast: true }

/**
 * Returns how many rows were found. mysql2 asks the server to count these, unless the application's `flags` turn that
 * off. Then `affectedRows` counts only changed rows, and a write that finds a row and changes nothing would look as if
 * there were no row.
 */
function foundBy(result: unknown): number {
  const { affectedRows, info = '' } = result as { affectedRows: number; info?: string }
  const matched = /Rows matched: (\d+)/.exec(info)
  return matched ? Number(matched[1]) : affectedRows
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
