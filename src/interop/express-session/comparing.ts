import type { Call } from '../../core/contracts/store.ts'
import type { ForeignEntry, ForeignStore } from '../_shared/format.ts'
import { jsonText, readSession, renewedCookie, sessionFor } from './record.ts'
import { destroySession, getSession, setSession, touchSession } from './store.ts'
import type { ExpressStore } from './store.ts'

const MAX_TOUCHED = 10_000

/**
 * A store of express-session can only get and set. The comparison happens in this process, and another process can
 * write between comparing and setting, as it can in express-session itself.
 */
export class ComparingStore implements ForeignStore<string> {
  readonly #store: ExpressStore
  /** These stores do not report deadlines, so this process remembers the deadlines that it has set. */
  readonly #touched = new Map<string, number>()

  constructor(store: ExpressStore) {
    this.#store = store
  }

  async load(sid: string, { now }: Call): Promise<ForeignEntry<string> | undefined> {
    const session = await getSession(this.#store, sid)
    const raw = jsonText(session)
    return raw === undefined ? undefined : { raw, expiresAt: this.#touched.get(sid) ?? now }
  }

  async create(sid: string, raw: string, expiresAt: number): Promise<'created' | 'exists'> {
    if (await getSession(this.#store, sid)) return 'exists'
    await this.#set(sid, raw, expiresAt)
    return 'created'
  }

  async replace(sid: string, old: string, next: string, expiresAt: number, call: Call): Promise<'updated' | 'gone' | ForeignEntry<string>> {
    const newest = await this.load(sid, call)
    if (!newest) return 'gone'
    if (newest.raw !== old) return newest
    await this.#set(sid, next, expiresAt)
    return 'updated'
  }

  async touch(sid: string, expiresAt: number, { now }: Call): Promise<boolean> {
    const session = await getSession(this.#store, sid)
    const record = session && readSession(JSON.stringify(session))
    if (!record) return false
    const text = JSON.stringify({ ...record.data, cookie: renewedCookie(record.cookie, now) })
    await touchSession(this.#store, sid, sessionFor(text))
    this.#remember(sid, expiresAt)
    return true
  }

  async delete(sid: string): Promise<boolean> {
    const there = (await getSession(this.#store, sid)) !== undefined
    await destroySession(this.#store, sid)
    this.#touched.delete(sid)
    return there
  }

  /** Leaves the store open, because it belongs to the application. */
  async close(): Promise<void> {}

  async #set(sid: string, raw: string, expiresAt: number): Promise<void> {
    await setSession(this.#store, sid, sessionFor(raw))
    this.#remember(sid, expiresAt)
  }

  #remember(sid: string, expiresAt: number): void {
    this.#touched.delete(sid)
    this.#touched.set(sid, expiresAt)
    if (this.#touched.size > MAX_TOUCHED) this.#touched.delete(this.#touched.keys().next().value!)
  }
}
