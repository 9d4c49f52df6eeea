import type { SessionStore, StoreOperation } from '../../src/contracts.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { scriptedStore } from '../../src/testing/index.ts'

const CALLS: readonly StoreOperation[] = ['load', 'create', 'update', 'touch', 'delete']

/** A memory store that answers later, as a remote one does. */
export function remoteStore(): SessionStore {
  const store = scriptedStore(memoryStore(), { replies: 'certain' })
  for (const call of CALLS) store.before(call, () => new Promise((resolve) => setImmediate(resolve)))
  return store
}
