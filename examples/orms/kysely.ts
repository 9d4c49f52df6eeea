import { CompiledQuery } from 'kysely'
import type { Kysely } from 'kysely'
import { mysqlStore } from 'sojourn/stores/mysql'
import { postgresStore } from 'sojourn/stores/postgres'
import { sqliteStore } from 'sojourn/stores/sqlite'

export function postgres(db: Kysely<unknown>) {
  // #region postgres
  const store = postgresStore(async (sql, values) => {
    const { rows } = await db.executeQuery<object>(CompiledQuery.raw(sql, values))
    return rows
  })
  // #endregion
  return store
}

export function mysql(db: Kysely<unknown>) {
  // #region mysql
  const store = mysqlStore(async (sql, values) => {
    const { rows, numAffectedRows } = await db.executeQuery<object>(CompiledQuery.raw(sql, values))
    return numAffectedRows === undefined ? rows : { affectedRows: numAffectedRows }
  })
  // #endregion
  return store
}

export function sqlite(db: Kysely<unknown>) {
  // #region sqlite
  const store = sqliteStore(async (sql, values) => {
    const { rows } = await db.executeQuery<object>(CompiledQuery.raw(sql, values))
    return rows
  })
  // #endregion
  return store
}
