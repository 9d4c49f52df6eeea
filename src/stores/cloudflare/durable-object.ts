import { optionError } from '../../core/basics/errors.ts'
import { SharedSqliteStore, type BoundValue, type RunSqlite } from '../_shared/sqlite-store.ts'
import { codeOf } from './codes.ts'
import type { CloudflareStore } from './d1.ts'

/** The part of a Durable Object namespace that the store uses. */
export interface ObjectNamespace {
  idFromName(name: string): unknown
  get(id: never): {
    fetch(url: string, init: { method: string; body: string }): Promise<{ readonly ok: boolean; json(): Promise<unknown> }>
  }
}

/** The part of a Durable Object's state that {@link SojournObject} uses. */
export interface ObjectState {
  readonly storage: { readonly sql: { exec(sql: string, ...values: unknown[]): { raw(): Iterable<unknown[]> } } }
}

/** The one object that has all records: a revocation has to find every session of a principal at one place. */
const OBJECT = 'sojourn'

/** Nothing resolves this name: an object is reached by its binding. */
const URL = 'https://sojourn.invalid/'

/** What the object answers: rows, or the code of what SQLite refused. */
type Reply = { readonly rows: readonly (readonly unknown[])[] } | { readonly code: string }

/**
 * The Durable Object in which {@link durableObjectStore} keeps its records. Export it from your Worker, and name it in
 * `new_sqlite_classes` of its migrations. Only the Worker's own code reaches it: never pass it a request of a client.
 */
export class SojournObject {
  readonly #sql: ObjectState['storage']['sql']

  constructor(state: ObjectState) {
    this.#sql = state.storage.sql
  }

  async fetch(request: { json(): Promise<unknown> }): Promise<Response> {
    const [sql, values] = (await request.json()) as [string, BoundValue[]]
    return Response.json(this.#reply(sql, values))
  }

  #reply(sql: string, values: BoundValue[]): Reply {
    try {
      return { rows: [...this.#sql.exec(sql, ...values).raw()] }
    } catch (error) {
      const code = codeOf(error)
      if (code === undefined) throw error
      return { code }
    }
  }
}

/**
 * Keeps records in one SQLite-backed Durable Object of Cloudflare, {@link SojournObject}. It answers after the write is
 * on disk. One object answers some hundreds of requests a second, near where it was first asked for.
 *
 * @throws ERR_SESSION_OPTIONS when the argument is no namespace; at the first call, when a later version made the
 *   tables.
 * @example
 * ```ts from: examples/reference/cloudflare.ts#durable-object
 * const sessions = createSessions({ secrets, store: durableObjectStore(env.SESSIONS) })
 * ```
 */
export function durableObjectStore(namespace: ObjectNamespace): CloudflareStore {
  if (typeof namespace?.idFromName !== 'function') {
    throw optionError('durableObjectStore: pass the namespace of a Durable Object, such as `env.SESSIONS`.')
  }
  const run: RunSqlite = async (sql, values) => {
    const stub = namespace.get(namespace.idFromName(OBJECT) as never)
    const response = await stub.fetch(URL, { method: 'POST', body: JSON.stringify([sql, values]) })
    if (!response.ok) throw new Error('durableObjectStore: the object failed. Is it the class SojournObject?')
    const reply = (await response.json()) as Reply
    if ('code' in reply) throw Object.assign(new Error(`SQLite refused the statement: ${reply.code}.`), { code: reply.code })
    return reply.rows
  }
  return new SharedSqliteStore('durableObjectStore', 'durable-object', run, true)
}
