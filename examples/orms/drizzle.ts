import type { MySql2Database } from 'drizzle-orm/mysql2'
import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import type { Pool as MysqlPool } from 'mysql2/promise'
import type { Pool } from 'pg'
import { mysqlStore } from 'sojourn/stores/mysql'
import { postgresStore } from 'sojourn/stores/postgres'
import { sqliteStore } from 'sojourn/stores/sqlite'

/** The part of better-sqlite3 that is used here. */
interface Sqlite {
  prepare(sql: string): { readonly reader: boolean; all(...values: unknown[]): object[]; run(...values: unknown[]): unknown }
  exec(sql: string): unknown
  close(): unknown
}

export function postgres(db: NodePgDatabase & { $client: Pool }) {
  // #region postgres
  const store = postgresStore(db.$client)
  // #endregion
  return store
}

export function mysql(db: MySql2Database & { $client: MysqlPool }) {
  // #region mysql
  const store = mysqlStore(db.$client)
  // #endregion
  return store
}

export function sqlite(db: BetterSQLite3Database & { $client: Sqlite }) {
  // #region sqlite
  const store = sqliteStore(async (sql, values) => {
    const statement = db.$client.prepare(sql)
    if (statement.reader) return statement.all(...values)
    statement.run(...values)
    return []
  })
  // #endregion
  return store
}
