/** The store of DynamoDB on dynalite, which has conditional writes and consistent reads, and no expiry of its own. */
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DynamoDB } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startDynalite } from '../../scripts/engines/dynalite.ts'
import type { DatabaseEngine } from '../../scripts/engines/postgres.ts'
import { createSessions } from '../../src/index.ts'
import type { SessionStore } from '../../src/index.ts'
import { dynamoStore } from '../../src/stores/dynamodb/index.ts'
import type { DynamoCallOptions, DynamoClient, DynamoRequest, DynamoStore } from '../../src/stores/dynamodb/index.ts'
import { entryKey, epochKey, recordKey } from '../../src/stores/dynamodb/items.ts'
import type { DynamoItem } from '../../src/stores/dynamodb/client.ts'
import { signIn, storeContract } from '../../src/testing/index.ts'
import type { EngineTtl } from '../../src/testing/index.ts'
import { at, DAY, idsOf, newRecord, nextOf, NOW, stored } from '../../src/testing/store-contract/rule.ts'
import { SECRET } from '../_support/application.ts'
import { testCases } from '../_support/contract-cases.ts'
import { client as visitor } from '../_support/client.ts'
import { dynamoClient, makeTable } from '../_support/dynamo.ts'
import { PATIENCE } from '../_support/patience.ts'
import { startProxy } from '../_support/proxy.ts'
import { answersConflicts, losesNoUpdate, missesNoLogin } from './races.ts'

let engine: DatabaseEngine
let client: DynamoDB
let tables = 0

beforeAll(async () => {
  engine = await startDynalite()
  // Without a second attempt it must not meet a connection that dynalite closes after five idle seconds.
  client = await dynamoClient(engine.url, { maxAttempts: 1, requestHandler: { httpAgent: { keepAlive: false } } })
})
afterAll(async () => {
  client.destroy()
  await engine.stop()
})

