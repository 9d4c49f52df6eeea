import { memoryStore } from '../../src/stores/memory.ts'
import type { MemoryStore } from '../../src/stores/memory.ts'
import type { PrincipalIndex } from '../../src/core/contracts/store.ts'

/** A memory store whose index gives ids without their records, as those of SQL do. */
export function storeWithIds(): MemoryStore & { readonly principals: Required<PrincipalIndex> } {
  const store = memoryStore()
  const ids: Required<PrincipalIndex>['ids'] = async (principal, cursor, call) => {
    const { records, next } = await store.principals.list(principal, cursor, call)
    return { ids: records.map(({ id }) => id), ...(next !== undefined && { next }) }
  }
  return Object.assign(store, { principals: { ...store.principals, ids } })
}
