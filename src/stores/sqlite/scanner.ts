import type { Scanner } from '../../core/contracts/store.ts'
import { pageOf } from '../_shared/page.ts'
import { COLUMNS, recordFromRow } from '../_shared/rows.ts'
import { untilFree } from '../_shared/busy.ts'
import type { SqliteDatabase } from './database.ts'

/** Walks over the table by id. */
export function scannerOf(database: SqliteDatabase): Required<Scanner> {
  const page = database.prepare(`SELECT ${COLUMNS} FROM sojourn_sessions WHERE id > ? AND expires_at > ? ORDER BY id LIMIT ?`)
  const live = database.prepare('SELECT count(*) AS live FROM sojourn_sessions WHERE expires_at > ?')
  return {
    scan: (cursor, limit, call) => untilFree(call, () => pageOf(page.all(cursor ?? '', call.now, limit).map(recordFromRow), limit)),

    count: (call) => untilFree(call, () => (live.get(call.now) as { live: number }).live),
  }
}
