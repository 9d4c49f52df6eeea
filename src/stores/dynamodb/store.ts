import type { Call, PrincipalIndex, Scanner, SessionStore, StoredRecord } from '../../core/contracts/store.ts'
import { orRefused } from '../../core/storage/engine-refusal.ts'
import { isConditionFailed, reasonOf, RepeatedError, wasRepeated } from './client.ts'
import type { DynamoClient, DynamoItem, DynamoRequest } from './client.ts'
import { entriesOf, entryKey, epochKey, fromItem, isKey, number, RECORD, recordKey, removeAt, text, toItem } from './items.ts'

/**
 * How long an entry may wait for its record: much longer than any call may take, and than clocks differ. Milliseconds.
 */
const INDEX_GRACE = 3_600_000

/** How many sessions a page of a principal's list holds: each is read, and may be deleted, by a request of its own. */
const PAGE_SIZE = 25

/** How often a write is tried while other writers change what its condition compares. */
const MAX_ATTEMPTS = 10

type Expression = Omit<DynamoRequest, 'TableName'>

/**
 * The store contract in conditional writes of single items. All reads are consistent. The index needs no transaction:
 * an entry is written before its record and removed after it, so entries may dangle, and none is missing.
 */
export class DynamoSessionStore implements SessionStore {
  readonly engine = 'dynamodb'
  readonly #client: DynamoClient
  readonly #table: string

  constructor(client: DynamoClient, table: string) {
    this.#client = client
    this.#table = table
  }

  async load(id: string, call: Call): Promise<StoredRecord | undefined> {
    const item = await this.#record(id, call)
    const record = item && fromItem(item)
    return record && record.expiresAt > call.now ? record : undefined
  }

