/** The store of DynamoDB on dynalite, which has conditional writes and consistent reads, and no expiry of its own. */
import { DynamoDB } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDynalite } from '../../scripts/engines/dynalite.ts'
import type { SessionStore } from '../../src/index.ts'
import { dynamoStore, dynamoTable } from '../../src/stores/dynamodb/index.ts'
import type { DynamoClient, DynamoStore } from '../../src/stores/dynamodb/index.ts'
import { entryKey, epochKey, recordKey } from '../../src/stores/dynamodb/items.ts'
import type { DynamoItem } from '../../src/stores/dynamodb/client.ts'
import { storeContract } from '../../src/testing/index.ts'
import type { EngineTtl } from '../../src/testing/index.ts'
import { at, DAY, idsOf, newRecord, nextOf, NOW, stored } from '../../src/testing/store-contract/rule.ts'
import { SECRET } from '../_support/application.ts'
import { testCases } from '../_support/contract-cases.ts'
import { answersConflicts, losesNoUpdate, missesNoLogin } from './races.ts'

let stop: () => Promise<unknown>
let client: DynamoDB
let tables = 0

beforeAll(async () => {
  const engine = await startDynalite()
  stop = engine.stop
  const credentials = { accessKeyId: 'x', secretAccessKey: 'x' }
  client = new DynamoDB({ endpoint: engine.url, region: 'local', credentials, maxAttempts: 1 })
})
afterAll(async () => {
  client.destroy()
  await stop()
})

async function newTable(): Promise<string> {
  const tableName = `table-${++tables}`
  await createTable(tableName)
  return tableName
}

