/**
 * Stores of the express-session ecosystem as stores of ours.
 *
 * @module
 */
import { KeyedQueue } from '../../core/basics/keyed-queue.ts'
import { warnOnce } from '../../core/basics/warn-once.ts'
import type { Call, SessionStore, StoredRecord } from '../../core/contracts/store.ts'
import { recordCookie, sessionFor } from './record.ts'
import { checkStore, destroySession, getSession, setSession } from './store.ts'
import type { ExpressStore } from './store.ts'

/**
 * The store that {@link wrapExpressStore} returns. It cannot find sessions by principal, sweep them, iterate over them,
 * or tell other processes that one ended.
 */
export interface WrappedExpressStore extends SessionStore {
  readonly principals?: never
  readonly sweeper?: never
  readonly scanner?: never
  readonly notices?: never
}

/**
 * Makes a store for sessions of ours from a store of the express-session ecosystem (connect-redis, connect-pg-simple
 * and others). Give it a prefix or a table of its own.
 *
 * Such a store can get and set, but not compare and set. Within one process this makes up for it: no change is lost,
 * and a session that ended stays ended. Between processes the last write wins, and a late write can bring back a
 * session that another process has just ended. So it is for applications of one process, and for the time of a move; a
 * warning at start says so. There is no index, so `sessions.of(…)` and `maxSessionsPerPrincipal` need another store.
 * Closing leaves the store open, because it belongs to the application.
 *
 * @example
 * ```ts from: examples/reference/interop/express-session.ts#bridge
 * const store = wrapExpressStore(new RedisStore({ client, prefix: 'sojourn:' }))
 * const sessions = createSessions({ secrets, store })
 * ```
 *
 * @throws ERR_SESSION_OPTIONS
 */
export function wrapExpressStore(store: ExpressStore): WrappedExpressStore {
  checkStore(store, 'wrapExpressStore: pass a store of express-session, such as new RedisStore({ client }).')
  warnOnce(WARNING)
  return new WrappedStore(store)
}

class WrappedStore implements WrappedExpressStore {
  readonly #store: ExpressStore
  /** By id, so that the get and set of one call do not mix with those of another. */
  readonly #queue = new KeyedQueue<unknown>()

  constructor(store: ExpressStore) {
    this.#store = store
  }

  load(id: string, { now }: Call): Promise<StoredRecord | undefined> {
    return this.#live(id, now)
  }

  create(record: StoredRecord, { now }: Call): Promise<'created' | 'exists'> {
    return this.#queue.run(record.id, async () => {
      if (await this.#find(record.id)) return 'exists'
      await this.#write(record, now)
      return 'created'
    })
  }

  update(record: StoredRecord, { now }: Call): Promise<'updated' | 'gone' | StoredRecord> {
    return this.#queue.run(record.id, async () => {
      const newest = await this.#live(record.id, now)
      if (!newest) return 'gone'
      if (newest.version !== record.version - 1) return newest
      await this.#write(record, now)
      return 'updated'
    })
  }

  touch(id: string, expiresAt: number, { now }: Call): Promise<boolean> {
    return this.#queue.run(id, async () => {
      const record = await this.#live(id, now)
      if (!record) return false
      const deadline = Math.min(expiresAt, record.retainUntil)
      if (deadline > record.expiresAt) await this.#write({ ...record, expiresAt: deadline }, now)
      return true
    })
  }

  delete(id: string): Promise<boolean> {
    return this.#queue.run(id, async () => {
      const there = (await this.#find(id)) !== undefined
      await destroySession(this.#store, id)
      return there
    })
  }

  async close(): Promise<void> {}

  async #live(id: string, now: number): Promise<StoredRecord | undefined> {
    const record = await this.#find(id)
    return record && record.expiresAt > now ? record : undefined
  }

  async #find(id: string): Promise<StoredRecord | undefined> {
    const session: { sojourn?: unknown } | undefined = await getSession(this.#store, id)
    return isRecord(session?.sojourn) ? { ...session.sojourn, id } : undefined
  }

  async #write({ id, ...rest }: StoredRecord, now: number): Promise<void> {
    const cookie = recordCookie({ maxAge: rest.expiresAt - now }, now)
    await setSession(this.#store, id, sessionFor(JSON.stringify({ cookie, sojourn: rest })))
  }
}

function isRecord(value: unknown): value is Omit<StoredRecord, 'id'> {
  if (typeof value !== 'object' || value === null) return false
  const { version, expiresAt, retainUntil, principal, body } = value as Partial<StoredRecord>
  const numbers = [version, expiresAt, retainUntil].every((number) => Number.isSafeInteger(number))
  return numbers && (principal === null || typeof principal === 'string') && typeof body === 'string'
}

const WARNING =
  'wrapExpressStore: a store of express-session cannot compare and set. Within one process nothing is lost; between processes the last write ' +
  'wins, and an ended session can come back. It cannot find sessions by principal. For several processes use a store of sojourn.'
