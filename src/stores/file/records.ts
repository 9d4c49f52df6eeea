import { readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Call, StoredRecord } from '../../core/contracts/store.ts'
import { makeFolder, namesIn, renamed, syncAround, unless, writeNew } from './disk.ts'
import { nameOf, randomName, stateOf, nameOfState } from './names.ts'
import type { RecordState } from './names.ts'

/** A folder that is being swept: nobody's any more. */
const DYING = 'x'

const LOOKS = 3

/**
 * Records in folders: `<shard>/<id>/<state>/<nonce>`. The name of the inner folder is the state, the file in it the content. Who writes puts the
 * new content beside the old one and renames the folder to the new state, which only one of several can do; who deletes takes the outer folder
 * away, with all that is under way in it.
 */
export class Records {
  readonly #root: string
  readonly #temporary: string
  readonly #sync: boolean
  readonly #corrupt: (id?: string) => void

  constructor(root: string, temporary: string, sync: boolean, corrupt: (id?: string) => void) {
    this.#root = root
    this.#temporary = temporary
    this.#sync = sync
    this.#corrupt = corrupt
  }

  /** The record, live or not. */
  async read(id: string, call: Call): Promise<StoredRecord | undefined> {
    const folder = this.#folderOf(nameOf(id))
    for (;;) {
      const state = await this.#stateIn(folder, id)
      if (!state) return undefined
      const record = await this.#contentIn(folder, state)
      if (record?.id === id) return record
      // Replaced between the two looks, or torn.
      const again = await this.#stateIn(folder, id)
      if (again && nameOfState(again) === nameOfState(state)) {
        this.#corrupt(id)
        return undefined
      }
      call.signal.throwIfAborted()
    }
  }

  async create(record: StoredRecord): Promise<boolean> {
    const folder = this.#folderOf(nameOf(record.id))
    const state: RecordState = { ...record, nonce: randomName() }
    const made = join(this.#temporary, randomName())
    const inner = join(made, nameOfState(state))
    await makeFolder(inner)
    try {
      await writeNew(join(inner, state.nonce), contentOf(record), this.#sync)
      const done = await unless(['ENOTEMPTY', 'EEXIST', 'ENOTDIR'], () => this.#place(made, folder))
      if (done) return true
      await rm(made, { recursive: true, force: true })
      return false
    } catch (error) {
      await rm(made, { recursive: true, force: true })
      throw error
    }
  }

  async #place(made: string, folder: string): Promise<true> {
    if (!(await renamed(made, folder))) {
      await makeFolder(dirname(folder))
      await rename(made, folder)
    }
    if (this.#sync) await syncAround(folder)
    return true
  }

  /**
   * Writes if the stored one is live and of the version before; otherwise the newest record, or `undefined` if there is none.
   *
   * @param prepare what must be done before the new one can be seen
   */
  async replace(record: StoredRecord, call: Call, prepare?: () => Promise<void>): Promise<true | StoredRecord | undefined> {
    const folder = this.#folderOf(nameOf(record.id))
    for (;;) {
      const state = await this.#stateIn(folder, record.id)
      if (!state || state.expiresAt <= call.now) return undefined
      if (state.version !== record.version - 1) {
        const newest = await this.read(record.id, call)
        return newest && newest.expiresAt > call.now ? newest : undefined
      }
      await prepare?.()
      const next: RecordState = { ...record, nonce: randomName() }
      const [from, to] = [join(folder, nameOfState(state)), join(folder, nameOfState(next))]
      const written = await unless(['ENOENT'], () => writeNew(join(from, next.nonce), contentOf(record), this.#sync).then(() => true))
      // Whatever lies in this state, the others' new contents too, has lost once it is renamed. Looked at later it might be the next writer's.
      const lost = written ? ((await namesIn(from)) ?? []).filter((name) => name !== next.nonce) : []
      if (written && (await renamed(from, to))) {
        if (this.#sync) await syncAround(to)
        await Promise.all(lost.map((name) => rm(join(to, name), { force: true })))
        return true
      }
      // Touched, replaced or taken away meanwhile: look again. What was written went with the folder, and the next writer removes it.
      call.signal.throwIfAborted()
    }
  }

  async touch(id: string, expiresAt: number, call: Call): Promise<boolean> {
    const folder = this.#folderOf(nameOf(id))
    for (;;) {
      const state = await this.#stateIn(folder, id)
      if (!state || state.expiresAt <= call.now) return false
      const later = Math.max(state.expiresAt, Math.min(expiresAt, state.retainUntil))
      if (later === state.expiresAt) return true
      if (await renamed(join(folder, nameOfState(state)), join(folder, nameOfState({ ...state, expiresAt: later })))) return true
      call.signal.throwIfAborted()
    }
  }

  /** Takes a record away; what it was, if that can be read. */
  async remove(id: string): Promise<{ record: StoredRecord | undefined } | undefined> {
    return this.#take(nameOf(id))
  }

  /** Takes away what has expired, unless it is touched in the same moment. */
  async removeExpired(name: string, now: number): Promise<StoredRecord | undefined> {
    const folder = this.#folderOf(name)
    const inner = (await namesIn(folder))?.find((each) => stateOf(each) || each.startsWith(DYING))
    if (!inner) return undefined
    const state = stateOf(inner)
    if (state && state.expiresAt > now) return undefined
    if (state && !(await renamed(join(folder, inner), join(folder, `${DYING}${inner}`)))) return undefined
    return (await this.#take(name))?.record
  }

  /** The names of the records after `name`, at most `limit`, in order. */
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

  /** The record of a name, if it is one of ours. */
  async byName(name: string): Promise<StoredRecord | undefined> {
    const folder = this.#folderOf(name)
    // Again, for it may be replaced between the two steps.
    for (let looks = 0; looks < LOOKS; looks++) {
      const state = await this.#stateIn(folder)
      const record = state && (await this.#contentIn(folder, state))
      if (record && nameOf(record.id) === name) return record
    }
    if (await namesIn(folder)) this.#corrupt()
    return undefined
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

  async #stateIn(folder: string, id?: string): Promise<RecordState | undefined> {
    // Reading a folder beside a rename in it may show neither name.
    for (let looks = 0; looks < LOOKS; looks++) {
      const names = await namesIn(folder)
      if (!names) return undefined
      const states = names.map(stateOf).filter((state) => state !== undefined)
      if (states.length > 0) return states.reduce((newest, state) => (state.version > newest.version ? state : newest))
      if (names.some((name) => name.startsWith(DYING))) return undefined
    }
    if (id !== undefined) this.#corrupt(id)
    return undefined
  }

  #contentIn(folder: string, state: RecordState): Promise<StoredRecord | undefined> {
    return readContent(join(folder, nameOfState(state), state.nonce), state)
  }
}

function contentOf({ id, principal, body }: StoredRecord): string {
  return JSON.stringify({ id, principal, body })
}

/** `undefined` for a file that is missing, torn or foreign. */
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
