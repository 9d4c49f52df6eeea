// #region store
import type { DynamoDB } from '@aws-sdk/client-dynamodb'
import { createSessions } from 'sojourn'
import { dynamoStore } from 'sojourn/stores/dynamodb'

export function dynamoSessions(client: DynamoDB, secret: string) {
  return createSessions({ secrets: [secret], store: dynamoStore(client) })
}
// #endregion
