import type { StoredRecord } from '../../core/contracts/store.ts'

/** A page of records that the engine gave in the order of their ids, at most `limit`: a full one may have another after it. */
export function pageOf(records: StoredRecord[], limit: number): { records: StoredRecord[]; next?: string } {
  const last = records[limit - 1]
  return last ? { records, next: last.id } : { records }
}
