/**
 * Moving sessions from one store to another while both are in use.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { systemClock } from '../core/basics/time.ts'
import type { Clock } from '../core/basics/time.ts'
import { SojournError } from '../core/basics/errors.ts'
import { Events } from '../core/basics/events.ts'
import { StoreCalls } from '../core/storage/store-calls.ts'
import type { Scanner, SessionStore, StoredRecord } from '../core/contracts/store.ts'

/** How far {@link copySessions} has come. */
export interface CopyProgress {
  /** Sessions that now live in the new store, and no longer in the old one. */
  readonly moved: number
  /** Sessions that ended while they were being moved: they live in neither. */
  readonly ended: number
  /** Sessions that an interrupted run had begun to move and that had to end: whether they were still alive could not be known. */
  readonly inDoubt: number
  /** Where to go on: pass it as `cursor` if this run is interrupted. `undefined` at the end. */
  readonly cursor: string | undefined
}

/** Options of {@link copySessions}. */
export interface CopyOptions {
  /** Where an interrupted run had come to. Left out: from the beginning, which is as safe and takes longer. */
  readonly cursor?: string
  /** Called after each page of a hundred. */
  readonly onProgress?: (progress: CopyProgress) => void
  /** Stops between two pages; the promise rejects with its reason. */
  readonly signal?: AbortSignal
  /** Where the time comes from; for tests. */
  readonly clock?: Clock
}

const PAGE = 100
/** How many sessions are moved at once, and so are in doubt if the process ends. */
const AT_ONCE = 20
const TIMEOUT = 10_000
/** Where the new store keeps the ids that are being moved. It has the form of a session id, and no token leads to it. */
const JOURNAL: string = createHash('sha256').update('sojourn/copy').digest('base64url').slice(0, 22)
const JOURNAL_KEPT = 30 * 24 * 60 * 60_000

/**
 * Moves all live sessions to another store, while processes that use the old one and processes that use the new one go on. Each session moves in
 * two steps, create and then end with a compare-and-set, so that it never ends up in both, and one that is logged out meanwhile, on either
 * side, stays dead. Clients keep their tokens.
 *
 * Start the processes that use the new store first, then this, then stop the old ones; run it again when they have stopped, for what they made
 * meanwhile. Until then a process sees only the sessions of its own store, and `revokeAll` reaches only those: call it on both sides. A request of an old
 * process that is changing a session in the moment it moves loses that change, as if the session had ended.
 *
 * Run one at a time. An interrupted run can be started again; the few sessions it was at end if they cannot be told from ended ones.
 *
 * @throws ERR_SESSION_STORE, ERR_SESSION_STORE_TIMEOUT when a store fails: what is moved is moved, the rest is where it was.
 * @example
 * ```ts from: examples/reference/stores.ts#copy
 * await copySessions(sqliteStore('sessions.db'), redisStore(client), { onProgress: ({ moved }) => console.log(moved) })
 * ```
 */
export async function copySessions(
  from: SessionStore & { readonly scanner: Scanner },
  to: SessionStore,
  options: CopyOptions = {},
): Promise<CopyProgress> {
  if ((from as SessionStore) === to) throw new SojournError('ERR_SESSION_OPTIONS', 'copySessions: both stores are the same one.')
  const clock = options.clock ?? systemClock
  const move = new Move(callsOf(from, clock), callsOf(to, clock), clock)
  let inDoubt = await move.recover()
  let [moved, ended] = [0, 0]
  let { cursor } = options
  do {
    options.signal?.throwIfAborted()
    const page = await move.from.scan(cursor, PAGE)
    for (let at = 0; at < page.records.length; at += AT_ONCE) {
      const outcomes = await move.together(page.records.slice(at, at + AT_ONCE))
      moved += outcomes.filter((outcome) => outcome === 'moved').length
      ended += outcomes.filter((outcome) => outcome === 'ended').length
    }
    cursor = page.next
    options.onProgress?.({ moved, ended, inDoubt, cursor })
  } while (cursor !== undefined)
  await move.finish()
  return { moved, ended, inDoubt, cursor }
}

