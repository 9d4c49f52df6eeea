import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Call, PrincipalIndex, Scanner, SessionStore, StoredRecord, StoreEvent, Sweeper } from '../../core/contracts/store.ts'
import { reasonOfSystem } from '../../core/storage/engine-errors.ts'
import { orRefused } from '../../core/storage/engine-refusal.ts'
import { makeFolder, namesIn, unless } from './disk.ts'
import { digestOf, nameOf } from './names.ts'
import { Records } from './records.ts'
import { Walks } from './walks.ts'

/** A temporary file that is older than this was left by a process that ended. Milliseconds. */
const LEFTOVER_AGE = 60 * 60_000

/** The store contract, built on records in folders. */
export class FileSessionStore implements SessionStore {
  readonly engine = 'file'
  readonly #folder: string
  readonly #temporary: string
  readonly #sessions: Records
  readonly #epochs: Records
  readonly #walks = new Walks()
  readonly #listeners: ((event: StoreEvent) => void)[] = []
  #ready: Promise<void> | undefined
  #sweptTo = ''

  constructor(folder: string, sync: boolean) {
    this.#folder = folder
    this.#temporary = join(folder, 'temporary')
    const reportUnreadable = (id?: string): void => {
      for (const listener of this.#listeners) listener({ type: 'unreadable', ...(id !== undefined && { id }) })
    }
    this.#sessions = new Records(join(folder, 'sessions'), this.#temporary, sync, reportUnreadable)
    this.#epochs = new Records(join(folder, 'epochs'), this.#temporary, sync, reportUnreadable)
  }

  async load(id: string, call: Call): Promise<StoredRecord | undefined> {
    const record = await this.#sessions.read(id, call)
    return record && record.expiresAt > call.now ? record : undefined
  }

  async create(record: StoredRecord, _call: Call): Promise<'created' | 'exists'> {
    await orRefused(async () => {
      await this.#setUp()
      if (record.principal !== null) await this.#enter(record.principal, record.id)
    }, reasonOfSystem)
    return (await this.#sessions.create(record)) ? 'created' : 'exists'
  }

  async update(record: StoredRecord, call: Call): Promise<'updated' | 'gone' | StoredRecord> {
    const { id, principal } = record
    // The index comes first: an entry without a record does no harm, a record without an entry is missed by
    // revocations.
    const outcome = await this.#sessions.replace(record, call, async () => {
      if (principal !== null) await this.#enter(principal, id)
    })
    return outcome === true ? 'updated' : (outcome ?? 'gone')
  }

  touch(id: string, expiresAt: number, call: Call): Promise<boolean> {
    return this.#sessions.touch(id, expiresAt, call)
  }

  async delete(id: string, _call: Call): Promise<boolean> {
    await this.#setUp()
    const taken = await this.#sessions.remove(id)
    if (taken?.record) await this.#leave(taken.record)
    return taken !== undefined
  }

  async close(): Promise<void> {}

  onEvent(listener: (event: StoreEvent) => void): void {
    this.#listeners.push(listener)
  }