async function newTable(): Promise<string> {
  const tableName = `table-${++tables}`
  await makeTable(engine.url, tableName)
  return tableName
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

  test('revokeAll misses no login that began before it', async () => missesNoLogin(await make()))

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

  test('after each request of a sign-in, a change and an ending, a record that is there has its entry', async () => {
    const tableName = await newTable()
    const direct = dynamoStore(client, { tableName })
    const looked: boolean[] = []
    const write = (name: 'putItem' | 'updateItem' | 'deleteItem') => async (asked: never) => {
      const reply = await (client as DynamoClient)[name](asked)
      const { Items: items = [] } = await client.scan({ TableName: tableName, ConsistentRead: true })
      const owned = items.filter((item) => item['pk']!.S!.startsWith('s#') && item['principalName'])
      for (const { pk } of owned) looked.push(items.some((item) => item['pk']!.S!.startsWith('p#') && item['sk']!.S === pk!.S!.slice(2)))
      return reply
    }
    const watched: DynamoClient = Object.assign(Object.create(client) as DynamoClient, {
      putItem: write('putItem'),
      updateItem: write('updateItem'),
      deleteItem: write('deleteItem'),
    })
    const store = dynamoStore(watched, { tableName })
    const anonymous = await stored(direct)
    const signedIn = nextOf(anonymous, { principal: 'alice' })
    expect(await store.update(signedIn, at(NOW))).toBe('updated')
    expect(await store.update(nextOf(signedIn), at(NOW))).toBe('updated')
    const others = [await stored(store, { principal: 'alice' }), await stored(store, { principal: 'alice' })]
    expect(await store.touch(others[0]!.id, others[0]!.expiresAt + 1, at(NOW))).toBe(true)
    expect(await store.delete(others[0]!.id, at(NOW))).toBe(true)
    for (const { id } of [others[1]!, signedIn]) expect(await store.principals.deleteMany('alice', [id], at(NOW))).toEqual([id])
    expect(looked.length).toBeGreaterThan(10)
    expect(looked).toEqual(looked.map(() => true))
  })

  test('a create that comes too late takes no time away from the entry', async () => {
    const store = await make()
    const record = await stored(store, { principal: 'alice' })
    expect(await store.create({ ...record, retainUntil: NOW + DAY }, at(NOW))).toBe('exists')
    expect(await left(store, entryKey('alice', record.id))).toBeGreaterThanOrEqual(record.retainUntil - Date.now())
  })

  test('a login that lets a session last longer renews its entry', async () => {
    const store = await make()
    const record = await stored(store, { principal: 'alice' })
    const longer = nextOf(record, { retainUntil: record.retainUntil + DAY })
    expect(await store.update(longer, at(NOW))).toBe('updated')
    expect(await left(store, entryKey('alice', record.id))).toBeGreaterThanOrEqual(longer.retainUntil - Date.now())
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

  test('each call asks for as much as the guide says', async () => {
    const tableName = await newTable()
    const asked: string[] = []
    const reads: boolean[] = []
    const counting = new Proxy<DynamoClient>(client, {
      get: (target, name: keyof DynamoClient) => (request: DynamoRequest, options: DynamoCallOptions) => {
        asked.push(name)
        if (['getItem', 'query', 'scan'].includes(name)) reads.push(request.ConsistentRead === true)
        return (target[name] as DynamoClient['query']).call(target, request, options)
      },
    })
    const store = dynamoStore(counting, { tableName })
    const cost = async (ask: () => unknown): Promise<string> => {
      asked.length = 0
      await ask()
      return asked.map((name) => name.replace('Item', '')).join(', ')
    }
    const [anonymous, alices] = [newRecord(), newRecord({ principal: 'alice' })]
    const second = nextOf(anonymous)
    const third = nextOf(second, { principal: 'alice' })
    const longer = anonymous.expiresAt + DAY
    expect({
      'a first visit': await cost(() => store.create(anonymous, at(NOW))),
      'a first visit that signs in': await cost(() => store.create(alices, at(NOW))),
      'a read': await cost(() => store.load(anonymous.id, at(NOW))),
      'a change': await cost(() => store.update(second, at(NOW))),
      'a conflict': await cost(() => store.update(second, at(NOW))),
      'a sign-in': await cost(() => store.update(third, at(NOW))),
      'a change, signed in': await cost(() => store.update(nextOf(third), at(NOW))),
      'a touch': await cost(() => store.touch(third.id, longer, at(NOW))),
      'an epoch': await cost(() => store.principals.epoch('alice', at(NOW))),
      'a new epoch': await cost(() => store.principals.raise('alice', 'new', longer, at(NOW))),
      'a page of two': await cost(() => store.principals.list('alice', undefined, at(NOW))),
      'two endings': await cost(() => store.principals.deleteMany('alice', [third.id, alices.id], at(NOW))),
      'a logout': await cost(async () => store.delete((await stored(store, { principal: 'bob' })).id, at(NOW))),
    }).toEqual({
      'a first visit': 'put',
      'a first visit that signs in': 'update, put',
      'a read': 'get',
      'a change': 'update',
      'a conflict': 'update, get',
      'a sign-in': 'update, get, update, update',
      'a change, signed in': 'update',
      'a touch': 'get, update',
      'an epoch': 'get',
      'a new epoch': 'update',
      'a page of two': 'query, get, get',
      'two endings': 'delete, delete, delete, delete',
      'a logout': 'update, put, delete, delete',
    })
    expect(await cost(() => store.scanner.scan(undefined, 10, at(NOW)))).toBe('scan')
    expect(reads, 'dynalite knows no other reads than consistent ones').toEqual(reads.map(() => true))
  })

  describe('a request that the client sends again by itself', () => {
    const twice = { $metadata: { attempts: 2 } }

    /** A store whose first creation is done twice, as if the first reply had been lost, with `meanwhile` in between. */
    function repeating(tableName: string, meanwhile: () => Promise<unknown> = async () => undefined): DynamoStore {
      let puts = 0
      const twofold: DynamoClient = Object.assign(Object.create(client) as DynamoClient, {
        async putItem(request: never) {
          const first = await client.putItem(request)
          if (puts++ > 0) return first
          await meanwhile()
          return client.putItem(request).then(
            (reply) => ({ ...reply, ...twice }),
            (error: Error) => Promise.reject(Object.assign(error, twice)),
          )
        },
      })
      return dynamoStore(twofold, { tableName })
    }

    test('has created a record if the record is its own', async () => {
      const tableName = await newTable()
      const record = newRecord()
      expect(await repeating(tableName).create(record, at(NOW))).toBe('created')
      expect(await dynamoStore(client, { tableName }).create(record, at(NOW))).toBe('exists')
    })

    test('brings no session back that was revoked in between', async () => {
      const tableName = await newTable()
      const direct = createSessions({ ...PATIENCE, secrets: [SECRET], store: dynamoStore(client, { tableName }) })
      const revoked: string[] = []
      const store = repeating(tableName, async () => {
        const { id } = (await direct.of('alice').list())[0]!
        revoked.push(id)
        expect(await direct.revoke(id)).toBe(true)
      })
      const sessions = createSessions({ ...PATIENCE, secrets: [SECRET], store })
      const { id } = await signIn(sessions, 'alice')
      expect(revoked).not.toContain(id)
      await expect.poll(async () => (await direct.of('alice').list()).map((session) => session.id)).toEqual([id])
      expect(await direct.revoke(revoked[0]!), 'it lives again').toBe(false)
    })

    test('is an outcome if it was refused once, and none if it was refused twice', async () => {
      const tableName = await newTable()
      const throttled = Object.assign(new Error('slow down'), { name: 'ThrottlingException', $fault: 'client', ...twice })
      const slow = dynamoStore(Object.assign(Object.create(client) as DynamoClient, { putItem: () => Promise.reject(throttled) }), {
        tableName,
      })
      await expect(slow.create(newRecord(), at(NOW))).rejects.toBe(throttled)
      throttled.$metadata.attempts = 1
      await expect(slow.create(newRecord(), at(NOW))).rejects.toMatchObject({ written: false, reason: 'ThrottlingException' })
    })
  })

  describe('through the client of an application, on the wire', () => {
    /** A server that says so often that there is no capacity left, then passes on what it is asked. */
    async function throttling(times: number): Promise<string> {
      let left = times
      const server = createServer((asked, response) => {
        if (left-- > 0) {
          asked.resume()
          response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' })
          response.end('{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}')
          return
        }
        const passed = request(engine.url, { method: 'POST', headers: asked.headers }, (reply) => {
          response.writeHead(reply.statusCode!, reply.headers)
          reply.pipe(response)
        })
        asked.pipe(passed)
      }).listen(0, '127.0.0.1')
      await once(server, 'listening')
      onTestFinished(() => {
        server.closeAllConnections()
        server.close()
      })
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    }

    /** The store of a table, by a client of its own. */
    async function by(endpoint: string, tableName: string, maxAttempts?: number): Promise<DynamoStore> {
      const own = await dynamoClient(endpoint, maxAttempts === undefined ? {} : { maxAttempts })
      onTestFinished(() => own.destroy())
      return dynamoStore(own, { tableName })
    }

    test('a change whose reply is lost is a conflict with itself, and never gone', async () => {
      const tableName = await newTable()
      const record = await stored(dynamoStore(client, { tableName }), { principal: 'alice' })
      const proxy = await startProxy(Number(new URL(engine.url).port))
      onTestFinished(proxy.close)
      const store = await by(`http://127.0.0.1:${proxy.port}`, tableName)
      await store.load(record.id, at(NOW))
      const cut = proxy.next({ type: 'cut' })
      const next = nextOf(record, { body: 'next' })
      expect(await store.update(next, at(NOW))).toEqual(next)
      await cut
    })

    test('a throttled change is done by the repetition, refused if there was none, and open if all were throttled', async () => {
      const tableName = await newTable()
      const direct = dynamoStore(client, { tableName })
      const record = await stored(direct)
      const next = nextOf(record, { body: 'next' })
      const name = 'ProvisionedThroughputExceededException'
      const alone = await by(await throttling(1), tableName, 1)
      await expect(alone.update(next, at(NOW))).rejects.toMatchObject({ written: false, reason: name })
      const tired = await by(await throttling(2), tableName, 2)
      const error = await Promise.resolve(tired.update(next, at(NOW))).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ name })
      expect(error).not.toHaveProperty('written')
      expect(await direct.load(record.id, at(NOW))).toEqual(record)
      const patient = await by(await throttling(1), tableName, 2)
      expect(await patient.update(next, at(NOW))).toBe('updated')
    })
  })

  test('three hundred sessions of 32 KB, more than a page of DynamoDB holds, are listed, walked over, and end', async () => {
    const store = await make()
    const sessions = createSessions({ ...PATIENCE, secrets: [SECRET], store })
    const signInAnother = (): Promise<unknown> =>
      visitor(sessions).run((session) => {
        session.set('cart', 'x'.repeat(32_000))
        return session.login('alice')
      })
    for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: 30 }, signInAnother))
    expect(new Set((await sessions.of('alice').list()).map(({ id }) => id)).size).toBe(300)
    const walked = new Set<string>()
    let cursor: string | undefined
    do {
      const { records, next } = await store.scanner.scan(cursor, 1_000, at(Date.now()))
      expect(records.length, 'at once: a megabyte').toBeLessThan(40)
      for (const { id } of records) walked.add(id)
      cursor = next
    } while (cursor !== undefined)
    expect(walked.size).toBe(300)
    expect(await sessions.of('alice').revokeAll()).toBe(300)
    expect((await store.scanner.scan(undefined, 1_000, at(0))).records).toEqual([])
  })

  test('an old entry is not taken from a record that is just coming back', async () => {
    const tableName = await newTable()
    const direct = dynamoStore(client, { tableName })
    const record = await stored(direct, { principal: 'alice' })
    await client.deleteItem({ TableName: tableName, Key: recordKey(record.id) as never })
    const later = at(NOW + 2 * 3_600_000)
    const restored = { ...record, expiresAt: record.retainUntil }
    const listing: DynamoClient = Object.assign(Object.create(client) as DynamoClient, {
      async deleteItem(asked: never) {
        expect(await direct.create(restored, later)).toBe('created')
        return client.deleteItem(asked)
      },
    })
    await dynamoStore(listing, { tableName }).principals.list('alice', undefined, later)
    expect(idsOf((await direct.principals.list('alice', undefined, later)).records)).toEqual([record.id])
  })

  test('the example of the guide keeps sessions', async () => {
    await makeTable(engine.url)
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
