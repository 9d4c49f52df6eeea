/**
 * Ends all sessions of a principal so that none is missed, and lets a login notice it: the epoch protocol. A sign-in
 * reads the epoch before the credentials are checked, and again after its record is stored. `revokeAll` first replaces
 * the epoch, and then deletes until the index lists nothing. Whichever came first, one of the two sees the other.
 *
 * @module
 */
import type { Clock } from '../basics/time.ts'
import type { RecentlyEnded } from './recently-ended.ts'
import { SojournError } from '../basics/errors.ts'
import type { AboutSession, Events } from '../basics/events.ts'
import { randomText } from '../crypto/random.ts'
import type { RecordCodec } from '../record/record-codec.ts'
import { about } from '../record/record.ts'
import type { SessionRecord } from '../record/record.ts'
import { isSessionId } from '../token/session-token.ts'
import type { StoreCalls } from './store-calls.ts'

/** A sign-in under way. Begin it before the password is checked, and pass it to `session.login`. */
export interface LoginAttempt {
  readonly principal: string
  /** Epoch milliseconds. */
  readonly startedAt: number
  /** The principal's epoch at that time; opaque. */
  readonly epoch: string | undefined
}

/** An attempt older than this is refused, so that an epoch need not be kept for ever. */
const MAX_ATTEMPT = 3_600_000
/**
 * Another process may delete what this one has listed. A store that lists what it never deletes must not keep us busy
 * for ever.
 */
const MAX_IDLE_ROUNDS = 100

/** In one call: it has a deadline, and servers have limits. */
const MAX_DELETED = 200

export class Revocation {
  readonly #calls: StoreCalls
  readonly #records: RecordCodec
  readonly #clock: Clock
  readonly #events: Events
  readonly #ended: RecentlyEnded
  readonly #announce: (id: string) => Promise<void>
  readonly #epochKept: number

  /**
   * @param announce tells open connections to look at a session; it does not fail
   * @param longest how long a session lives at most, milliseconds: an epoch is kept until those that it ends are over
   */
  constructor(
    calls: StoreCalls,
    records: RecordCodec,
    clock: Clock,
    events: Events,
    ended: RecentlyEnded,
    announce: (id: string) => Promise<void>,
    longest: number,
  ) {
    this.#calls = calls
    this.#records = records
    this.#clock = clock
    this.#events = events
    this.#ended = ended
    this.#announce = announce
    this.#epochKept = Math.max(2 * MAX_ATTEMPT, longest)
  }

  /** Whether the store finds sessions by principal. */
  get isAble(): boolean {
    return this.#calls.store.principals !== undefined
  }

  /** Ends one session for its owner or an administrator. Returns whether it was there. */
  async end(session: AboutSession | SessionRecord, how: 'logout' | 'revoked'): Promise<boolean> {
    const { id } = session
    // Before the store is asked: a request that finds the record missing must also find it here.
    this.#ended.add(id, this.#clock.now())
    const ended = await this.#calls.delete(id)
    if (ended) {
      this.#events.emit(how, 'meta' in session ? about(session) : session)
      await this.#announce(id)
    }
    return ended
  }

  /** Whether this process ended the session at or after an instant. */
  endedSince(id: string, instant: number): boolean {
    return this.#ended.since(id, instant)
  }

