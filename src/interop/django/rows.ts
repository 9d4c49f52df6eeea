import type { Call } from '../../core/contracts/store.ts'
import type { ForeignEntry, ForeignStore } from '../_shared/format.ts'
import type { SessionDatabase } from './database.ts'

/**
 * The table `django_session`. A write is one statement that compares the old data, so it neither brings back a row nor
 * overwrites a newer one.
 */
export class DjangoRows implements ForeignStore<string> {
  readonly #database: SessionDatabase
  readonly #load: string

  constructor(database: SessionDatabase) {
    this.#database = database
    this.#load = `SELECT session_data AS data, ${database.expireDate} AS expires FROM django_session WHERE session_key = ? AND expire_date > ?`
  }

  async load(key: string, { now }: Call): Promise<ForeignEntry<string> | undefined> {
    const { rows, instant, instantOf } = this.#database
    const [row] = (await rows(this.#load, [key, instant(now)])) as { data: string; expires: unknown }[]
    return row && { raw: row.data, expiresAt: instantOf(row.expires) }
  }

  async create(key: string, raw: string, expiresAt: number): Promise<'created' | 'exists'> {
    const { change, instant, insert } = this.#database
    const [before, after] = insert
    const sql = `${before} django_session (session_key, session_data, expire_date) VALUES (?, ?, ?) ${after}`
    return (await change(sql, [key, raw, instant(expiresAt)])) === 1 ? 'created' : 'exists'
  }

  async replace(key: string, old: string, next: string, expiresAt: number, call: Call): Promise<'updated' | 'gone' | ForeignEntry<string>> {
    const { change, instant, sameData } = this.#database
    const sql = `UPDATE django_session SET session_data = ?, expire_date = ? WHERE session_key = ? AND expire_date > ? AND ${sameData}`
    if ((await change(sql, [next, instant(expiresAt), key, instant(call.now), old])) === 1) return 'updated'
    return (await this.load(key, call)) ?? 'gone'
  }

  async touch(key: string, expiresAt: number, { now }: Call): Promise<boolean> {
    const { change, instant } = this.#database
    const sql = 'UPDATE django_session SET expire_date = ? WHERE session_key = ? AND expire_date > ?'
    return (await change(sql, [instant(expiresAt), key, instant(now)])) === 1
  }

  async delete(key: string): Promise<boolean> {
    return (await this.#database.change('DELETE FROM django_session WHERE session_key = ?', [key])) === 1
  }

  /** Leaves the client open, because it belongs to the application. */
  async close(): Promise<void> {}
}

/**
 * The engine `cached_db`. Django writes the row first, so the row is never older than the cache entry, and Django fills
 * a missing entry from the row.
 */
export class CachedDjangoRows implements ForeignStore<string> {
  readonly #rows: DjangoRows
  readonly #cache: ForeignStore<Buffer>

  constructor(rows: DjangoRows, cache: ForeignStore<Buffer>) {
    this.#rows = rows
    this.#cache = cache
  }

  load(key: string, call: Call): Promise<ForeignEntry<string> | undefined> {
    return this.#rows.load(key, call)
  }

  create(key: string, raw: string, expiresAt: number): Promise<'created' | 'exists'> {
    return this.#rows.create(key, raw, expiresAt)
  }

  async replace(key: string, old: string, next: string, expiresAt: number, call: Call): Promise<'updated' | 'gone' | ForeignEntry<string>> {
    const answer = await this.#rows.replace(key, old, next, expiresAt, call)
    if (answer === 'updated') await this.#cache.delete(key, call)
    return answer
  }

  touch(key: string, expiresAt: number, call: Call): Promise<boolean> {
    return this.#rows.touch(key, expiresAt, call)
  }

  async delete(key: string, call: Call): Promise<boolean> {
    const found = await this.#rows.delete(key)
    return (await this.#cache.delete(key, call)) || found
  }

  async close(): Promise<void> {}
}