  async create(record: StoredRecord, call: Call): Promise<'created' | 'exists'> {
    return orRefused(async () => {
      const { id, principal, body } = record
      if (principal !== null) await this.#enter(principal, record, call)
      const request = { TableName: this.#table, Item: toItem(record), ConditionExpression: 'attribute_not_exists(pk)' }
      const written = await this.#client.putItem(request, { abortSignal: call.signal }).catch((error: unknown) => {
        if (isConditionFailed(error)) return error
        throw error
      })
      const isTaken = isConditionFailed(written)
      if (!wasRepeated(written)) return isTaken ? 'exists' : 'created'
      // The client repeats a request whose reply was lost. In between, a revocation may have found the record of the
      // first one, and the second one has brought it back.
      if (principal !== null) throw new RepeatedError()
      return isTaken && (await this.load(id, call))?.body !== body ? 'exists' : 'created'
    }, reasonOf)
  }

  async update(record: StoredRecord, call: Call): Promise<'updated' | 'gone' | StoredRecord> {
    if (!isKey(record.id)) return 'gone'
    if (await this.#compareAndSet(record, call, record.principal !== null)) return 'updated'
    const current = await this.load(record.id, call)
    if (!current) return 'gone'
    const { principal } = record
    if (current.version !== record.version - 1 || principal === null) return current
    // The index comes first: an entry without a record does no harm, a record without an entry is missed by
    // revocations.
    await orRefused(() => this.#enter(principal, record, call), reasonOf)
    return (await this.#compareAndSet(record, call, false)) ? 'updated' : ((await this.load(record.id, call)) ?? 'gone')
  }

  async touch(id: string, expiresAt: number, call: Call): Promise<boolean> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const current = await this.load(id, call)
      if (!current) return false
      const deadline = Math.min(expiresAt, current.retainUntil)
      if (deadline <= current.expiresAt) return true
      const touched = await this.#updateIf(call, {
        Key: recordKey(id),
        UpdateExpression: 'SET expiresAt = :deadline, removeAt = :removeAt',
        ConditionExpression: 'expiresAt = :current AND retainUntil = :retainUntil',
        ExpressionAttributeValues: {
          ':deadline': number(deadline),
          ':removeAt': removeAt(deadline),
          ':current': number(current.expiresAt),
          ':retainUntil': number(current.retainUntil),
        },
      })
      if (touched) return true
    }
    throw new Error('dynamoStore: others changed the record again and again.')
  }

  async delete(id: string, call: Call): Promise<boolean> {
    if (!isKey(id)) return false
    const request = { TableName: this.#table, Key: recordKey(id), ReturnValues: 'ALL_OLD' }
    const { Attributes: item } = await this.#client.deleteItem(request, { abortSignal: call.signal })
    if (!item) return false
    const { principal } = fromItem(item)
    if (principal !== null) await this.#leave(principal, id, call)
    return true
  }

  async close(): Promise<void> {}

  readonly principals: PrincipalIndex = {
    list: async (principal, cursor, call) => {
      const { Items: entries = [], LastEvaluatedKey: last } = await this.#client.query(
        {
          TableName: this.#table,
          KeyConditionExpression: cursor === undefined ? 'pk = :pk' : 'pk = :pk AND sk > :cursor',
          ExpressionAttributeValues: { ':pk': text(entriesOf(principal)), ...(cursor !== undefined && { ':cursor': text(cursor) }) },
          ConsistentRead: true,
          Limit: PAGE_SIZE,
        },
        { abortSignal: call.signal },
      )
      const items = await Promise.all(entries.map((entry) => this.#record(entry['sk']!.S!, call)))
      await Promise.all(entries.filter((_, i) => !items[i]).map((entry) => this.#heal(principal, entry, call)))
      const records = items
        .filter((item) => item !== undefined)
        .map(fromItem)
        .filter((record) => record.principal === principal && record.expiresAt > call.now)
      return last ? { records, next: last['sk']!.S! } : { records }
    },

    deleteMany: async (principal, ids, call) => {
      const deleted = await Promise.all(ids.filter(isKey).map(async (id) => ((await this.#deleteOf(principal, id, call)) ? id : undefined)))
      return deleted.filter((id) => id !== undefined)
    },

    epoch: async (principal, call) => {
      const request = { TableName: this.#table, Key: epochKey(principal), ConsistentRead: true }
      const { Item: item } = await this.#client.getItem(request, { abortSignal: call.signal })
      return item && Number(item['keepUntil']?.N) > call.now ? item['epochValue']?.S : undefined
    },

    // An earlier raise may have promised to keep its epoch longer.
    raise: async (principal, value, keepUntil, call) => {
      const Key = epochKey(principal)
      const values = { ':value': text(value), ':keepUntil': number(keepUntil) }
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        const isLongest = await this.#updateIf(call, {
          Key,
          UpdateExpression: 'SET epochValue = :value, keepUntil = :keepUntil, removeAt = :removeAt',
          ConditionExpression: 'attribute_not_exists(pk) OR keepUntil <= :keepUntil',
          ExpressionAttributeValues: { ...values, ':removeAt': removeAt(keepUntil) },
        })
        if (isLongest) return
        const isRaised = await this.#updateIf(call, {
          Key,
          UpdateExpression: 'SET epochValue = :value',
          ConditionExpression: 'keepUntil > :keepUntil',
          ExpressionAttributeValues: values,
        })
        if (isRaised) return
      }
      throw new Error('dynamoStore: others changed the epoch again and again.')
    },
  }

  readonly scanner: Scanner = {
    scan: async (cursor, limit, call) => {
      const { Items: items = [], LastEvaluatedKey: last } = await this.#client.scan(
        {
          TableName: this.#table,
          ConsistentRead: true,
          Limit: limit,
          FilterExpression: 'begins_with(pk, :record) AND expiresAt > :now',
          ExpressionAttributeValues: { ':record': text(RECORD), ':now': number(call.now) },
          ...(cursor !== undefined && { ExclusiveStartKey: JSON.parse(cursor) as DynamoItem }),
        },
        { abortSignal: call.signal },
      )
      const records = items.map(fromItem)
      return last ? { records, next: JSON.stringify(last) } : { records }
    },
  }

  /** The item of a record, live or not. */
  async #record(id: string, { signal }: Call): Promise<DynamoItem | undefined> {
    if (!isKey(id)) return undefined
    const request = { TableName: this.#table, Key: recordKey(id), ConsistentRead: true }
    return (await this.#client.getItem(request, { abortSignal: signal })).Item
  }

  /** @param isIndexed only if the record's entry is there, and lasts long enough */
  #compareAndSet(record: StoredRecord, call: Call, isIndexed: boolean): Promise<boolean> {
    const { id, version, expiresAt, retainUntil, principal, body } = record
    const set = 'recordVersion = :version, expiresAt = :expiresAt, retainUntil = :retainUntil, recordBody = :body, removeAt = :removeAt'
    const isNext = 'recordVersion = :before AND expiresAt > :now'
    return orRefused(
      () =>
        this.#updateIf(call, {
          Key: recordKey(id),
          UpdateExpression: principal === null ? `SET ${set} REMOVE principalName` : `SET ${set}, principalName = :principal`,
          ConditionExpression: isIndexed ? `${isNext} AND principalName = :principal AND retainUntil >= :retainUntil` : isNext,
          ExpressionAttributeValues: {
            ':version': number(version),
            ':before': number(version - 1),
            ':now': number(call.now),
            ':expiresAt': number(expiresAt),
            ':retainUntil': number(retainUntil),
            ':removeAt': removeAt(expiresAt),
            ':body': text(body),
            ...(principal !== null && { ':principal': text(principal) }),
          },
        }),
      reasonOf,
    )
  }

  /**
   * Enters a session into its principal's index. An entry that lasts longer keeps its end, but counts as new.
   */
  async #enter(principal: string, { id, retainUntil }: StoredRecord, call: Call): Promise<void> {
    const Key = entryKey(principal, id)
    const isEntered =
      (await this.#updateIf(call, {
        Key,
        UpdateExpression: 'SET removeAt = :removeAt, enteredAt = :now',
        ConditionExpression: 'attribute_not_exists(pk) OR removeAt < :removeAt',
        ExpressionAttributeValues: { ':removeAt': removeAt(retainUntil), ':now': number(call.now) },
      })) ||
      (await this.#updateIf(call, {
        Key,
        UpdateExpression: 'SET enteredAt = :now',
        ConditionExpression: 'removeAt >= :removeAt',
        ExpressionAttributeValues: { ':removeAt': removeAt(retainUntil), ':now': number(call.now) },
      }))
    if (!isEntered) throw new Error('dynamoStore: somebody removed the entry of a session that is about to begin.')
  }

  async #leave(principal: string, id: string, { signal }: Call): Promise<void> {
    await this.#client.deleteItem({ TableName: this.#table, Key: entryKey(principal, id) }, { abortSignal: signal })
  }

  /** Removes an entry whose record is gone. A young one stays, because its record may be about to come. */
  async #heal(principal: string, entry: DynamoItem, call: Call): Promise<void> {
    const { sk, enteredAt } = entry
    if (Number(enteredAt?.N) + INDEX_GRACE > call.now) return
    const request = {
      TableName: this.#table,
      Key: entryKey(principal, sk!.S!),
      // A restored record may have come since the look.
      ConditionExpression: 'enteredAt = :enteredAt',
      ExpressionAttributeValues: { ':enteredAt': enteredAt },
    }
    await isDone(this.#client.deleteItem(request, { abortSignal: call.signal }))
  }

  /** Deletes a record if it is this principal's. */
  async #deleteOf(principal: string, id: string, call: Call): Promise<boolean> {
    const request = {
      TableName: this.#table,
      Key: recordKey(id),
      ConditionExpression: 'principalName = :principal',
      ExpressionAttributeValues: { ':principal': text(principal) },
    }
    const isDeleted = await isDone(this.#client.deleteItem(request, { abortSignal: call.signal }))
    if (isDeleted) await this.#leave(principal, id, call)
    return isDeleted
  }

  #updateIf(call: Call, expression: Expression): Promise<boolean> {
    return isDone(this.#client.updateItem({ TableName: this.#table, ...expression }, { abortSignal: call.signal }))
  }
}

/** Whether a conditional write was done. */
async function isDone(write: Promise<unknown>): Promise<boolean> {
  try {
    await write
    return true
  } catch (error) {
    if (isConditionFailed(error)) return false
    throw error
  }
}
