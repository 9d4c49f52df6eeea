import type { StoreOperation } from '../../src/testing/index.ts'

/** The calls that sessions make of their store for records and principals. */
export const recordCalls = [
  'load',
  'create',
  'update',
  'touch',
  'delete',
  'principals.list',
  'principals.ids',
  'principals.deleteMany',
  'principals.epoch',
  'principals.raise',
] as const satisfies readonly StoreOperation[]
