import type { DataSource } from 'typeorm'
import { mysqlStore } from 'sojourn/stores/mysql'
import { postgresStore } from 'sojourn/stores/postgres'
import { sqliteStore } from 'sojourn/stores/sqlite'

export function postgres(dataSource: DataSource) {
  // #region postgres
  // TypeORM gives what it updates or deletes together with its number.
  const store = postgresStore(async (sql, values) => {
    const result = await dataSource.query(sql, values)
    return /^(UPDATE|DELETE)/.test(sql) ? result[0] : result
  })
  // #endregion
  return store
}

export function mysql(dataSource: DataSource) {
  // #region mysql
  const store = mysqlStore((sql, values) => dataSource.query(sql, values))
  // #endregion
  return store
}

export function sqlite(dataSource: DataSource) {
  // #region sqlite
  const store = sqliteStore((sql, values) => dataSource.query(sql, values))
  // #endregion
  return store
}
