/**
 * Moving sessions from one store to another while both are in use.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { systemClock } from '../core/basics/time.ts'
import type { Clock } from '../core/basics/time.ts'
import { SojournError, optionError } from '../core/basics/errors.ts'
import { checkOptions } from '../core/basics/known-options.ts'
import type { KnownOptions } from '../core/basics/known-options.ts'
import { Events } from '../core/basics/events.ts'
import { randomText } from '../core/crypto/random.ts'
import { StoreCalls } from '../core/storage/store-calls.ts'
import type { Scanner, SessionStore, StoredRecord } from '../core/contracts/store.ts'

/** How far {@link copySessions} has come. */
export interface CopyProgress {
  /** Sessions that now live in the new store, and no longer in the old one. */
  readonly moved: number
  /** Sessions that ended while they were being moved. They live in neither store. */
  readonly ended: number
  /**
   * Sessions that an interrupted run had begun to move and that were ended: it cannot be known whether they were still
   * alive.
   */
  readonly inDoubt: number
  /** Where to continue: pass it as `cursor` if this run is interrupted. `undefined` at the end. */
  readonly cursor: string | undefined
}

/** Options of {@link copySessions}. */
export interface CopyOptions {
  /**
   * How far an interrupted run had come. Without it the run starts at the beginning, which is as safe and takes longer.
   */
  readonly cursor?: string
  /** Called after each page of a hundred. */
  readonly onProgress?: (progress: CopyProgress) => void
  /** Stops between two pages; the promise rejects with its reason. */
  readonly signal?: AbortSignal
  /** Where the time comes from. For tests. */
  readonly clock?: Clock
}

const OPTIONS: KnownOptions<CopyOptions> = { cursor: true, onProgress: true, signal: true, clock: true }

const SCAN_LIMIT = 100
/** How many sessions are moved at once. That many are in doubt if the process ends. */
const AT_ONCE = 20
const CALL_TIMEOUT = 10_000
/**
 * The id under which the new store keeps the ids that are being moved. It looks like a session id, and no token leads
 * to it.
 */
const JOURNAL: string = createHash('sha256').update('sojourn/copy').digest('base64url').slice(0, 22)
const JOURNAL_KEPT = 30 * 24 * 60 * 60_000

/**
 * Moves all live sessions to another store, while some processes still use the old store and others already use the
 * new one. Each session moves in two steps: it is created in the new store, then ended in the old one by a
 * compare-and-set. So it never lives on in both, and a session that is logged out meanwhile, on either side, stays
 * dead. Clients keep their tokens.
 *
 * First start the processes that use the new store, then run this, then stop the old processes. Run it once more when
 * they have stopped, to move what they created meanwhile. Until then a process sees only the sessions of its own store,
 * and `revokeAll` reaches only those: call it on both sides. If a request of an old process changes a session at the
 * moment it moves, that change is lost, as if the session had ended.
 *
 * Do not run it twice at the same time. An interrupted run can be started again. It ends the few sessions that the
 * interrupted run was moving if it cannot know whether they are still alive.
 *
 * @throws ERR_SESSION_OPTIONS if both stores keep their records in one place; nothing is moved then. ERR_SESSION_STORE,
 *   ERR_SESSION_STORE_TIMEOUT when a store fails. Sessions that were moved stay moved, the rest stays where it was.
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
  if ((from as SessionStore) === to) throw sameStore()
  checkOptions('copySessions', options, OPTIONS)
  const clock = options.clock ?? systemClock
  const move = new Move(callsOf(from, clock), callsOf(to, clock), clock)
  let inDoubt = await move.recover()
  let [moved, ended] = [0, 0]
  let { cursor } = options
  do {
    options.signal?.throwIfAborted()
    const page = await move.from.scan(cursor, SCAN_LIMIT)
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
  return new StoreCalls(store, CALL_TIMEOUT, clock, new Events())
}

function sameStore(): SojournError {
  return optionError('copySessions: both stores are the same one. Nothing was moved.')
}

type MoveOutcome = 'moved' | 'ended'

class Move {
  readonly from: StoreCalls
  readonly #to: StoreCalls
  readonly #clock: Clock
  /** Tells this run's journal from others. It stands among the ids, and is nobody's. */
  readonly #mark = randomText(16)
  /** The journal of an interrupted run, and our own as it was written last. */
  #found: StoredRecord | undefined
  #noted: StoredRecord | undefined

  constructor(from: StoreCalls, to: StoreCalls, clock: Clock) {
    this.from = from
    this.#to = to
    this.#clock = clock
  }

  /**
   * Ends what an interrupted run left in doubt. It may have created a record that was logged out since; this looks the
   * same as a record that was never created. Creating it again could bring a dead session back.
   */
  async recover(): Promise<number> {
    this.#found = await this.#to.load(JOURNAL)
    const ids = this.#found ? (JSON.parse(this.#found.body) as string[]) : []
    let inDoubt = 0
    for (const id of ids) {
      if ((await this.#to.load(id)) || !(await this.from.load(id))) continue
      if (await this.from.delete(id)) inDoubt++
    }
    return inDoubt
  }

  async together(records: readonly StoredRecord[]): Promise<MoveOutcome[]> {
    const sessions = records.filter(({ id }) => id !== JOURNAL)
    const isFirst = this.#noted === undefined
    const noted = await this.#note(sessions.map(({ id }) => id))
    if (isFirst) await this.#checkApart(noted)
    const settled = await Promise.allSettled(sessions.map((record) => this.#one(record)))
    // It fails only when all are settled, because the journal names all of them.
    return settled.map((result) => {
      if (result.status === 'rejected') throw result.reason
      return result.value
    })
  }

  async finish(): Promise<void> {
    await this.#to.delete(JOURNAL)
  }

  /** Two stores can be one place: there each session would be ended as the original of itself. */
  async #checkApart(noted: StoredRecord): Promise<void> {
    const seen = await this.from.load(JOURNAL)
    if (seen?.body !== noted.body) return
    await this.finish()
    throw sameStore()
  }

  async #note(ids: readonly string[]): Promise<StoredRecord> {
    const now = this.#clock.now()
    const last = this.#noted ?? this.#found
    const journal: StoredRecord = {
      id: JOURNAL,
      version: (last?.version ?? 0) + 1,
      expiresAt: now + JOURNAL_KEPT,
      retainUntil: now + JOURNAL_KEPT,
      principal: null,
      body: JSON.stringify([...ids, this.#mark]),
    }
    const outcome = last ? await this.#to.update(journal) : await this.#to.create(journal)
    if (outcome !== 'updated' && outcome !== 'created') {
      throw new SojournError('ERR_SESSION_CONFLICT', 'copySessions: another one is at work on this store. Run one at a time.')
    }
    this.#noted = journal
    return journal
  }

  async #one(found: StoredRecord): Promise<MoveOutcome> {
    for (let record = found; ;) {
      if (!(await this.#bring(record))) {
        await this.from.delete(record.id)
        return 'ended'
      }
      // A `revokeAll` in the new store was meant for this session too.
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

  /** Makes sure that the new store has this version or a later one. `false` if the session has ended there. */
  async #bring(record: StoredRecord): Promise<boolean> {
    if ((await this.#to.create(record)) === 'created') return true
    // An earlier attempt created it. Versions go up one by one, so a write of the new side is never overwritten.
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
