import type { Sweeper } from '../../core/contracts/store.ts'
import { untilFree } from '../_shared/busy.ts'
import type { SqliteDatabase } from './database.ts'
import type { Writer } from './writer.ts'

interface Slice {
  readonly seen: number
  readonly last: number
  readonly expired: number
}

/**
 * Walks over the table slice by slice and remembers where it stopped. It reads first, and takes the write lock only for
 * a slice in which something has expired. Several processes may sweep one file.
 */
export function sweeper(database: SqliteDatabase, writer: Writer): Sweeper {
  const look = database.prepare(
    `SELECT count(*) AS seen, max(position) AS last, sum(expires_at <= ?) AS expired
     FROM (SELECT position, expires_at FROM sojourn_sessions WHERE position > ? ORDER BY position LIMIT ?)`,
  )
  const remove = database.prepare('DELETE FROM sojourn_sessions WHERE position > ? AND position <= ? AND expires_at <= ? RETURNING id')
  const overdue = database.prepare('SELECT 1 FROM sojourn_epochs WHERE keep_until <= ? LIMIT 1')
  const forget = database.prepare('DELETE FROM sojourn_epochs WHERE keep_until <= ?')
  let position = 0

  return {
    async sweep(limit, call) {
      const from = position
      const slice = await untilFree(call, () => look.get(call.now, from, limit) as Slice)
      let expired: string[] = []
      if (slice.expired > 0) {
        const rows = await writer.write(call, () => remove.all(from, slice.last, call.now))
        expired = rows.map((row) => (row as { id: string }).id)
      }
      const done = slice.seen < limit
      position = done ? 0 : slice.last
      if (done && (await untilFree(call, () => overdue.get(call.now)))) await writer.write(call, () => void forget.run(call.now))
      return { expired, done }
    },
  }
}
