import { readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Call, StoredRecord } from '../../core/contracts/store.ts'
import { reasonOfSystem } from '../../core/storage/engine-errors.ts'
import { orRefused } from '../../core/storage/engine-refusal.ts'
import { makeFolder, namesIn, renamed, syncAround, unless, writeNew } from './disk.ts'
import { nameOf, randomName, stateOf, nameOfState } from './names.ts'
import type { RecordState } from './names.ts'

/** The first letter of the inner folder of a record that is being swept. */
const DYING = 'x'

/**
 * A folder that nobody has changed for so long shows all of its names. It is much longer than the steps in which a file
 * system counts time. Milliseconds.
 */
const SETTLED = 50

/**
 * Records in folders: `<shard>/<id>/<state>/<nonce>`. The name of the inner folder is the state, the file in it is the
 * content. A write puts the new content beside the old one and renames the folder to the new state; of several writers
 * only one can do that. A delete moves the outer folder away, with all unfinished writes in it.
 */
export class Records {
  readonly #root: string
  readonly #temporary: string
  readonly #sync: boolean
  readonly #reportUnreadable: (id?: string) => void

  constructor(root: string, temporary: string, sync: boolean, reportUnreadable: (id?: string) => void) {
    this.#root = root
    this.#temporary = temporary
    this.#sync = sync
    this.#reportUnreadable = reportUnreadable
  }

  /** Reads a record, live or expired. */
  read(id: string, call: Call): Promise<StoredRecord | undefined> {
    return this.#readIn(this.#folderOf(nameOf(id)), call, (record) => record.id === id, id)
  }

  /** Reads the record with this file name. `undefined` if there is none, or it is unreadable. */
  byName(name: string, call: Call): Promise<StoredRecord | undefined> {
    return this.#readIn(this.#folderOf(name), call, (record) => nameOf(record.id) === name)
  }

