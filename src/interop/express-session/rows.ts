import { optionError } from '../../core/basics/errors.ts'
import type { Call } from '../../core/contracts/store.ts'
import type { ForeignEntry, ForeignStore } from '../_shared/format.ts'

/** The table of connect-pg-simple. */
export interface ExpressPostgres {
  /**
   * A Pool of `pg`, or a connected Client. Its time zone must be that of connect-pg-simple's client, because the column
   * has none.
   */
  readonly postgres: { query(text: string, values: unknown[]): Promise<{ rows: unknown[]; rowCount: number | null }> }
  /** Default `'session'`. */
  readonly tableName?: string
  /** Default: the first schema of the search path that has the table. */
  readonly schemaName?: string
}

/**
 * Each write is one statement that compares the old value, so it neither brings back a row nor overwrites a newer one.
 */
export class ExpressRows implements ForeignStore<string> {
  readonly #client: ExpressPostgres['postgres']
  readonly #table: string

  /** @throws ERR_SESSION_OPTIONS */
  constructor({ postgres, tableName = 'session', schemaName }: ExpressPostgres) {
    if (typeof postgres?.query !== 'function') throw optionError('store.postgres: pass a Pool of `pg`, or a connected Client.')
    this.#client = postgres
    this.#table = [...(schemaName === undefined ? [] : [schemaName]), tableName].map(quoted).join('.')
  }

  async load(sid: string, { now }: Call): Promise<ForeignEntry<string> | undefined> {
    const sql = `SELECT sess::text AS raw, EXTRACT(EPOCH FROM expire::timestamptz) * 1000 AS expires FROM ${this.#table} WHERE sid = $1 AND expire >= ${instant(2)}`
    const { rows } = await this.#client.query(sql, [sid, now])
    const [row] = rows as { raw: string; expires: unknown }[]
    return row && { raw: row.raw, expiresAt: Number(row.expires) }
  }

  async create(sid: string, raw: string, expiresAt: number): Promise<'created' | 'exists'> {
    const sql = `INSERT INTO ${this.#table} (sid, sess, expire) VALUES ($1, $2, ${instant(3)}) ON CONFLICT DO NOTHING`
    return (await this.#change(sql, [sid, raw, expiresAt])) ? 'created' : 'exists'
  }

  async replace(sid: string, old: string, next: string, expiresAt: number, call: Call): Promise<'updated' | 'gone' | ForeignEntry<string>> {
    const sql = `UPDATE ${this.#table} SET sess = $1, expire = ${instant(2)} WHERE sid = $3 AND expire >= ${instant(4)} AND sess::text = $5`
    if (await this.#change(sql, [next, expiresAt, sid, call.now, old])) return 'updated'
    return (await this.load(sid, call)) ?? 'gone'
  }

  touch(sid: string, expiresAt: number, { now }: Call): Promise<boolean> {
    return this.#change(`UPDATE ${this.#table} SET expire = ${instant(1)} WHERE sid = $2 AND expire >= ${instant(3)}`, [
      expiresAt,
      sid,
      now,
    ])
  }

  delete(sid: string): Promise<boolean> {
    return this.#change(`DELETE FROM ${this.#table} WHERE sid = $1`, [sid])
  }

  /** Leaves the client open, because it belongs to the application. */
  async close(): Promise<void> {}

  async #change(sql: string, values: unknown[]): Promise<boolean> {
    return (await this.#client.query(sql, values)).rowCount === 1
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** SQL for the instant of a parameter in epoch milliseconds. */
function instant(parameter: number): string {
  return `to_timestamp($${parameter}::double precision / 1000)`
}
