import { QueryTypes } from 'sequelize'
import type { Sequelize } from 'sequelize'
import { mysqlStore } from 'sojourn/stores/mysql'
import { postgresStore } from 'sojourn/stores/postgres'

export function postgres(sequelize: Sequelize) {
  // #region postgres
  const store = postgresStore(async (sql, values) => {
    const [rows] = await sequelize.query(sql, { bind: values })
    return rows as object[]
  })
  // #endregion
  return store
}

export function mysql(sequelize: Sequelize) {
  // #region mysql
  const store = mysqlStore(async (sql, values) => {
    if (sql.startsWith('SELECT')) return sequelize.query<object>(sql, { replacements: values, type: QueryTypes.SELECT })
    return { affectedRows: await sequelize.query(sql, { replacements: values, type: QueryTypes.BULKUPDATE }) }
  })
  // #endregion
  return store
}
