import { optionError } from '../../core/basics/errors.ts'
import { checkOptions } from '../../core/basics/known-options.ts'
import type { PrincipalIndex, Scanner, SessionStore, Sweeper } from '../../core/contracts/store.ts'
import { SharedSqliteStore } from '../_shared/sqlite-store.ts'
import { withCode } from './codes.ts'

/** The part of a D1 binding that the store uses. */
export interface D1Binding {
  prepare(sql: string): { bind(...values: unknown[]): { raw(): Promise<unknown[][]> } }
}

/** Options of {@link d1Store}. */
export interface D1StoreOptions {
  /**
   * `true`, the default, creates the tables at first use. `false`: your own migrations have created them with
   * `sqliteSchema`.
   */
  readonly createTables?: boolean
}

/** What the stores of Cloudflare return. */
export interface CloudflareStore extends SessionStore {
  readonly principals: PrincipalIndex
  readonly sweeper: Sweeper
  readonly scanner: Required<Scanner>
}

/**
 * Keeps records in tables of a Cloudflare D1 database, beside those of the application. Pass the binding itself, such
 * as `env.DB`, which always asks the primary. Never pass a session of it (`withSession`): that may read from a replica,
 * and a revocation would be seen late.
 *
 * @throws ERR_SESSION_OPTIONS when the argument is no D1 binding; at the first call, when a later version made the
 *   tables.
 * @example
 * ```ts from: examples/reference/cloudflare.ts#d1
 * const sessions = createSessions({ secrets, store: d1Store(env.DB) })
 * ```
 */
export function d1Store(binding: D1Binding, options: D1StoreOptions = {}): CloudflareStore {
  checkOptions<D1StoreOptions>('d1Store', options, { createTables: true })
  if (typeof binding?.prepare !== 'function' || 'getBookmark' in binding) {
    throw optionError('d1Store: pass the binding of a D1 database, such as `env.DB`. Workers KV does not fit: it cannot compare and set.')
  }
  return new SharedSqliteStore(
    'd1Store',
    'd1',
    (sql, values) =>
      binding
        .prepare(sql)
        .bind(...values)
        .raw()
        .catch(withCode),
    options.createTables ?? true,
  )
}
