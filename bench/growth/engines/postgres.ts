/**
 * What is measured beside the PostgreSQL store: the same statements, prepared, on the same pool.
 *
 * @module
 */
import { Pool } from 'pg'
import type { PoolClient, QueryResult } from 'pg'
import { startPostgres } from '../../../scripts/engines/postgres.ts'
import type { StoredRecord } from '../../../src/contracts.ts'
import { at, NOW } from '../../../src/testing/store-contract/rule.ts'
import { postgresStore } from '../../../src/stores/postgres/index.ts'
import type { Engine, Ground } from '../engine.ts'
import { program } from '../engine.ts'
import { throughPipe } from '../pipe.ts'

const COLUMNS = 'id, version, expires_at, retain_until, principal, body'

async function join(url: string): Promise<Ground> {
  const pool = new Pool({ connectionString: url })
  const store = postgresStore(pool)
  // Its first call makes the tables.
  await store.load('', at(NOW))
  const run = (name: string, text: string, ...values: unknown[]): Promise<QueryResult> => pool.query({ name: `own_${name}`, text, values })
  let end = '~'
  return {
    store,
    own: {
      read: (id) => run('read', 'SELECT body FROM sojourn_sessions WHERE id = $1', id),
      write: ({ id, body }) => run('write', 'UPDATE sojourn_sessions SET body = $2 WHERE id = $1', id, body),
      async signIn({ id, version, expiresAt, retainUntil, principal, body }) {
        const text = `INSERT INTO sojourn_sessions (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6)`
        await run('insert', text, id, version, expiresAt, retainUntil, principal, body)
        await run('epoch', 'SELECT epoch FROM sojourn_epochs WHERE principal = $1', principal)
      },
      list: async (principal) => (await run('list', 'SELECT body FROM sojourn_sessions WHERE principal = $1', principal)).rows,
      revokeAll: (principal) => run('revoke', 'DELETE FROM sojourn_sessions WHERE principal = $1', principal),
      async sweep(many) {
        const text = `DELETE FROM sojourn_sessions WHERE id IN
          (SELECT id FROM sojourn_sessions WHERE id < $1 AND expires_at <= $2 ORDER BY id DESC LIMIT $3) RETURNING id`
        const { rows } = (await run('sweep', text, end, NOW, many)) as QueryResult<{ id: string }>
        for (const { id } of rows) if (id < end) end = id
      },
    },
    async fill(records) {
      const client = await pool.connect()
      try {
        await fill(client, records)
      } finally {
        client.release()
      }
    },
    async weigh() {
      const { rows } = await pool.query<{ bytes: string }>("SELECT pg_total_relation_size('sojourn_sessions') AS bytes")
      return Number(rows[0]!.bytes)
    },
    async close() {
      await store.close()
      await pool.end()
    },
  }
}

/** Into an empty table without its indexes: then they are made at once, and nothing is left to vacuum. */
async function fill(client: PoolClient, records: Iterable<StoredRecord>): Promise<void> {
  const copy = (options: string): Promise<void> =>
    throughPipe(records, (path) => client.query(`COPY sojourn_sessions (${COLUMNS}) FROM '${path}' ${options}`))
  const { rowCount } = await client.query('SELECT 1 FROM sojourn_sessions LIMIT 1')
  if (rowCount === 0) {
    const { rows } = await client.query<{ indexdef: string }>(
      "SELECT indexdef FROM pg_indexes WHERE indexname = 'sojourn_sessions_of_principal'",
    )
    await client.query(`BEGIN; SET LOCAL maintenance_work_mem = '1GB'; TRUNCATE sojourn_sessions;
      ALTER TABLE sojourn_sessions DROP CONSTRAINT sojourn_sessions_pkey; DROP INDEX sojourn_sessions_of_principal`)
    await copy('WITH (FREEZE)')
    await client.query(`ALTER TABLE sojourn_sessions ADD PRIMARY KEY (id); ${rows[0]!.indexdef}; COMMIT`)
  } else await copy('')
  await client.query('ANALYZE sojourn_sessions; CHECKPOINT')
}

export const postgres: Engine = {
  isShared: true,
  async start() {
    const server = await startPostgres(program('postgres'), [
      '-cshared_buffers=4GB',
      '-cmax_wal_size=8GB',
      // Rows that are copied into an empty table are then not written to the log too.
      '-cwal_level=minimal',
      '-cmax_wal_senders=0',
    ])
    return { location: server.url, stop: () => server.stop() }
  },
  join,
}
