import type { DynamoDB, DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import { dynamoTable } from '../../src/stores/dynamodb/index.ts'

/** A client of a throwaway DynamoDB, which sends a request again as often as those of applications do. */
export async function dynamoClient(endpoint: string, options: DynamoDBClientConfig = {}): Promise<DynamoDB> {
  const { DynamoDB } = await import('@aws-sdk/client-dynamodb')
  return new DynamoDB({ endpoint, region: 'local', credentials: { accessKeyId: 'x', secretAccessKey: 'x' }, ...options })
}

/** Makes the table of a store, and waits until it is there. */
export async function makeTable(endpoint: string, tableName?: string): Promise<void> {
  const client = await dynamoClient(endpoint)
  const table = dynamoTable(tableName)
  await client.createTable(table)
  while ((await client.describeTable({ TableName: table.TableName })).Table?.TableStatus !== 'ACTIVE') {
    await new Promise((resolve) => setImmediate(resolve))
  }
  client.destroy()
}
