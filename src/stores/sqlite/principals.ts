import type { PrincipalIndex } from '../../core/contracts/store.ts'
import { IDS_PAGE_SIZE, pageOf, pageOfIds, PAGE_SIZE } from '../_shared/page.ts'
import { COLUMNS, recordFromRow } from '../_shared/rows.ts'
import { untilFree } from '../_shared/busy.ts'
import type { SqliteDatabase } from './database.ts'
import { changedOne } from './records.ts'
import type { Writer } from './writer.ts'

/** The index by principal is an index of the table, so it always agrees with the records. */
export function principalIndex(database: SqliteDatabase, writer: Writer): PrincipalIndex {
  const page = database.prepare(
    `SELECT ${COLUMNS} FROM sojourn_sessions WHERE principal = ? AND id > ? AND expires_at > ? ORDER BY id LIMIT ${PAGE_SIZE}`,
  )
  const ids = database.prepare(
    `SELECT id FROM sojourn_sessions WHERE principal = ? AND id > ? AND expires_at > ? ORDER BY id LIMIT ${IDS_PAGE_SIZE}`,
  )
  const remove = database.prepare('DELETE FROM sojourn_sessions WHERE id = ? AND principal = ?')
  const epoch = database.prepare('SELECT epoch FROM sojourn_epochs WHERE principal = ? AND keep_until > ?')
  // An earlier raise may have promised to keep its epoch longer. If it were dropped too early, the sign-ins that began
  // before it would not notice the revocation.
  const raise = database.prepare(
    `INSERT INTO sojourn_epochs (principal, epoch, keep_until) VALUES (?, ?, ?)
     ON CONFLICT (principal) DO UPDATE SET epoch = excluded.epoch, keep_until = max(keep_until, excluded.keep_until)`,
  )
  return {
    list: (principal, cursor, call) =>
      untilFree(call, () => pageOf(page.all(principal, cursor ?? '', call.now).map(recordFromRow), PAGE_SIZE)),

    ids: (principal, cursor, call) =>
      untilFree(call, () => pageOfIds(ids.all(principal, cursor ?? '', call.now).map((row) => (row as { id: string }).id))),

    deleteMany: (principal, some, call) => writer.write(call, () => some.filter((id) => changedOne(remove, id, principal))),

    epoch: (principal, call) =>
      untilFree(call, () => {
        const row = epoch.get(principal, call.now) as { epoch: string } | null | undefined
        return row?.epoch
      }),

    raise: (principal, value, keepUntil, call) => writer.write(call, () => void raise.run(principal, value, keepUntil)),
  }
}
