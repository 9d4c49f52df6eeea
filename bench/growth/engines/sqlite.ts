/**
 * What is measured beside the SQLite store: the same statements on a connection of its own, each of which syncs to the
 * disk like ours.
 *
 * @module
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as path } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { StoredRecord } from '../../../src/contracts.ts'
import { NOW } from '../../../src/testing/store-contract/rule.ts'
import { sqliteStore } from '../../../src/stores/sqlite/index.ts'
import type { Engine, Ground } from '../engine.ts'

const INSERT = 'INSERT INTO sojourn_sessions (id, version, expires_at, retain_until, principal, body) VALUES (?, ?, ?, ?, ?, ?)'

async function join(file: string): Promise<Ground> {
  const store = sqliteStore(file)
  const database = new DatabaseSync(file, { timeout: 5_000 })
  database.exec('PRAGMA synchronous = full')
  const select = database.prepare('SELECT body FROM sojourn_sessions WHERE id = ?')
  const update = database.prepare('UPDATE sojourn_sessions SET body = ? WHERE id = ?')
  const insert = database.prepare(INSERT)
  const epoch = database.prepare('SELECT epoch FROM sojourn_epochs WHERE principal = ?')
  const list = database.prepare('SELECT body FROM sojourn_sessions WHERE principal = ?')
  const remove = database.prepare('DELETE FROM sojourn_sessions WHERE principal = ?')
  const sweep = database.prepare(`DELETE FROM sojourn_sessions WHERE position IN
    (SELECT position FROM sojourn_sessions WHERE position < ? AND expires_at <= ? ORDER BY position DESC LIMIT ?) RETURNING position`)
  let end = Number.MAX_SAFE_INTEGER
  return {
    store,
    own: {
      read: (id) => select.get(id),
      write: ({ id, body }) => update.run(body, id),
      signIn(record) {
        insert.run(...valuesOf(record))
        return epoch.get(record.principal)
      },
      list: (principal) => list.all(principal),
      revokeAll: (principal) => remove.run(principal),
      sweep(many) {
        for (const { position } of sweep.all(end, NOW, many)) end = Math.min(end, Number(position))
      },
    },
    fill: async (records) => insertAll(database, records),
    weigh: () => statSync(file).size,
    async close() {
      database.close()
      await store.close()
    },
  }
}

/** Without a journal and syncs, and with room for the indexes. All of it ends with this connection. */
async function fill(file: string, records: Iterable<StoredRecord>): Promise<void> {
  // It makes the tables.
  await sqliteStore(file).close()
  const database = new DatabaseSync(file)
  database.exec('PRAGMA journal_mode = off; PRAGMA synchronous = off; PRAGMA cache_size = -2000000')
  insertAll(database, records)
  database.close()
}

function insertAll(database: DatabaseSync, records: Iterable<StoredRecord>): void {
  database.exec('BEGIN IMMEDIATE')
  const insert = database.prepare(INSERT)
  for (const record of records) insert.run(...valuesOf(record))
  database.exec('COMMIT')
}

function valuesOf({ id, version, expiresAt, retainUntil, principal, body }: StoredRecord): (string | number | null)[] {
  return [id, version, expiresAt, retainUntil, principal, body]
}

export const sqlite: Engine = {
  isShared: true,
  async start() {
    const folder = mkdtempSync(path(tmpdir(), 'sojourn-growth-'))
    const location = path(folder, 'sessions.db')
    return {
      location,
      fill: (records) => fill(location, records),
      stop: async () => rmSync(folder, { recursive: true, force: true }),
    }
  },
  join,
}
