/**
 * The commit: operations onto the newest record, one compare-and-set, again after a conflict. Commits to one session
 * within one process queue behind each other, and those that wait are written together.
 *
 * @module
 */
import type { Clock } from '../basics/time.ts'
import { SojournError } from '../basics/errors.ts'
import type { Events } from '../basics/events.ts'
import { applyAll } from '../record/operations.ts'
import type { Draft, Operation } from '../record/operations.ts'
import { expiresAt } from '../record/policy.ts'
import type { Policy } from '../record/policy.ts'
import { randomText } from '../crypto/random.ts'
import type { RecordCodec, SessionRecord } from '../record/record.ts'
import type { DataRules } from '../record/schema.ts'
import { isStoreFailure } from './store-calls.ts'
import type { StoreCalls } from './store-calls.ts'
import type { TokenIssuer } from '../token/session-token.ts'
import type { Channel } from '../contracts/transport.ts'

/** What one handle wants written. */
export interface PendingCommit {
  /** The record it was authenticated with, at whatever version. */
  readonly base: SessionRecord
  /** Whether it was read for this commit. If not, that nothing would change in it says nothing about what was written since. */
  readonly fresh: boolean
  /** The `authGeneration` it was authenticated under; refused as soon as the record's differs. */
  readonly authGeneration: number
  readonly operations: readonly Operation[]
  /** Withdraws from a group that has not begun; in flight it only stops waiting. */
  readonly signal?: AbortSignal | undefined
}

export type CommitOutcome =
  | { readonly type: 'saved'; readonly record: SessionRecord; readonly authGeneration: number; readonly issued: Draft['issued'] }
  /** The session has ended; nothing was written. */
  | { readonly type: 'gone' }
  /** Somebody signed in or changed privileges meanwhile; nothing of this pending was written. */
  | { readonly type: 'superseded' }

/** What the commit needs of its surroundings, the same for all sessions. */
export interface CommitContext {
  readonly clock: Clock
  readonly policy: Policy
  readonly rules: DataRules
  readonly calls: StoreCalls
  readonly records: RecordCodec
  readonly events: Events
  readonly tokens: Readonly<Record<Channel, TokenIssuer>>
  /** The transport that new records belong to. */
  readonly kind: number
  /** Called after a record was created: it may be time to sweep. */
  created(): void
}

const MAX_ATTEMPTS = 40
const MAX_RESENDS = 2
const MAX_PAUSE = 40
const KEPT_NONCES = 8
const NONCE_BYTES = 6

/** The commits of all sessions of one application in this process. */
export class Commits {
  readonly #context: CommitContext
  readonly #queues = new Map<string, CommitQueue>()

  constructor(context: CommitContext) {
    this.#context = context
  }

  write(pending: PendingCommit): Promise<CommitOutcome> {
    const { id } = pending.base
    let queue = this.#queues.get(id)
    if (!queue) {
      queue = new CommitQueue(this.#context, () => this.#queues.delete(id))
      this.#queues.set(id, queue)
    }
    return queue.add(pending)
  }
}

interface QueuedCommit extends PendingCommit {
  readonly settle: (outcome: CommitOutcome) => void
  readonly fail: (error: unknown) => void
  /** A throwing `update(fn)` leaves the group with its own error. */
  left: boolean
  issued: Draft['issued']
  /** As its own operations left it. */
  authGenerationAfter: number
}

/** The commits of one session: one group in flight, the next one waiting. */
class CommitQueue {
  readonly #context: CommitContext
  readonly #onEmpty: () => void
  #waiting: QueuedCommit[] = []
  #running = false
  #newest: SessionRecord | undefined

  constructor(context: CommitContext, onEmpty: () => void) {
    this.#context = context
    this.#onEmpty = onEmpty
  }

  add(pending: PendingCommit): Promise<CommitOutcome> {
    return new Promise((resolve, reject) => {
      const member: QueuedCommit = {
        ...pending,
        settle: resolve,
        fail: reject,
        left: false,
        issued: undefined,
        authGenerationAfter: pending.authGeneration,
      }
      const { signal } = pending
      if (signal) {
        const withdraw = (): void => this.#withdraw(member)
        if (signal.aborted) return reject(notSaved())
        signal.addEventListener('abort', withdraw, { once: true })
      }
      this.#waiting.push(member)
      if (!this.#running) void this.#run()
    })
  }

  #withdraw(member: QueuedCommit): void {
    const at = this.#waiting.indexOf(member)
    if (at >= 0) {
      this.#waiting.splice(at, 1)
      member.fail(notSaved())
    } else {
      member.fail(unknownOutcome('The signal aborted while the write was in flight.'))
    }
  }

  async #run(): Promise<void> {
    this.#running = true
    while (this.#waiting.length > 0) {
      const group = this.#waiting
      this.#waiting = []
      try {
        this.#newest = await this.#writeGroup(group)
      } catch (error) {
        this.#newest = undefined
        for (const member of group) if (!member.left) member.fail(error)
      }
    }
    this.#running = false
    this.#onEmpty()
  }

