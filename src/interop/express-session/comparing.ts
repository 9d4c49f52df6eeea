import { KeyedQueue } from '../../core/basics/keyed-queue.ts'
import type { Call } from '../../core/contracts/store.ts'
import type { ForeignEntry, ForeignStore } from '../_shared/format.ts'
import { jsonText, readSession, renewedCookie, sessionFor } from './record.ts'
import { destroySession, getSession, setSession, touchSession } from './store.ts'
import type { ExpressStore } from './store.ts'

const MAX_TOUCHED = 10_000

/** By store, because several sessions of this process may use the same one. */
const queues = new WeakMap<ExpressStore, KeyedQueue<unknown>>()

/**
 * A store of express-session can only get and set. The comparison happens in this process, where the calls for one
 * session follow each other. Another process can write between comparing and setting, as it can in express-session.
 */
export class ComparingStore implements ForeignStore<string> {
  readonly #store: ExpressStore
  readonly #queue: KeyedQueue<unknown>
  /** These stores do not report deadlines, so this process remembers the deadlines that it has set. */
  readonly #touched = new Map<string, number>()

  constructor(store: ExpressStore) {
    this.#store = store
    this.#queue = queues.get(store) ?? new KeyedQueue()
    queues.set(store, this.#queue)
  }

  async load(sid: string, { now }: Call): Promise<ForeignEntry<string> | undefined> {
    const session = await getSession(this.#store, sid)
    const raw = jsonText(session)
    return raw === undefined ? undefined : { raw, expiresAt: this.#touched.get(sid) ?? now }
  }

  /** As express-session does, it does not look first: keys are random, and some stores fail for one that is missing. */
  async create(sid: string, raw: string, expiresAt: number): Promise<'created'> {
    await this.#set(sid, raw, expiresAt)
    return 'created'
  }

  replace(sid: string, old: string, next: string, expiresAt: number, call: Call): Promise<'updated' | 'gone' | ForeignEntry<string>> {
    return this.#inTurn(sid, call, async () => {
      const newest = await this.load(sid, call)
      if (!newest) return 'gone'
      if (newest.raw !== old) return newest
      call.signal.throwIfAborted()
      await this.#set(sid, next, expiresAt)
      return 'updated'
    })
  }

  touch(sid: string, expiresAt: number, call: Call): Promise<boolean> {
    return this.#inTurn(sid, call, async () => {
      const session = await getSession(this.#store, sid)
      const record = session && readSession(JSON.stringify(session))
      if (!record) return false
      const text = JSON.stringify({ cookie: renewedCookie(record.cookie, call.now), ...record.data })
      call.signal.throwIfAborted()
      await touchSession(this.#store, sid, sessionFor(text))
      this.#remember(sid, expiresAt)
      return true
    })
  }

  delete(sid: string, call: Call): Promise<boolean> {
    return this.#inTurn(sid, call, async () => {
      const there = (await getSession(this.#store, sid)) !== undefined
      await destroySession(this.#store, sid)
      this.#touched.delete(sid)
      return there
    })
  }

  /** Leaves the store open, because it belongs to the application. */
  async close(): Promise<void> {}

  /** Without the deadline, a call that the store never returns would block all that come after it. */
  #inTurn<Result>(sid: string, { signal }: Call, task: () => Promise<Result>): Promise<Result> {
    return this.#queue.run(sid, () => untilAborted(signal, task))
  }

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

async function untilAborted<Result>(signal: AbortSignal, task: () => Promise<Result>): Promise<Result> {
  signal.throwIfAborted()
  const ended = new AbortController()
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true, signal: ended.signal })
  })
  try {
    return await Promise.race([task(), aborted])
  } finally {
    ended.abort()
  }
}