  /** It looks until it knows: a record that is being written is there (counterexample `list-beside-writer`). */
  async #readIn(folder: string, call: Call, isIt: (record: StoredRecord) => boolean, id?: string): Promise<StoredRecord | undefined> {
    for (;;) {
      const state = await this.#stateIn(folder, call, id)
      if (!state) return undefined
      const record = await this.#contentIn(folder, state)
      if (record && isIt(record)) return record
      // It was replaced between the two looks, or it is torn.
      const again = await this.#stateIn(folder, call, id)
      if (again && nameOfState(again) === nameOfState(state)) {
        this.#reportUnreadable(id)
        return undefined
      }
      call.signal.throwIfAborted()
    }
  }

  async create(record: StoredRecord): Promise<boolean> {
    const folder = this.#folderOf(nameOf(record.id))
    const isPlaced = await orRefused(() => this.#placeNew(record, folder), reasonOfSystem)
    if (isPlaced && this.#sync) await syncAround(folder)
    return isPlaced
  }

  async #placeNew(record: StoredRecord, folder: string): Promise<boolean> {
    const state: RecordState = { ...record, nonce: randomName() }
    const made = join(this.#temporary, randomName())
    const inner = join(made, nameOfState(state))
    try {
      await makeFolder(inner)
      await writeNew(join(inner, state.nonce), contentOf(record), this.#sync)
      const isPlaced = await unless(['ENOTEMPTY', 'EEXIST', 'ENOTDIR'], () => this.#place(made, folder))
      if (isPlaced) return true
    } catch (error) {
      // If this fails too, the sweep removes it.
      await rm(made, { recursive: true, force: true }).catch(() => undefined)
      throw error
    }
    await rm(made, { recursive: true, force: true })
    return false
  }

  async #place(made: string, folder: string): Promise<true> {
    if (!(await renamed(made, folder))) {
      await makeFolder(dirname(folder))
      await rename(made, folder)
    }
    return true
  }

  /**
   * Writes if the stored record is live and has the version before. Otherwise it returns the newest record, or
   * `undefined` if there is no live one.
   *
   * @param prepare runs before the new record can be read
   */
  async replace(record: StoredRecord, call: Call, prepare?: () => Promise<void>): Promise<true | StoredRecord | undefined> {
    const outcome = await orRefused(() => this.#replaceContent(record, call, prepare), reasonOfSystem)
    if (!outcome || 'id' in outcome) return outcome
    const { folder, lost } = outcome
    if (this.#sync) await syncAround(folder)
    // The record is written, whatever becomes of these: the next writer removes what is left.
    await Promise.all(lost.map((name) => rm(join(folder, name), { force: true }).catch(() => undefined)))
    return true
  }

  async #replaceContent(record: StoredRecord, call: Call, prepare?: () => Promise<void>): Promise<Replaced | StoredRecord | undefined> {
    const folder = this.#folderOf(nameOf(record.id))
    for (;;) {
      const state = await this.#stateIn(folder, call, record.id)
      if (!state || state.expiresAt <= call.now) return undefined
      if (state.version !== record.version - 1) {
        const newest = await this.read(record.id, call)
        return newest && newest.expiresAt > call.now ? newest : undefined
      }
      await prepare?.()
      const next: RecordState = { ...record, nonce: randomName() }
      const [from, to] = [join(folder, nameOfState(state)), join(folder, nameOfState(next))]
      const written = await unless(['ENOENT'], () => writeNew(join(from, next.nonce), contentOf(record), this.#sync).then(() => true))
      // All other files in this folder have lost once it is renamed, other writers' contents too. They are listed
      // before the rename, because a file seen later may belong to the next writer.
      const lost = written ? ((await namesIn(from)) ?? []).filter((name) => name !== next.nonce) : []
      if (written && (await renamed(from, to))) return { folder: to, lost }
      // The record was touched, replaced or taken away meanwhile: look again. The file just written stays in the
      // renamed folder, and the next writer removes it.
      call.signal.throwIfAborted()
    }
  }

  async touch(id: string, expiresAt: number, call: Call): Promise<boolean> {
    const folder = this.#folderOf(nameOf(id))
    for (;;) {
      const state = await this.#stateIn(folder, call, id)
      if (!state || state.expiresAt <= call.now) return false
      const later = Math.max(state.expiresAt, Math.min(expiresAt, state.retainUntil))
      if (later === state.expiresAt) return true
      if (await renamed(join(folder, nameOfState(state)), join(folder, nameOfState({ ...state, expiresAt: later })))) return true
      call.signal.throwIfAborted()
    }
  }

  /** Removes a record. Returns the record if it can be read, and `undefined` if there was none. */
  async remove(id: string): Promise<{ record: StoredRecord | undefined } | undefined> {
    return this.#take(nameOf(id))
  }

  /** Removes a record that has expired, unless it is touched at the same moment. */
  async removeExpired(name: string, now: number): Promise<StoredRecord | undefined> {
    const folder = this.#folderOf(name)
    const inner = (await namesIn(folder))?.find((each) => stateOf(each) || each.startsWith(DYING))
    if (!inner) return undefined
    const state = stateOf(inner)
    if (state && state.expiresAt > now) return undefined
    if (state && !(await renamed(join(folder, inner), join(folder, `${DYING}${inner}`)))) return undefined
    return (await this.#take(name))?.record
  }

  /** Returns at most `limit` names of records that come after the name `after`, in order. */
  async names(after: string, limit: number): Promise<string[]> {
    const found: string[] = []
    const shards = ((await namesIn(this.#root)) ?? []).filter((shard) => /^[0-9a-f]{2}$/.test(shard) && shard >= after.slice(0, 2))
    for (const shard of shards.toSorted()) {
      const names = ((await namesIn(join(this.#root, shard))) ?? []).filter((name) => name > after && name.startsWith(shard))
      found.push(...names.toSorted().slice(0, limit - found.length))
      if (found.length >= limit) break
    }
    return found
  }

  async #take(name: string): Promise<{ record: StoredRecord | undefined } | undefined> {
    const folder = this.#folderOf(name)
    const taken = join(this.#temporary, randomName())
    if (!(await renamed(folder, taken))) return undefined
    if (this.#sync) await syncAround(folder)
    const inner = (await namesIn(taken))?.find((each) => stateOf(each.replace(DYING, '')))
    const state = inner && stateOf(inner.replace(DYING, ''))
    const record = state ? await readContent(join(taken, inner, state.nonce), state) : undefined
    await rm(taken, { recursive: true, force: true })
    return { record }
  }

  #folderOf(name: string): string {
    return join(this.#root, name.slice(0, 2), name)
  }

  async #stateIn(folder: string, call: Call, id?: string): Promise<RecordState | undefined> {
    for (;;) {
      const begun = Date.now()
      const names = await namesIn(folder)
      if (!names) return undefined
      const states = names.map(stateOf).filter((state) => state !== undefined)
      if (states.length > 0) return states.reduce((newest, state) => (state.version > newest.version ? state : newest))
      if (names.some((name) => name.startsWith(DYING))) return undefined
      // A folder that is read during a rename may show neither the old nor the new name.
      const changed = await unless(['ENOENT'], () => stat(folder))
      if (!changed) return undefined
      if (changed.mtimeMs < begun - SETTLED) break
      call.signal.throwIfAborted()
    }
    this.#reportUnreadable(id)
    return undefined
  }

  #contentIn(folder: string, state: RecordState): Promise<StoredRecord | undefined> {
    return readContent(join(folder, nameOfState(state), state.nonce), state)
  }
}

/** A record was written. `lost`: what of it is in the way in its folder. */
interface Replaced {
  readonly folder: string
  readonly lost: readonly string[]
}

function contentOf({ id, principal, body }: StoredRecord): string {
  return JSON.stringify({ id, principal, body })
}

/** Returns `undefined` for a file that is missing, torn or foreign. */
async function readContent(path: string, { version, expiresAt, retainUntil }: RecordState): Promise<StoredRecord | undefined> {
  const text = await unless(['ENOENT', 'ENOTDIR', 'EISDIR'], () => readFile(path, 'utf8'))
  if (text === undefined) return undefined
  try {
    const { id, principal, body } = JSON.parse(text) as Partial<StoredRecord>
    if (typeof id !== 'string' || typeof body !== 'string' || (typeof principal !== 'string' && principal !== null)) return undefined
    return { id, version, expiresAt, retainUntil, principal, body }
  } catch {
    return undefined
  }
}
