import type { StoredRecord } from '../../core/contracts/store.ts'

/** How many sessions a page of a principal's list holds. */
export const PAGE_SIZE = 100

/** How many ids a page of a principal's ids holds. */
export const IDS_PAGE_SIZE = 200

/** A page of the ids that the engine returned in their order. Only a full page has `next`. */
export function pageOfIds(ids: string[]): { ids: string[]; next?: string } {
  const last = ids[IDS_PAGE_SIZE - 1]
  return last === undefined ? { ids } : { ids, next: last }
}

/**
 * A page of at most `limit` records, which the engine returned in the order of their ids. Only a full page has `next`.
 */
export function pageOf(records: StoredRecord[], limit: number): { records: StoredRecord[]; next?: string } {
  const last = records[limit - 1]
  return last ? { records, next: last.id } : { records }
}
