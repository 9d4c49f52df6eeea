import { Lazy, loadDriver, requireDriver } from '../_shared/driver.ts'
import { databaseOf } from './client.ts'
import type { MysqlDatabase, MysqlPool } from './client.ts'
import { isWrongServer } from './wrong-server.ts'

/** The store's own pool. It is opened at the first statement. */
export function databaseAt(url: string): { database: MysqlDatabase; release: () => Promise<void> } {
  requireDriver('mysqlStore', 'mysql2')
  const pool = new Lazy(
    async () => {
      const { createPool } = await loadDriver('mysqlStore', 'mysql2', () => import('mysql2/promise'))
      // mysql2 makes a stack trace for each call, in case of an error: a tenth of its cost. The URL's own options win.
      const opened = createPool({ uri: url, trace: false })
      const careful: MysqlPool = {
        query: (sql) => opened.query(sql),
        async execute(statement, values) {
          const connection = await opened.getConnection()
          try {
            return await connection.execute(statement, values)
          } catch (error) {
            if (isWrongServer(error)) connection.destroy()
            throw error
          } finally {
            connection.release()
          }
        },
      }
      return { opened, database: databaseOf(careful) }
    },
    ({ opened }) => opened.end(),
  )
  return {
    database: {
      returnsDeleted: true,
      run: async (sql, values) => (await pool.get()).database.run(sql, values),
      define: async (sql) => (await pool.get()).database.define(sql),
    },
    release: () => pool.close(),
  }
}
