/**
 * Sessions in the memory of this process: for development, for tests, and for applications of one process that may lose
 * them.
 *
 * @module
 */
import { optionError } from '../core/basics/errors.ts'
import { checkOptions } from '../core/basics/known-options.ts'
import type { KnownOptions } from '../core/basics/known-options.ts'
import type { Call, Notices, PrincipalIndex, Scanner, SessionStore, StoredRecord, StoreEvent, Sweeper } from '../core/contracts/store.ts'
import { PAGE_SIZE } from './_shared/page.ts'

/** Options of {@link memoryStore}. */
export interface MemoryStoreOptions {
  /**
   * How many records are kept at most, live and expired together. Default 100 000. It limits the number of records, not
   * the bytes: a record takes about 200 to 300 bytes and its body, so the default is about 70 MB with 200 bytes of data
   * each, and about 250 MB with 2 KB.
   *
   * The limit protects the process from a flood of new sessions. At the limit each new session removes another one. Set
   * it well above the number of sessions that are live at the same time, and well below what the heap can hold.
   */
  readonly maxSessions?: number
}

/** What {@link memoryStore} returns: a store with every capability that makes sense in one process. */
export interface MemoryStore extends SessionStore {
  readonly replies: 'certain'
  readonly principals: PrincipalIndex
  readonly sweeper: Sweeper
  readonly scanner: Required<Scanner>
  readonly notices: Notices
  onEvent(listener: (event: StoreEvent) => void): void
}

const OPTIONS: KnownOptions<MemoryStoreOptions> = { maxSessions: true }

/**
 * Keeps records in this process. They are gone when it ends, and other processes do not see them.
 *
 * At `maxSessions` it looks at a few records and removes the expired ones, or else the least recently used one. A live
 * record that is removed is reported as the event `evicted`.
 *
 * @throws ERR_SESSION_OPTIONS when `maxSessions` is not a whole number above zero.
 */
export function memoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  checkOptions('memoryStore', options, OPTIONS)
  const { maxSessions = 100_000 } = options
  if (!Number.isSafeInteger(maxSessions) || maxSessions < 1) {
    throw optionError(`memoryStore: maxSessions must be a whole number above zero, not ${String(maxSessions)}.`)
  }
  return new Memory(maxSessions)
}

/** Whether {@link memoryStore} made this store. Outside development that is worth a warning. */
export function isMemoryStore(store: object): boolean {
  return store instanceof Memory
}

/**
 * How many records an eviction looks at. The least recently used of sixteen is old enough. A strict order would make
 * every read four times as expensive, because it moves a key to the end of its Map.
 */
const SAMPLE = 16

/** How many epochs each raise looks at, to drop expired ones. With two, the expired never outnumber the others. */
const EPOCHS_PER_RAISE = 2
class Memory implements MemoryStore {
  readonly replies = 'certain'
  readonly engine = 'memory'
  readonly #maxSessions: number
  readonly #entries = new Map<string, Entry>()
  readonly #evicting: Walk<string, Entry> = new Walk(this.#entries)
  readonly #sweeping: Walk<string, Entry> = new Walk(this.#entries)
  // A principal's only id is kept without an array, because most principals have one session.
  readonly #ids = new Map<string, string | string[]>()
  readonly #epochs = new Map<string, Epoch>()
  readonly #forgetting: Walk<string, Epoch> = new Walk(this.#epochs)
  readonly #listeners: ((event: StoreEvent) => void)[] = []
  readonly #subscribers = new Set<(id: string) => void>()
  #uses = 0

  constructor(maxSessions: number) {
    this.#maxSessions = maxSessions
  }

  load(id: string, { now }: Call): StoredRecord | undefined {
    const entry = this.#live(id, now)
    return entry && copyOf(id, entry)
  }