async function createTable(tableName?: string): Promise<void> {
  const table = dynamoTable(tableName)
  await client.createTable(table)
  while ((await client.describeTable({ TableName: table.TableName })).Table?.TableStatus !== 'ACTIVE') {
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const tableOf = new WeakMap<SessionStore, string>()

async function make(): Promise<DynamoStore> {
  const tableName = await newTable()
  const store = dynamoStore(client, { tableName })
  tableOf.set(store, tableName)
  return store
}

async function itemAt(store: SessionStore, key: DynamoItem): Promise<Record<string, { S?: string; N?: string }>> {
  const { Item } = await client.getItem({ TableName: tableOf.get(store)!, Key: key as never, ConsistentRead: true })
  return Item ?? {}
}

describe('dynamoStore', () => {
  const left = async (store: SessionStore, key: DynamoItem): Promise<number> =>
    Number((await itemAt(store, key))['removeAt']?.N) * 1_000 - Date.now()
  const engineTtl: EngineTtl = {
    record: (store, id) => left(store, recordKey(id)),
    async index(store, principal) {
      const { records } = await store.principals!.list(principal, undefined, at(NOW))
      const longest = records.toSorted((a, b) => b.retainUntil - a.retainUntil)[0]!
      return left(store, entryKey(principal, longest.id))
    },
    epoch: (store, principal) => left(store, epochKey(principal)),
  }
  const skip = { sweeper: 'DynamoDB expires records by itself', notices: 'DynamoDB has no notices' }
  testCases(storeContract(make, { skip, engineTtl, maxBody: 380_000 }))

  test('a conflict is answered with the newest committed record, a deleted one with gone', async () => {
    const tableName = await newTable()
    await answersConflicts(dynamoStore(client, { tableName }), dynamoStore(client, { tableName }))
  })

  test('fifty keys and fifty increments through two processes are all there', async () => {
    const tableName = await newTable()
    await losesNoUpdate(dynamoStore(client, { tableName }), dynamoStore(client, { tableName }))
  })

  test('revokeAll misses no login that began before it', async () => missesNoLogin(await make(), '30s'))

  test('an interrupted sign-in leaves an entry, never a record without one', async () => {
    const tableName = await newTable()
    const store = dynamoStore(client, { tableName })
    const anonymous = await stored(store)
    for (const failing of ['putItem', 'updateItem'] as const) {
      // The write of the record fails; that of the entry does not.
      const broken: DynamoClient = Object.assign(Object.create(client) as DynamoClient, {
        [failing]: (request: { Key?: DynamoItem }, options: object) =>
          request.Key?.['pk']?.S?.startsWith('p#') ? client.updateItem(request as never, options) : Promise.reject(new Error('away')),
      })
      const cut = dynamoStore(broken, { tableName })
      const write =
        failing === 'putItem'
          ? cut.create(newRecord({ principal: 'alice' }), at(NOW))
          : cut.update(nextOf(anonymous, { principal: 'alice' }), at(NOW))
      await expect(write).rejects.toThrow('away')
    }
    expect((await store.principals.list('alice', undefined, at(NOW))).records).toEqual([])
    expect(await store.load(anonymous.id, at(NOW))).toEqual(anonymous)
  })

  test('a create that comes too late takes no time away from the entry', async () => {
    const store = await make()
    const record = await stored(store, { principal: 'alice' })
    expect(await store.create({ ...record, retainUntil: NOW + DAY }, at(NOW))).toBe('exists')
    expect(await left(store, entryKey('alice', record.id))).toBeGreaterThanOrEqual(record.retainUntil - Date.now())
  })

  test('entries whose records the engine removed go after a grace, and those of live ones stay', async () => {
    const store = await make()
    const [gone, live] = [await stored(store, { principal: 'alice' }), await stored(store, { principal: 'alice', expiresAt: NOW + DAY })]
    await client.deleteItem({ TableName: tableOf.get(store)!, Key: recordKey(gone.id) as never })
    const list = async (now: number): Promise<string[]> => idsOf((await store.principals.list('alice', undefined, at(now))).records)
    expect(await list(NOW)).toEqual([live.id])
    expect(await itemAt(store, entryKey('alice', gone.id)), 'too early').not.toEqual({})
    expect(await list(NOW + 3_600_000)).toEqual([live.id])
    expect(await itemAt(store, entryKey('alice', gone.id))).toEqual({})
    expect(await itemAt(store, entryKey('alice', live.id))).not.toEqual({})
  })

  test('what DynamoDB refuses is an outcome', async () => {
    const store = await make()
    const [record, body] = [await stored(store), 'x'.repeat(410_000)]
    const refused = { written: false, reason: 'ValidationException' }
    await expect(store.create(newRecord({ body }), at(NOW))).rejects.toMatchObject(refused)
    await expect(store.update(nextOf(record, { body }), at(NOW))).rejects.toMatchObject(refused)
    expect(await store.load(record.id, at(NOW))).toEqual(record)
  })

  test('a request that the client sent twice may have been done, and its own record is no other', async () => {
    const tableName = await newTable()
    const twice = { $metadata: { attempts: 2 } }
    const repeating: DynamoClient = Object.assign(Object.create(client) as DynamoClient, {
      async putItem(request: never) {
        await client.putItem(request)
        return client.putItem(request).catch((error: Error) => Promise.reject(Object.assign(error, twice)))
      },
    })
    const store = dynamoStore(repeating, { tableName })
    const record = newRecord()
    expect(await store.create(record, at(NOW))).toBe('created')
    expect(await dynamoStore(client, { tableName }).create(record, at(NOW))).toBe('exists')
    const throttled = Object.assign(new Error('slow down'), { name: 'ThrottlingException', $fault: 'client', ...twice })
    const slow = dynamoStore(Object.assign(Object.create(client) as DynamoClient, { putItem: () => Promise.reject(throttled) }), {
      tableName,
    })
    await expect(slow.create(newRecord(), at(NOW))).rejects.toBe(throttled)
    throttled.$metadata.attempts = 1
    await expect(slow.create(newRecord(), at(NOW))).rejects.toMatchObject({ written: false, reason: 'ThrottlingException' })
  })

  test('the example of the guide keeps sessions', async () => {
    await createTable()
    const { dynamoSessions } = await import('../../examples/guide/stores/dynamodb.ts')
    const sessions = dynamoSessions(client, SECRET)
    const session = sessions.open({ headers: {} })
    await session.login('bob')
    await session.commit()
    expect(await sessions.of('bob').list()).toHaveLength(1)
  })

  test('what is no client is refused at once', () => {
    expect(() => dynamoStore({ send: () => undefined } as never)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' }))
  })
})
