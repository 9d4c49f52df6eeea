import { Lazy, loadDriver } from '../_shared/driver.ts'
import { databaseOf } from './client.ts'
import type { MysqlDatabase } from './client.ts'

/** The store's own pool. It is opened at the first statement. */
export function databaseAt(url: string): { database: MysqlDatabase; release: () => Promise<void> } {
  const pool = new Lazy(
    async () => {
      const { createPool } = await loadDriver('mysqlStore', 'mysql2', () => import('mysql2/promise'))
      // mysql2 makes a stack trace for each call, in case of an error: a tenth of its cost. The URL's own options win.
      const opened = createPool({ uri: url, trace: false })
      return { opened, database: databaseOf(opened) }
    },
    ({ opened }) => opened.end(),
  )
  return {
    database: {
      run: async (sql, values) => (await pool.get()).database.run(sql, values),
      define: async (sql) => (await pool.get()).database.define(sql),
    },
    release: () => pool.close(),
  }
}