  create(record: StoredRecord, { now }: Call): 'created' | 'exists' {
    if (this.#entries.has(record.id)) return 'exists'
    if (this.#entries.size >= this.#maxSessions) this.#makeRoom(now)
    const entry = new Entry(record)
    entry.used = this.#use()
    this.#entries.set(record.id, entry)
    this.#index(record.id, entry)
    return 'created'
  }

  update(record: StoredRecord, { now }: Call): 'updated' | 'gone' | StoredRecord {
    const entry = this.#live(record.id, now)
    if (!entry) return 'gone'
    if (entry.version !== record.version - 1) return copyOf(record.id, entry)
    const signsIn = entry.principal !== record.principal
    if (signsIn) this.#unindex(record.id, entry)
    entry.take(record)
    if (signsIn) this.#index(record.id, entry)
    return 'updated'
  }

  touch(id: string, expiresAt: number, { now }: Call): boolean {
    const entry = this.#live(id, now)
    if (!entry) return false
    entry.expiresAt = Math.max(entry.expiresAt, Math.min(expiresAt, entry.retainUntil))
    return true
  }

  delete(id: string, _call: Call): boolean {
    const entry = this.#entries.get(id)
    if (entry) this.#drop(id, entry)
    return entry !== undefined
  }

  async close(): Promise<void> {
    this.#entries.clear()
    this.#ids.clear()
    this.#epochs.clear()
    this.#subscribers.clear()
  }

  onEvent(listener: (event: StoreEvent) => void): void {
    this.#listeners.push(listener)
  }

  readonly principals: PrincipalIndex = {
    // From the last to the first: a deletion moves the last id into the gap, which is then never one to come.
    list: async (principal, cursor, { now }) => {
      if (cursor !== undefined) await new Promise((resolve) => setImmediate(resolve))
      const ids = this.#idsOf(principal)
      const end = Math.min(Number(cursor ?? Infinity), ids.length)
      const start = Math.max(0, end - PAGE_SIZE)
      const records: StoredRecord[] = []
      for (const id of ids.slice(start, end)) {
        const entry = this.#entries.get(id)!
        if (entry.expiresAt > now) records.push(copyOf(id, entry))
      }
      return start > 0 ? { records, next: String(start) } : { records }
    },

    deleteMany: async (principal, ids) => {
      const deleted: string[] = []
      for (const id of ids) {
        const entry = this.#entries.get(id)
        if (entry?.principal !== principal) continue
        this.#drop(id, entry)
        deleted.push(id)
      }
      return deleted
    },

    epoch: async (principal, { now }) => {
      const epoch = this.#epochs.get(principal)
      return epoch && epoch.keepUntil > now ? epoch.value : undefined
    },

    raise: async (principal, value, keepUntil, { now }) => {
      // An earlier raise may have promised to keep its epoch longer. If it were dropped too early, the sign-ins that
      // began before it would not notice the revocation.
      const kept = this.#epochs.get(principal)?.keepUntil ?? keepUntil
      this.#epochs.set(principal, { value, keepUntil: Math.max(kept, keepUntil) })
      for (let seen = 0; seen < EPOCHS_PER_RAISE; seen++) {
        const next = this.#forgetting.next()
        if (next && next[1].keepUntil <= now) this.#epochs.delete(next[0])
      }
    },
  }

  readonly sweeper: Sweeper = {
    sweep: async (limit, { now }) => {
      const expired: string[] = []
      for (let seen = 0; seen < limit; seen++) {
        const next = this.#sweeping.next()
        if (!next) return { expired, done: true }
        const [id, entry] = next
        if (entry.expiresAt > now) continue
        this.#drop(id, entry)
        expired.push(id)
      }
      return { expired, done: false }
    },
  }

  readonly scanner: Required<Scanner> = {
    // Everything is in one page, as in `list`.
    scan: async (_cursor, _limit, { now }) => {
      const records: StoredRecord[] = []
      for (const [id, entry] of this.#entries) if (entry.expiresAt > now) records.push(copyOf(id, entry))
      return { records }
    },

    count: async ({ now }) => {
      let live = 0
      for (const { expiresAt } of this.#entries.values()) if (expiresAt > now) live++
      return live
    },
  }

  readonly notices: Notices = {
    publish: async (id) => {
      for (const listener of this.#subscribers) listener(id)
    },

    subscribe: async (listener) => {
      this.#subscribers.add(listener)
      return async () => void this.#subscribers.delete(listener)
    },
  }

  #live(id: string, now: number): Entry | undefined {
    const entry = this.#entries.get(id)
    if (!entry || entry.expiresAt <= now) return undefined
    entry.used = this.#use()
    return entry
  }

  // The count wraps at 32 bits, so it stays a small integer in V8; a double would cost each record a heap object.
  #use(): number {
    return (this.#uses = (this.#uses + 1) | 0)
  }

  #makeRoom(now: number): void {
    let oldest: [string, Entry] | undefined
    let foundExpired = false
    for (let seen = 0; seen < SAMPLE; seen++) {
      const next = this.#evicting.next()
      if (!next) continue
      if (next[1].expiresAt <= now) {
        this.#drop(...next)
        foundExpired = true
      } else if (!oldest || this.#age(next[1]) > this.#age(oldest[1])) oldest = next
    }
    if (foundExpired || !oldest) return
    this.#drop(...oldest)
    for (const listener of this.#listeners) listener({ type: 'evicted', id: oldest[0] })
  }

  #age(entry: Entry): number {
    return (this.#uses - entry.used) >>> 0
  }

  #drop(id: string, entry: Entry): void {
    this.#entries.delete(id)
    this.#unindex(id, entry)
  }

  #idsOf(principal: string): readonly string[] {
    const ids = this.#ids.get(principal) ?? []
    return typeof ids === 'string' ? [ids] : ids
  }

  #index(id: string, entry: Entry): void {
    const { principal } = entry
    if (principal === null) return
    const ids = this.#ids.get(principal)
    if (typeof ids === 'object') entry.place = ids.push(id) - 1
    else {
      this.#ids.set(principal, ids === undefined ? id : [ids, id])
      entry.place = ids === undefined ? 0 : 1
    }
  }

  #unindex(id: string, { principal, place }: Entry): void {
    if (principal === null) return
    const ids = this.#ids.get(principal)!
    if (typeof ids === 'string' || ids.length === 1) return void this.#ids.delete(principal)
    const last = ids.pop()!
    if (last === id) return
    ids[place] = last
    this.#entries.get(last)!.place = place
  }
}

/** One record as it is kept. It is a class so that all have one shape; it has no id because the Map has it already. */
class Entry {
  version = 0
  expiresAt = 0
  retainUntil = 0
  principal: string | null = null
  body = ''
  used = 0
  /** Where its id is among those of its principal. */
  place = 0

  constructor(record: StoredRecord) {
    this.take(record)
  }

  take(record: StoredRecord): void {
    this.version = record.version
    this.expiresAt = record.expiresAt
    this.retainUntil = record.retainUntil
    this.principal = record.principal
    this.body = record.body
  }
}

interface Epoch {
  readonly value: string
  readonly keepUntil: number
}

/**
 * Walks round a Map, one entry at a time, and keeps its iterator: a new iterator would first have to step over all that
 * was deleted at the front, which takes 67 microseconds instead of 1.
 */
class Walk<K, V> {
  readonly #map: Map<K, V>
  // It is kept for one round only: V8 keeps a table that the Map has outgrown as long as an iterator still points into
  // it.
  #iterator: Iterator<[K, V], undefined> | undefined

  constructor(map: Map<K, V>) {
    this.#map = map
  }

  /** Returns the next entry, and `undefined` once at the end of each round. */
  next(): [K, V] | undefined {
    this.#iterator ??= this.#map.entries()
    const step = this.#iterator.next()
    if (step.done) this.#iterator = undefined
    return step.value
  }
}

function copyOf(id: string, { version, expiresAt, retainUntil, principal, body }: Entry): StoredRecord {
  return { id, version, expiresAt, retainUntil, principal, body }
}
