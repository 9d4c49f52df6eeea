/**
 * Stores of the express-session ecosystem as stores of ours.
 *
 * @module
 */
import type { Call, SessionStore, StoredRecord } from '../../core/contracts/store.ts'
import { recordCookie, sessionFor } from './record.ts'
import { destroySession, getSession, setSession } from './store.ts'
import type { ExpressStore } from './store.ts'

/** What {@link expressSessionStore} gives: it cannot find sessions by principal, sweep, walk over them, or tell other processes that one ended. */
export interface BridgedStore extends SessionStore {
  readonly principals?: never
  readonly sweeper?: never
  readonly scanner?: never
  readonly notices?: never
}

/**
 * Uses a store of the express-session ecosystem (connect-redis, connect-pg-simple and the rest) for sessions of ours.
 *
 * Such a store can get and set, but not compare and set. Within one process that is made up for: nothing is lost, and what ended stays ended. Between
 * processes the last write wins, and a write that is on its way can bring back a session that another process has just ended: it is for applications of one process, and for the
 * time of a move. There is no index, so `sessions.of(…)` and `maxSessionsPerPrincipal` need another store. Give it a prefix or a table of its own. A warning
 * says all this at start. Closing leaves the store open: it is the application's.
 *
 * @example
 * ```ts from: examples/reference/interop/express-session.ts#bridge
 * const store = expressSessionStore(new RedisStore({ client, prefix: 'sojourn:' }))
 * const sessions = createSessions({ secrets, store })
 * ```
 */
export function expressSessionStore(store: ExpressStore): BridgedStore {
  warnOnce()
  return new Bridge(store)
}

class Bridge implements BridgedStore {
  readonly #store: ExpressStore
  /** By id, the last call that has begun: get and set of one session do not mix with those of another call. */
  readonly #lines = new Map<string, Promise<unknown>>()

  constructor(store: ExpressStore) {
    this.#store = store
  }

  load(id: string, { now }: Call): Promise<StoredRecord | undefined> {
    return this.#live(id, now)
  }

  create(record: StoredRecord, { now }: Call): Promise<'created' | 'exists'> {
    return this.#alone(record.id, async () => {
      if (await this.#find(record.id)) return 'exists'
      await this.#write(record, now)
      return 'created'
    })
  }

  update(record: StoredRecord, { now }: Call): Promise<'updated' | 'gone' | StoredRecord> {
    return this.#alone(record.id, async () => {
      const newest = await this.#live(record.id, now)
      if (!newest) return 'gone'
      if (newest.version !== record.version - 1) return newest
      await this.#write(record, now)
      return 'updated'
    })
  }

  touch(id: string, expiresAt: number, { now }: Call): Promise<boolean> {
    return this.#alone(id, async () => {
      const record = await this.#live(id, now)
      if (!record) return false
      const deadline = Math.min(expiresAt, record.retainUntil)
      if (deadline > record.expiresAt) await this.#write({ ...record, expiresAt: deadline }, now)
      return true
    })
  }

  delete(id: string): Promise<boolean> {
    return this.#alone(id, async () => {
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

  async #alone<T>(id: string, work: () => Promise<T>): Promise<T> {
    const before = this.#lines.get(id)
    const run = before ? before.then(work) : work()
    const line = run.catch(() => undefined)
    this.#lines.set(id, line)
    try {
      return await run
    } finally {
      if (this.#lines.get(id) === line) this.#lines.delete(id)
    }
  }
}

function isRecord(value: unknown): value is Omit<StoredRecord, 'id'> {
  if (typeof value !== 'object' || value === null) return false
  const { version, expiresAt, retainUntil, principal, body } = value as Partial<StoredRecord>
  const numbers = [version, expiresAt, retainUntil].every((number) => Number.isSafeInteger(number))
  return numbers && (principal === null || typeof principal === 'string') && typeof body === 'string'
}

let warned = false

function warnOnce(): void {
  if (warned) return
  warned = true
  process.emitWarning(
    'expressSessionStore: a store of express-session cannot compare and set. Within one process nothing is lost; between processes the last write ' +
      'wins, and an ended session can come back. It cannot find sessions by principal. For several processes use a store of sojourn.',
    'SojournWarning',
  )
}
