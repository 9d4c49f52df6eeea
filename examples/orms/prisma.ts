import { mysqlStore } from 'sojourn/stores/mysql'
import { postgresStore } from 'sojourn/stores/postgres'
import { sqliteStore } from 'sojourn/stores/sqlite'
import type { PrismaClient as MysqlClient } from './dist/mysql/client.ts'
import type { PrismaClient } from './dist/postgres/client.ts'
import type { PrismaClient as SqliteClient } from './dist/sqlite/client.ts'

export function postgres(prisma: PrismaClient) {
  // #region postgres
  const store = postgresStore((sql, values) => prisma.$queryRawUnsafe<object[]>(sql, ...values))
  // #endregion
  return store
}

export function mysql(prisma: MysqlClient) {
  // #region mysql
  const store = mysqlStore(async (sql, values) => {
    if (sql.startsWith('SELECT')) return prisma.$queryRawUnsafe<object[]>(sql, ...values)
    return { affectedRows: await prisma.$executeRawUnsafe(sql, ...values) }
  })
  // #endregion
  return store
}

export function sqlite(prisma: SqliteClient) {
  // #region sqlite
  const store = sqliteStore((sql, values) => prisma.$queryRawUnsafe<object[]>(sql, ...values))
  // #endregion
  return store
}
