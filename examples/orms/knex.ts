import type { Knex } from 'knex'
import { mysqlStore } from 'sojourn/stores/mysql'
import { postgresStore } from 'sojourn/stores/postgres'
import { sqliteStore } from 'sojourn/stores/sqlite'

export function postgres(db: Knex) {
  // #region postgres
  // Knex calls by name what PostgreSQL calls by number.
  const store = postgresStore(async (sql, values) => {
    const named = Object.fromEntries(values.map((value, i) => [`v${i + 1}`, value]))
    const { rows } = await db.raw<{ rows: object[] }>(sql.replaceAll(/\$(\d+)/g, ':v$1'), named)
    return rows
  })
  // #endregion
  return store
}

export function mysql(db: Knex) {
  // #region mysql
  const store = mysqlStore(async (sql, values) => {
    const results = await db.raw<(object[] | { affectedRows: number })[]>(sql, values)
    return results[0]!
  })
  // #endregion
  return store
}

export function sqlite(db: Knex) {
  // #region sqlite
  const store = sqliteStore(async (sql, values) => await db.raw<object[]>(sql, values))
  // #endregion
  return store
}
