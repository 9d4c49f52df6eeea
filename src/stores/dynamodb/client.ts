/** Values of an item: texts, and numbers as texts. */
export type DynamoItem = Readonly<Record<string, { readonly S?: string | undefined; readonly N?: string | undefined }>>

/** The parameters of a request that the store uses. */
export interface DynamoRequest {
  readonly TableName: string | undefined
  readonly Key?: unknown
  readonly Item?: unknown
  readonly ConsistentRead?: unknown
  readonly ConditionExpression?: unknown
  readonly UpdateExpression?: unknown
  readonly KeyConditionExpression?: unknown
  readonly FilterExpression?: unknown
  readonly ExpressionAttributeValues?: unknown
  readonly ExclusiveStartKey?: unknown
  readonly Limit?: unknown
  readonly ReturnValues?: unknown
}

/** Options of one request. */
export interface DynamoCallOptions {
  readonly abortSignal?: AbortSignal
}

/** The part of `DynamoDB` of `@aws-sdk/client-dynamodb` that the store uses. */
export interface DynamoClient {
  getItem(request: DynamoRequest, options?: DynamoCallOptions): Promise<{ readonly Item?: DynamoItem | undefined }>
  putItem(request: DynamoRequest, options?: DynamoCallOptions): Promise<unknown>
  updateItem(request: DynamoRequest, options?: DynamoCallOptions): Promise<unknown>
  deleteItem(request: DynamoRequest, options?: DynamoCallOptions): Promise<{ readonly Attributes?: DynamoItem | undefined }>
  query(request: DynamoRequest, options?: DynamoCallOptions): Promise<DynamoPage>
  scan(request: DynamoRequest, options?: DynamoCallOptions): Promise<DynamoPage>
}

/** A page of items. */
export interface DynamoPage {
  readonly Items?: readonly DynamoItem[] | undefined
  readonly LastEvaluatedKey?: DynamoItem | undefined
}

/** What a reply or an error tells. */
interface ServiceReply {
  readonly name?: string
  readonly $fault?: string
  readonly $metadata?: { readonly attempts?: number }
}

/** Whether the reply says that the condition of a write did not hold. */
export function isConditionFailed(reply: unknown): boolean {
  return (reply as ServiceReply).name === 'ConditionalCheckFailedException'
}

/** Whether the client has sent the request of a reply more than once. Then an earlier attempt may have been done. */
export function wasRepeated(reply: unknown): boolean {
  return ((reply as ServiceReply).$metadata?.attempts ?? 1) > 1
}

/** It leaves open whether the record is there: core creates another, under a new id. */
export class RepeatedError extends Error {
  constructor() {
    super('dynamoStore: the client has sent the creation of a record more than once.')
  }
}

/** The name of what DynamoDB refused. `undefined` if it leaves open whether the write was done. */
export function reasonOf(error: unknown): string | undefined {
  const { name, $fault } = error as ServiceReply
  return $fault === 'client' && !wasRepeated(error) ? name : undefined
}
