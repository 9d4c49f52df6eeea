import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DynamoDB } from '@aws-sdk/client-dynamodb'
import { createClient } from '@libsql/client'
import { createPool } from 'mysql2/promise'
import { Pool } from 'pg'
import type { Sessions } from 'sojourn'
import { dynamoTable } from 'sojourn/stores/dynamodb'
import { signIn } from 'sojourn/testing'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { findEngine } from '../../scripts/engines.ts'
import { startDynalite } from '../../scripts/engines/dynalite.ts'
import { startMariadb } from '../../scripts/engines/mariadb.ts'
import { startPostgres } from '../../scripts/engines/postgres.ts'
import { startRedis } from '../../scripts/engines/redis.ts'
import { copy, dynamo, file, libsql, mysql, postgres, redis, sealed, sqlite } from './stores.ts'

const home = process.cwd()
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sojourn-reference-'))
  process.chdir(folder)
})

afterAll(() => {
  process.chdir(home)
  rmSync(folder, { recursive: true, force: true })
})

async function keepsSessions(sessions: Sessions): Promise<void> {
  const { headers } = await signIn(sessions, 'ada', { cart: ['tea'] })
  const session = await sessions.open({ headers }).load()
  expect([session.principal, await session.get('cart')]).toEqual(['ada', ['tea']])
  expect(await sessions.of('ada').list()).toHaveLength(1)
  await sessions.close()
}

test('sqlite', () => keepsSessions(sqlite()))

test('file', () => keepsSessions(file()))

test('libsql', async () => {
  const client = createClient({ url: 'file:libsql.db' })
  onTestFinished(() => client.close())
  await keepsSessions(libsql(client))
})

test('dynamo', async () => {
  const { url: endpoint, stop } = await startDynalite()
  const client = new DynamoDB({ endpoint, region: 'local', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } })
  onTestFinished(async () => {
    client.destroy()
    await stop()
  })
  await client.createTable(dynamoTable())
  await expect.poll(async () => (await client.describeTable({ TableName: 'sojourn-sessions' })).Table?.TableStatus).toBe('ACTIVE')
  await keepsSessions(dynamo(client))
})

test('createSessions', async () => {
  process.env['SESSION_SECRET'] = 'only for this test, and long enough'
  const { sessions } = await import('./create-sessions.ts')
  const { headers } = await signIn(sessions, 'bob')
  expect((await sessions.open({ headers }).load()).principal).toBe('bob')
  await sessions.close()
})

const [postgresProgram, mariadbProgram, redisProgram] = [findEngine('postgres'), findEngine('mariadb'), findEngine('redis')]

test.skipIf(!postgresProgram)('postgres', async () => {
  const engine = await startPostgres(postgresProgram!)
  const pool = new Pool({ connectionString: engine.url })
  onTestFinished(async () => {
    await pool.end()
    await engine.stop()
  })
  await keepsSessions(postgres(pool))
})

test.skipIf(!mariadbProgram)('mysql', async () => {
  const engine = await startMariadb(mariadbProgram!)
  const pool = createPool(engine.url)
  onTestFinished(async () => {
    await pool.end()
    await engine.stop()
  })
  await keepsSessions(mysql(pool))
})

test.skipIf(!redisProgram)('redis, beside sealed sessions, and for those of another store', async () => {
  const engine = await startRedis(redisProgram!)
  process.env['REDIS_URL'] = `redis://127.0.0.1:${engine.ports[0]}`
  const [{ client, sessions }, another] = [await redis(), await redis()]
  onTestFinished(async () => {
    await client.close()
    await another.client.close()
    await engine.stop()
  })
  await keepsSessions(sessions)

  const atTheClient = sealed(client)
  const { headers } = await signIn(atTheClient, 'eve')
  expect((await atTheClient.open({ headers }).load()).principal).toBe('eve')
  await atTheClient.of('eve').revokeAll()

  const before = sqlite()
  const { headers: moved } = await signIn(before, 'lena')
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  await copy(client)
  expect(log).toHaveBeenCalled()
  log.mockRestore()
  expect((await before.open({ headers: moved }).load()).principal).toBeNull()
  expect((await another.sessions.open({ headers: moved }).load()).principal).toBe('lena')
})
