/**
 * What is measured beside the MySQL store on MariaDB: the same statements, prepared, on the same pool.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { createPool } from 'mysql2/promise'
import type { Pool, RowDataPacket } from 'mysql2/promise'
import { startMariadb } from '../../../scripts/engines/mariadb.ts'
import type { StoredRecord } from '../../../src/contracts.ts'
import { at, NOW } from '../../../src/testing/store-contract/rule.ts'
import { mysqlStore } from '../../../src/stores/mysql/index.ts'
import type { Engine, Ground } from '../engine.ts'
import { program } from '../engine.ts'
import { throughPipe } from '../pipe.ts'

const INSERT = `INSERT INTO sojourn_sessions (id, version, expires_at, retain_until, principal, principal_digest, body)
  VALUES (?, ?, ?, ?, ?, ?, ?)`

async function join(uri: string): Promise<Ground> {
  const pool = createPool({ uri })
  const store = mysqlStore(pool)
  // Its first call makes the tables.
  await store.load('', at(NOW))
  const select = async (sql: string, value: string | Buffer): Promise<RowDataPacket[]> =>
    (await pool.execute<RowDataPacket[]>(sql, [value]))[0]
  let end = '~'
  return {
    store,
    own: {
      read: (id) => select('SELECT body FROM sojourn_sessions WHERE id = ?', id),
      write: ({ id, body }) => pool.execute('UPDATE sojourn_sessions SET body = ? WHERE id = ?', [body, id]),
      async signIn({ id, version, expiresAt, retainUntil, principal, body }) {
        await pool.execute(INSERT, [id, version, expiresAt, retainUntil, principal, digest(principal!), body])
        await select('SELECT epoch FROM sojourn_epochs WHERE principal_digest = ?', digest(principal!))
      },
      list: (principal) => select('SELECT body FROM sojourn_sessions WHERE principal_digest = ?', digest(principal)),
      revokeAll: (principal) => pool.execute('DELETE FROM sojourn_sessions WHERE principal_digest = ?', [digest(principal)]),
      async sweep(many) {
        const sql = `DELETE FROM sojourn_sessions WHERE id < ? AND expires_at <= ? ORDER BY id DESC LIMIT ${many} RETURNING id`
        const [rows] = await pool.execute<RowDataPacket[]>(sql, [end, NOW])
        for (const { id } of rows) if (String(id) < end) end = String(id)
      },
    },
    fill: (records) => fill(pool, records),
    async weigh() {
      const [rows] = await pool.query<RowDataPacket[]>(
        "SELECT FILE_SIZE AS bytes FROM information_schema.INNODB_SYS_TABLESPACES WHERE NAME LIKE '%/sojourn_sessions'",
      )
      return Number(rows[0]!['bytes'])
    },
    async close() {
      await store.close()
      await pool.end()
    },
  }
}

async function fill(pool: Pool, records: Iterable<StoredRecord>): Promise<void> {
  await throughPipe(records, (path) =>
    pool.query(`LOAD DATA INFILE '${path}' INTO TABLE sojourn_sessions CHARACTER SET binary
      (id, version, expires_at, retain_until, principal, body) SET principal_digest = UNHEX(SHA2(principal, 256))`),
  )
}

function digest(principal: string): Buffer {
  return createHash('sha256').update(principal).digest()
}

export const mariadb: Engine = {
  isShared: true,
  async start() {
    const server = await startMariadb(program('mariadb'), [
      '--innodb-buffer-pool-size=4G',
      '--innodb-log-file-size=1G',
      // As for PostgreSQL, the cache of the system holds what this one does not, and no page is written twice.
      '--innodb-flush-method=fsync',
      '--skip-innodb-doublewrite',
    ])
    return { location: server.url, stop: () => server.stop() }
  },
  join,
}