  async begin(principal: string): Promise<LoginAttempt> {
    const startedAt = this.#clock.now()
    return { principal, startedAt, epoch: this.isAble ? await this.#epoch(principal) : undefined }
  }

  /**
   * Called after the record of a login is stored, and before its token is sent.
   *
   * @throws ERR_SESSION_LOGIN_REVOKED, after its record was deleted
   */
  async confirm(attempt: LoginAttempt, id: string): Promise<void> {
    if (!this.isAble) return
    let isConfirmed = false
    try {
      const young = this.#clock.now() - attempt.startedAt < MAX_ATTEMPT
      isConfirmed = young && (await this.#epoch(attempt.principal)) === attempt.epoch
    } finally {
      // Also if the epoch could not be read: a login that cannot be confirmed does not count.
      if (!isConfirmed) await this.end({ id, principal: attempt.principal }, 'revoked')
    }
    if (!isConfirmed) {
      throw new SojournError(
        'ERR_SESSION_LOGIN_REVOKED',
        'The sessions of this principal were revoked during the sign-in. Authenticate again.',
      )
    }
  }

  /**
   * Whether all sessions of its principal were revoked since this one signed in, and the index did not know it
   * (counterexample `evicted-index`). Then it ends.
   */
  async endIfRevoked(record: SessionRecord): Promise<boolean> {
    const principal = record.principal!
    const epoch = await this.#epoch(principal)
    if (epoch === undefined || record.meta.epochs.includes(epoch)) return false
    // A session that was left out knows its new epoch before the others do. This record may have been read earlier.
    const stored = await this.#calls.load(record.id)
    const newest = stored && this.#records.decode(stored, this.#clock.now())
    if (!newest || newest.meta.epochs.includes(epoch)) return false
    return this.end(record, 'revoked')
  }

  /** All live records of a principal. */
  async list(principal: string): Promise<SessionRecord[]> {
    const found: SessionRecord[] = []
    for await (const page of this.pages(principal)) found.push(...page)
    return found
  }

  /** The same, as the store gives them: no more at a time than one of its pages. */
  async *pages(principal: string): AsyncGenerator<readonly SessionRecord[], void, undefined> {
    const scoped = this.#records.scoped(principal)
    let cursor: string | undefined
    do {
      const at = cursor
      const page = await this.#calls.principals('principals.list', (index, call) => index.list(scoped, at, call))
      const now = this.#clock.now()
      yield page.records.map((stored) => this.#records.decode(stored, now)).filter((record) => record !== undefined)
      cursor = page.next
    } while (cursor !== undefined)
  }

  /**
   * If it is interrupted, it throws, and calling it again is safe. If the epoch cannot be raised, it throws too, but
   * only after it has deleted what it can: an engine without memory still deletes.
   *
   * @param spare tells a session that stays the new epoch, before it counts; returns its id
   */
  async revokeAll(principal: string, spare?: (epoch: string) => Promise<string | undefined>): Promise<number> {
    const scoped = this.#records.scoped(principal)
    const epoch = randomText(12)
    const except = await spare?.(epoch)
    let raised: { readonly error?: unknown } = {}
    try {
      await this.#calls.principals('principals.raise', (index, call) => index.raise(scoped, epoch, call.now + this.#epochKept, call))
    } catch (error) {
      raised = { error }
    }
    const total = await this.#deleteAll(principal, scoped, except)
    if ('error' in raised) throw raised.error
    return total
  }

  /** Walk after walk until one lists nothing. A walk goes on behind what it has deleted: the next page is cheap. */
  async #deleteAll(principal: string, scoped: string, except: string | undefined): Promise<number> {
    let total = 0
    for (let idle = 0; idle < MAX_IDLE_ROUNDS;) {
      let [listed, ended] = [0, 0]
      for await (const { ids, actors } of this.#pagesOfIds(scoped, except)) {
        listed += ids.length
        ended += (await this.revoke(principal, ids, actors)).length
      }
      if (listed === 0) return total
      total += ended
      idle = ended > 0 ? 0 : idle + 1
    }
    throw new SojournError('ERR_SESSION_STORE', 'The store keeps listing sessions of this principal that it does not delete.')
  }

  /** Ends a session if it is this principal's. Of somebody else's nothing is touched: its id is public. */
  async revokeOwn(principal: string, id: string): Promise<boolean> {
    const stored = isSessionId(id) ? await this.#calls.load(id) : undefined
    const record = stored && this.#records.decode(stored, this.#clock.now())
    return record?.principal === principal && (await this.revoke(principal, [id], actorsOf([record]))).length > 0
  }

  /**
   * Ends those sessions among the ids that are this principal's.
   *
   * @param actors who acts in which of them
   */
  async revoke(principal: string, ids: readonly string[], actors: ReadonlyMap<string, string> = NOBODY): Promise<string[]> {
    const ended: string[] = []
    for (let from = 0; from < ids.length; from += MAX_DELETED) {
      ended.push(...(await this.#revokeSome(principal, ids.slice(from, from + MAX_DELETED), actors)))
    }
    return ended
  }

  async #revokeSome(principal: string, ids: readonly string[], actors: ReadonlyMap<string, string>): Promise<string[]> {
    // Before the store is asked, as in `end`.
    for (const id of ids) this.#ended.add(id, this.#clock.now())
    const scoped = this.#records.scoped(principal)
    const ended = await this.#calls.principals('principals.deleteMany', (index, call) => index.deleteMany(scoped, ids, call))
    for (const id of ended) {
      const actor = actors.get(id)
      this.#events.emit('revoked', actor === undefined ? { id, principal } : { id, principal, actor })
    }
    await Promise.all(ended.map((id) => this.#announce(id)))
    return ended
  }

  async *#pagesOfIds(scoped: string, except: string | undefined): AsyncGenerator<Listed, void, undefined> {
    let cursor: string | undefined
    do {
      const { ids, actors, next } = await this.#pageOfIds(scoped, cursor)
      yield { ids: ids.filter((id) => id !== except), actors }
      cursor = next
    } while (cursor !== undefined)
  }

  async #pageOfIds(scoped: string, cursor: string | undefined): Promise<Listed & { readonly next?: string | undefined }> {
    // Only a listener needs to know who acts, and that is in the records.
    const isHeard = this.#events.has('revoked')
    if (!isHeard && this.#calls.store.principals?.ids) {
      const { ids, next } = await this.#calls.principals('principals.ids', (index, call) => index.ids!(scoped, cursor, call))
      return { ids, actors: NOBODY, next }
    }
    const { records, next } = await this.#calls.principals('principals.list', (index, call) => index.list(scoped, cursor, call))
    const now = this.#clock.now()
    const actors = isHeard ? actorsOf(records.map((stored) => this.#records.decode(stored, now))) : NOBODY
    return { ids: records.map(({ id }) => id), actors, next }
  }

  #epoch(principal: string): Promise<string | undefined> {
    return this.#calls.principals('principals.epoch', (index, call) => index.epoch(this.#records.scoped(principal), call))
  }
}

/** Ids of sessions, and who acts in which of them. */
interface Listed {
  readonly ids: string[]
  readonly actors: ReadonlyMap<string, string>
}

const NOBODY: ReadonlyMap<string, string> = new Map()

function actorsOf(records: readonly (SessionRecord | undefined)[]): ReadonlyMap<string, string> {
  return new Map(records.flatMap((record) => (record?.meta.acting ? [[record.id, record.meta.acting.actor]] : [])))
}
