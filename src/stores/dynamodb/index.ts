/**
 * Sessions in Amazon DynamoDB.
 *
 * @module
 */
import { optionError } from '../../core/basics/errors.ts'
import { checkOptions } from '../../core/basics/known-options.ts'
import type { PrincipalIndex, Scanner, SessionStore } from '../../core/contracts/store.ts'
import type { DynamoClient } from './client.ts'
import { DynamoSessionStore } from './store.ts'

export type { DynamoCallOptions, DynamoClient, DynamoItem, DynamoPage, DynamoRequest } from './client.ts'

/** Options of {@link dynamoStore}. */
export interface DynamoStoreOptions {
  /** The table, with a partition key `pk` and a sort key `sk`, both texts. `'sojourn-sessions'` if left out. */
  readonly tableName?: string
}

/** What {@link dynamoStore} returns. */
export interface DynamoStore extends SessionStore {
  readonly principals: PrincipalIndex
  readonly scanner: Scanner
}

const TABLE = 'sojourn-sessions'

/**
 * Keeps records in a table of DynamoDB, through your own `DynamoDB` of `@aws-sdk/client-dynamodb`, which the store does
 * not close. The table is yours to make, see {@link dynamoTable}. Switch its expiry on, with the attribute `removeAt`:
 * nothing is swept. Never pass a client of DAX, whose reads may be old.
 *
 * A record may have 400 KB, and DynamoDB refuses a larger one.
 *
 * @throws ERR_SESSION_OPTIONS when the argument is no such client
 * @example
 * ```ts from: examples/reference/stores.ts#dynamo
 * const sessions = createSessions({ secrets, store: dynamoStore(client) })
 * ```
 */
export function dynamoStore(client: DynamoClient, options: DynamoStoreOptions = {}): DynamoStore {
  checkOptions<DynamoStoreOptions>('dynamoStore', options, { tableName: true })
  if (typeof client?.updateItem !== 'function') {
    throw optionError('dynamoStore: pass a `DynamoDB` of `@aws-sdk/client-dynamodb`, not a `DynamoDBClient`.')
  }
  return new DynamoSessionStore(client, options.tableName ?? TABLE)
}

/**
 * What `createTable` of the client needs to make the table, paid by request. Then switch its expiry on:
 * `updateTimeToLive` with `{ AttributeName: 'removeAt', Enabled: true }`.
 */
export function dynamoTable(tableName: string = TABLE): {
  readonly TableName: string
  readonly BillingMode: 'PAY_PER_REQUEST'
  readonly KeySchema: { AttributeName: string; KeyType: 'HASH' | 'RANGE' }[]
  readonly AttributeDefinitions: { AttributeName: string; AttributeType: 'S' }[]
} {
  return {
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
    ],
  }
}