  readonly principals: PrincipalIndex = {
    list: async (principal, cursor, call) => {
      const { names, next } = await this.#walks.page(cursor, () => namesIn(this.#entriesOf(principal)))
      const found = await Promise.all(names.map((name) => this.#ofPrincipal(principal, name, call)))
      const records = found.filter((record) => record !== undefined)
      return next === undefined ? { records } : { records, next }
    },

    deleteMany: async (principal, ids, call) => {
      const isDeleted = await Promise.all(
        ids.map(async (id) => {
          const record = await this.#sessions.read(id, call)
          // A record's principal is set once, so it is still this one when it is deleted.
          return record?.principal === principal && this.delete(id, call)
        }),
      )
      return ids.filter((_, i) => isDeleted[i])
    },

    epoch: async (principal, call) => {
      const record = await this.#epochs.read(epochId(principal), call)
      return record && record.expiresAt > call.now ? record.body : undefined
    },

    raise: async (principal, value, keepUntil, call) => {
      await this.#setUp()
      const id = epochId(principal)
      for (;;) {
        const before = await this.#epochs.read(id, call)
        // An earlier raise may have promised to keep its epoch longer.
        const until = Math.max(keepUntil, before?.expiresAt ?? keepUntil)
        const record = { id, version: (before?.version ?? 0) + 1, expiresAt: until, retainUntil: until, principal, body: value }
        // With `now: 0` an expired epoch is replaced too: an epoch is no session, so nothing can be revived.
        const done = before ? await this.#epochs.replace(record, { now: 0, signal: call.signal }) : await this.#epochs.create(record)
        if (done === true) return
        call.signal.throwIfAborted()
      }
    },
  }

  readonly sweeper: Sweeper = {
    sweep: async (limit, { now }) => {
      await this.#setUp()
      const names = await this.#sessions.names(this.#sweptTo, limit)
      const expired: string[] = []
      for (const name of names) {
        const record = await this.#sessions.removeExpired(name, now)
        if (!record) continue
        await this.#leave(record)
        expired.push(record.id)
      }
      const done = names.length < limit
      this.#sweptTo = done ? '' : names.at(-1)!
      if (done) await this.#sweepRest(now)
      return { expired, done }
    },
  }

  readonly scanner: Scanner = {
    scan: async (cursor, limit, call) => {
      const names = await this.#sessions.names(cursor ?? '', limit)
      const found = await Promise.all(names.map((name) => this.#sessions.byName(name, call)))
      const records = found.filter((record) => record !== undefined).filter(({ expiresAt }) => expiresAt > call.now)
      return names.length < limit ? { records } : { records, next: names.at(-1)! }
    },
  }

  /** Removes expired epochs, and what processes have left that ended in the middle of a write. */
  async #sweepRest(now: number): Promise<void> {
    for (const name of await this.#epochs.names('', Number.MAX_SAFE_INTEGER)) await this.#epochs.removeExpired(name, now)
    for (const name of (await namesIn(this.#temporary)) ?? []) {
      const path = join(this.#temporary, name)
      const found = await unless(['ENOENT'], () => stat(path))
      if (found && Date.now() - found.mtimeMs > LEFTOVER_AGE) await rm(path, { recursive: true, force: true })
    }
  }

  /** Makes the folders once. After a failure it tries again, because the cause may be gone. */
  async #setUp(): Promise<void> {
    this.#ready ??= makeFolder(this.#temporary)
    try {
      await this.#ready
    } catch (error) {
      this.#ready = undefined
      throw error
    }
  }

  #entriesOf(principal: string): string {
    const name = digestOf(principal)
    return join(this.#folder, 'principals', name.slice(0, 2), name)
  }

  async #enter(principal: string, id: string): Promise<void> {
    const entry = join(this.#entriesOf(principal), nameOf(id))
    const write = (): Promise<void> => writeFile(entry, '', { mode: 0o600 })
    if (await unless(['ENOENT'], () => write().then(() => true))) return
    await mkdir(this.#entriesOf(principal), { recursive: true, mode: 0o700 })
    await write()
  }

  async #leave({ id, principal }: StoredRecord): Promise<void> {
    if (principal !== null) await rm(join(this.#entriesOf(principal), nameOf(id)), { force: true })
  }

  /** An entry without a record belongs to a record that is being created, or was left by a process that ended. */
  async #ofPrincipal(principal: string, name: string, call: Call): Promise<StoredRecord | undefined> {
    const record = await this.#sessions.byName(name, call)
    if (record) return record.principal === principal && record.expiresAt > call.now ? record : undefined
    const entry = join(this.#entriesOf(principal), name)
    const found = await unless(['ENOENT'], () => stat(entry))
    if (found && Date.now() - found.mtimeMs > LEFTOVER_AGE) await rm(entry, { force: true })
    return undefined
  }
}

/** The id of an epoch's record. No session has it. */
function epochId(principal: string): string {
  return `epoch of ${digestOf(principal)}`
}
