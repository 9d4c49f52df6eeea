import { Lazy, loadDriver, MAX_SILENCE, requireDriver } from '../_shared/driver.ts'
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
      const opened = createPool({ uri: url, trace: false, connectTimeout: MAX_SILENCE })
      const run = async <T>(ask: (connection: Awaited<ReturnType<typeof opened.getConnection>>) => Promise<T>): Promise<T> => {
        const connection = await opened.getConnection()
        try {
          return await ask(connection)
        } catch (error) {
          if (isWrongServer(error) || isSilent(error)) connection.destroy()
          throw error
        } finally {
          connection.release()
        }
      }
      const careful: MysqlPool = {
        query: (sql) => run((connection) => connection.query({ sql, timeout: MAX_SILENCE })),
        execute: (statement, values) => run((connection) => connection.execute({ ...statement, timeout: MAX_SILENCE }, values)),
      }
      return { opened, database: databaseOf(careful) }
    },
    // A server that has fallen silent never confirms the end.
    ({ opened }) => opened.end().catch(() => undefined),
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

/** What mysql2 says after the `timeout` of a statement. The answer may still come, so the connection is no good. */
function isSilent(error: unknown): boolean {
  return (error as { readonly code?: unknown }).code === 'PROTOCOL_SEQUENCE_TIMEOUT'
}
