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

interface ServiceError {
  readonly name?: string
  readonly $fault?: string
  readonly $metadata?: { readonly attempts?: number }
}

/** Whether the condition of a write did not hold. */
export function isConditionFailed(error: unknown): boolean {
  return (error as ServiceError).name === 'ConditionalCheckFailedException'
}

/** Whether the client has sent the request more than once. Then an earlier attempt may have been done. */
export function wasRepeated(error: unknown): boolean {
  return ((error as ServiceError).$metadata?.attempts ?? 1) > 1
}

/** The name of what DynamoDB refused. `undefined` if it leaves open whether the write was done. */
export function reasonOf(error: unknown): string | undefined {
  const { name, $fault } = error as ServiceError
  return $fault === 'client' && !wasRepeated(error) ? name : undefined
}