  /** @returns the newest record known, or `undefined` if the session has ended */
  async #writeGroup(group: readonly QueuedCommit[]): Promise<SessionRecord | undefined> {
    let base = newestOf(group, this.#newest)
    let fresh = this.#newest !== undefined || group.every((member) => member.fresh)
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const draft = this.#applyGroup(base, group)
      const members = group.filter((member) => !member.left)
      const unchanged = draft.meta === base.meta
      if (members.length === 0 || (unchanged && fresh)) return settleAll(members, base)
      const answer = await (unchanged
        ? checkVersion(base, this.#context)
        : writeVersion(nextVersion(base, draft, this.#context), this.#context))
      if (answer === 'gone') {
        for (const member of members) member.settle({ type: 'gone' })
        return undefined
      }
      if (!answer.conflict) {
        if (attempt > 1) this.#context.events.emit('merged', { id: base.id, attempts: attempt })
        return settleAll(members, answer.record)
      }
      base = answer.record
      fresh = true
      if (attempt > 1) await pause(attempt)
    }
    throw new SojournError('ERR_SESSION_CONFLICT', `Other writers changed the session ${MAX_ATTEMPTS} times in a row. Try again.`)
  }

  #applyGroup(base: SessionRecord, group: readonly QueuedCommit[]): Draft {
    const { clock, policy, rules, tokens } = this.#context
    const now = clock.now()
    let draft: Draft = { id: base.id, principal: base.principal, meta: base.meta, values: base.values, issued: undefined }
    for (const member of group) {
      if (member.left) continue
      if (member.authGeneration !== draft.meta.authGeneration) {
        member.left = true
        member.settle({ type: 'superseded' })
        continue
      }
      try {
        const next = applyAll({ ...draft, issued: undefined }, member.operations, { now, policy, rules, tokens })
        member.issued = next.issued
        member.authGenerationAfter = next.meta.authGeneration
        draft = next
      } catch (error) {
        member.left = true
        member.fail(error)
      }
    }
    const unchanged = draft.meta === base.meta && draft.values === base.values
    // A new object for meta is what tells a change: the time it was last seen moves with each write.
    return unchanged ? draft : { ...draft, meta: { ...draft.meta, seenAt: now } }
  }
}

function newestOf(group: readonly QueuedCommit[], known: SessionRecord | undefined): SessionRecord {
  return group.reduce((newest, { base }) => (base.version > newest.version ? base : newest), known ?? group[0]!.base)
}

function settleAll(members: readonly QueuedCommit[], record: SessionRecord): SessionRecord {
  for (const member of members) member.settle({ type: 'saved', record, authGeneration: member.authGenerationAfter, issued: member.issued })
  return record
}

function nextVersion(base: SessionRecord, draft: Draft, context: CommitContext): SessionRecord {
  const meta = context.calls.uncertain ? withNonce(draft.meta) : draft.meta
  // Never back behind a touch of another process with a faster clock (counterexample `update-undoes-touch`); but a login that
  // no longer says `remember` brings the idle timeout back, and a session may get one of its own.
  const lastsAsBefore = meta.persistence === base.meta.persistence && meta.idleTimeout === base.meta.idleTimeout
  const reached = lastsAsBefore ? base.expiresAt : 0
  const deadline = Math.min(Math.max(expiresAt(context.policy, meta, meta.seenAt), reached), meta.absoluteExpiresAt)
  return { id: base.id, version: base.version + 1, expiresAt: deadline, principal: draft.principal, meta, values: draft.values }
}

/** Adds the nonce of the version to come. */
export function withNonce(meta: Draft['meta']): Draft['meta'] {
  return { ...meta, nonces: [randomText(NONCE_BYTES), ...meta.nonces].slice(0, KEPT_NONCES) }
}

type WriteResult = { readonly conflict: boolean; readonly record: SessionRecord }

/** Whether a version is still the newest one. */
async function checkVersion({ id, version }: SessionRecord, { calls, records, clock }: CommitContext): Promise<WriteResult | 'gone'> {
  const stored = await calls.load(id)
  const record = stored && records.decode(stored, clock.now())
  return record ? { conflict: record.version !== version, record } : 'gone'
}

/**
 * One version, at most once. When a reply is lost the same write is sent again, and the nonce of that version tells
 * whether it was ours that got through (counterexamples `lost-reply-1`, `lost-reply-2`).
 */
async function writeVersion(next: SessionRecord, { calls, records, clock }: CommitContext): Promise<WriteResult | 'gone'> {
  const stored = records.encode(next)
  for (let resend = 0; ; resend++) {
    let answer
    try {
      answer = await calls.update(stored)
    } catch (cause) {
      if (!calls.uncertain || !isStoreFailure(cause)) throw cause
      if (resend < MAX_RESENDS) continue
      throw unknownOutcome('The store did not answer, nor when it was asked again.', cause)
    }
    if (answer === 'gone') return 'gone'
    if (answer === 'updated') return { conflict: false, record: next }
    const record = records.decode(answer, clock.now())
    if (!record) return 'gone'
    const lost = resend > 0
    const nonce = record.meta.nonces[record.version - next.version]
    if (nonce !== undefined && nonce === next.meta.nonces[0]) return { conflict: false, record }
    if (nonce === undefined && lost && record.version >= next.version) {
      throw unknownOutcome('The store lost a reply, and too many versions have been written since.')
    }
    return { conflict: true, record }
  }
}

/** Waits a moment, longer after each attempt, so that writers of several processes get out of step. */
export function pause(attempt: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.random() * Math.min(2 ** attempt, MAX_PAUSE))
  })
}

function notSaved(): SojournError {
  return new SojournError('ERR_SESSION_NOT_SAVED', 'The commit was withdrawn before it began; nothing was saved.')
}

function unknownOutcome(message: string, cause?: unknown): SojournError {
  return new SojournError('ERR_SESSION_OUTCOME_UNKNOWN', `${message} Whether the session was saved cannot be known.`, { cause })
}