function callsOf(store: SessionStore, clock: Clock): StoreCalls {
  return new StoreCalls(store, TIMEOUT, clock, new Events())
}

type MoveOutcome = 'moved' | 'ended'

class Move {
  readonly from: StoreCalls
  readonly #to: StoreCalls
  readonly #clock: Clock
  #journal: StoredRecord | undefined

  constructor(from: StoreCalls, to: StoreCalls, clock: Clock) {
    this.from = from
    this.#to = to
    this.#clock = clock
  }

  /**
   * An interrupted run may have created a record that was then logged out: it looks like one that was not created yet. Creating it again could
   * bring the dead back, so it ends.
   */
  async recover(): Promise<number> {
    this.#journal = await this.#to.load(JOURNAL)
    const ids = this.#journal ? (JSON.parse(this.#journal.body) as string[]) : []
    let inDoubt = 0
    for (const id of ids) {
      if ((await this.#to.load(id)) || !(await this.from.load(id))) continue
      if (await this.from.delete(id)) inDoubt++
    }
    return inDoubt
  }

  async together(records: readonly StoredRecord[]): Promise<MoveOutcome[]> {
    const sessions = records.filter(({ id }) => id !== JOURNAL)
    await this.#note(sessions.map(({ id }) => id))
    const settled = await Promise.allSettled(sessions.map((record) => this.#one(record)))
    // Only when all have come to rest: the journal speaks of all of them.
    return settled.map((result) => {
      if (result.status === 'rejected') throw result.reason
      return result.value
    })
  }

  async finish(): Promise<void> {
    await this.#to.delete(JOURNAL)
  }

  async #note(ids: readonly string[]): Promise<void> {
    const now = this.#clock.now()
    const last = this.#journal
    const journal: StoredRecord = {
      id: JOURNAL,
      version: (last?.version ?? 0) + 1,
      expiresAt: now + JOURNAL_KEPT,
      retainUntil: now + JOURNAL_KEPT,
      principal: null,
      body: JSON.stringify(ids),
    }
    const outcome = last ? await this.#to.update(journal) : await this.#to.create(journal)
    if (outcome !== 'updated' && outcome !== 'created') {
      throw new SojournError('ERR_SESSION_CONFLICT', 'copySessions: another one is at work on this store. Run one at a time.')
    }
    this.#journal = journal
  }

  async #one(found: StoredRecord): Promise<MoveOutcome> {
    for (let record = found; ;) {
      if (!(await this.#bring(record))) {
        await this.from.delete(record.id)
        return 'ended'
      }
      // Whoever revoked all sessions in the new store meant this one too.
      const revoked = record.principal !== null && (await this.#isRevoked(record.principal))
      const dying = { ...record, version: record.version + 1, expiresAt: this.#clock.now() }
      const outcome = await this.from.update(dying)
      if (typeof outcome === 'object') {
        record = outcome
        continue
      }
      if (outcome === 'updated') await this.from.delete(record.id)
      if (outcome === 'updated' && !revoked) return 'moved'
      await this.#to.delete(record.id)
      return 'ended'
    }
  }

  /** Sees to it that the new store has this version, or a later one of its own; `false` if the session has ended there. */
  async #bring(record: StoredRecord): Promise<boolean> {
    if ((await this.#to.create(record)) === 'created') return true
    // Of an earlier attempt. Step by step, as versions go, so that a write of the new side is never overwritten.
    let there = await this.#to.load(record.id)
    while (there && there.version < record.version) {
      const next: StoredRecord = { ...record, version: there.version + 1 }
      const outcome = await this.#to.update(next)
      if (outcome === 'gone') return false
      there = outcome === 'updated' ? next : outcome
    }
    return there !== undefined
  }

  async #isRevoked(principal: string): Promise<boolean> {
    if (!this.#to.store.principals) return false
    const there = await this.#to.principals('principals.epoch', (index, call) => index.epoch(principal, call))
    if (there === undefined) return false
    if (!this.from.store.principals) return true
    return there !== (await this.from.principals('principals.epoch', (index, call) => index.epoch(principal, call)))
  }
}
