import type { DynamoDB } from '@aws-sdk/client-dynamodb'
import type { Client as LibsqlClient } from '@libsql/client'
import type { Pool as MysqlPool } from 'mysql2/promise'
import type { Pool as PostgresPool } from 'pg'
import { createClient } from 'redis'
import { createSessions } from 'sojourn'
import type { Sessions } from 'sojourn'
import { copySessions } from 'sojourn/stores/copy'
import { dynamoStore } from 'sojourn/stores/dynamodb'
import { fileStore } from 'sojourn/stores/file'
import { libsqlStore } from 'sojourn/stores/libsql'
import { mysqlStore } from 'sojourn/stores/mysql'
import { postgresStore } from 'sojourn/stores/postgres'
import { redisStore } from 'sojourn/stores/redis'
import { sealedStore } from 'sojourn/stores/sealed'
import { sqliteStore } from 'sojourn/stores/sqlite'

const secrets = ['the secret of these examples, 32 or more']

export type Redis = Awaited<ReturnType<typeof redis>>['client']

export function sqlite(): Sessions {
  // #region sqlite
  const sessions = createSessions({ secrets, store: sqliteStore('sessions.db') })
  // #endregion
  return sessions
}

export function file(): Sessions {
  // #region file
  const sessions = createSessions({ secrets, store: fileStore('sessions') })
  // #endregion
  return sessions
}

export function postgres(pool: PostgresPool): Sessions {
  // #region postgres
  const sessions = createSessions({ secrets, store: postgresStore(pool) })
  // #endregion
  return sessions
}

export function mysql(pool: MysqlPool): Sessions {
  // #region mysql
  const sessions = createSessions({ secrets, store: mysqlStore(pool) })
  // #endregion
  return sessions
}

export function libsql(client: LibsqlClient): Sessions {
  // #region libsql
  const sessions = createSessions({ secrets, store: libsqlStore(client) })
  // #endregion
  return sessions
}

export function dynamo(client: DynamoDB): Sessions {
  // #region dynamo
  const sessions = createSessions({ secrets, store: dynamoStore(client) })
  // #endregion
  return sessions
}

export async function redis() {
  // #region redis
  const client = await createClient({ url: process.env.REDIS_URL! }).connect()
  const sessions = createSessions({ secrets, store: redisStore(client) })
  // #endregion
  return { client, sessions }
}

export function sealed(client: Redis): Sessions {
  // #region sealed
  const sessions = createSessions({ secrets, store: sealedStore({ revocations: redisStore(client) }) })
  // #endregion
  return sessions
}

export async function copy(client: Redis): Promise<void> {
  // #region copy
  await copySessions(sqliteStore('sessions.db'), redisStore(client), { onProgress: ({ moved }) => console.log(moved) })
  // #endregion
}
