/**
 * The commit: applies operations to the newest record and asks the store to compare and set; after a conflict, again.
 * Commits to one session within one process queue behind each other, and those that wait are written together.
 *
 * @module
 */
import { isLater, whenThere } from '../basics/answer.ts'
import type { Answer } from '../basics/answer.ts'
import type { StoredRecord } from '../contracts/store.ts'
import type { Clock } from '../basics/time.ts'
import { SojournError } from '../basics/errors.ts'
import { cancelsWithRequest } from '../basics/platform.ts'
import type { Events } from '../basics/events.ts'
import { applyAll } from '../record/operations.ts'
import type { Draft, Operation } from '../record/operations.ts'
import { expiresAt } from '../record/policy.ts'
import type { Policy } from '../record/policy.ts'
import { randomText } from '../crypto/random.ts'
import type { RecordCodec } from '../record/record-codec.ts'
import type { SessionRecord } from '../record/record.ts'
import type { DataRules } from '../record/schema.ts'
import { isRefusal, isStoreFailure } from './store-calls.ts'
import type { StoreCalls } from './store-calls.ts'
import type { TokenIssuer } from '../token/session-token.ts'
import type { Channel } from '../contracts/transport.ts'

/** What one handle wants written. */
export interface PendingCommit {
  /** The record that the request found, at whatever version. */
  readonly base: SessionRecord
  /**
   * Whether the record was read for this commit. If not, and the operations would change nothing in it, that says
   * nothing about later versions.
   */
  readonly fresh: boolean
  /**
   * The `authGeneration` under which the request was authenticated. The commit is refused as soon as the record's
   * differs.
   */
  readonly authGeneration: number
  readonly operations: readonly Operation[]
  /**
   * Withdraws the commit from a group that has not begun. Once the write is under way, it only stops waiting for it.
   */
  readonly signal?: AbortSignal | undefined
}

export type CommitOutcome =
  | {
      readonly type: 'saved'
      readonly record: SessionRecord
      readonly authGeneration: number
      readonly issued: Draft['issued']
      /** How often the record was written, or compared, until there was no conflict. */
      readonly attempts: number
    }
  /** The session has ended; nothing was written. */
  | { readonly type: 'gone' }
  /** Somebody signed in or changed privileges meanwhile. Nothing of this commit was written. */
  | { readonly type: 'superseded' }

/** What every commit needs, the same for all sessions. */
export interface CommitContext {
  readonly clock: Clock
  readonly policy: Policy
  readonly rules: DataRules
  readonly calls: StoreCalls
  readonly records: RecordCodec
  readonly events: Events
  readonly tokens: Readonly<Record<Channel, TokenIssuer>>
  /** The kind of the transport that new records belong to. */
  readonly kind: number
}

const MAX_COMMIT_ATTEMPTS = 40
const MAX_RESENDS = 2
const MAX_PAUSE = 40
const KEPT_NONCES = 8
const NONCE_BYTES = 6

/** The commits of all sessions of one application in this process. */
export class Commits {
  readonly #context: CommitContext
  /** The queues of the sessions that are being written, by session id. */
  readonly #queues = new Map<string, CommitQueue>()
  /**
   * Whether each commit is written by itself: a queue would wait for ever for a request that the platform has
   * cancelled.
   */
  readonly #isAlone = cancelsWithRequest()

  constructor(context: CommitContext) {
    this.#context = context
  }

  /** Writes at once if the store returns at once and nobody else is writing the session. */
  write(pending: PendingCommit): Answer<CommitOutcome> {
    const { id } = pending.base
    const member = new QueuedCommit(pending)
    const queue = this.#isAlone ? undefined : this.#queues.get(id)
    if (queue) return queue.add(member)
    if (pending.signal?.aborted) throw notSaved()
    const writing = writeGroup(this.#context, [member], undefined)
    if (!isLater(writing)) return member.outcome
    const begun = new CommitQueue(this.#context, () => this.#queues.delete(id))
    if (!this.#isAlone) this.#queues.set(id, begun)
    return begun.lead(member, writing)
  }
}

/** One commit in its group. */
class QueuedCommit {
  readonly pending: PendingCommit
  /** Settled before its group, because a throwing `update(fn)` leaves the group with its own error. */
  left = false
  issued: Draft['issued']
  /** The `authGeneration` after its own operations. */
  authGenerationAfter: number
  #result: { readonly outcome: CommitOutcome } | { readonly error: unknown } | undefined
  #whenSettled: (() => void) | undefined

  constructor(pending: PendingCommit) {
    this.pending = pending
    this.authGenerationAfter = pending.authGeneration
  }

  settle(outcome: CommitOutcome): void {
    this.#result ??= { outcome }
    this.#whenSettled?.()
  }

  fail(error: unknown): void {
    this.#result ??= { error }
    this.#whenSettled?.()
  }

  /** The outcome of a settled commit. @throws its error */
  get outcome(): CommitOutcome {
    const result = this.#result!
    if ('error' in result) throw result.error
    return result.outcome
  }

  async settled(): Promise<CommitOutcome> {
    if (!this.#result) await new Promise<void>((resolve) => (this.#whenSettled = resolve))
    return this.outcome
  }
}

/** The commits of one session while it is being written: one group is under way, the next one waits. */
class CommitQueue {
  readonly #context: CommitContext
  readonly #onEmpty: () => void
  #waiting: QueuedCommit[] = []

  constructor(context: CommitContext, onEmpty: () => void) {
    this.#context = context
    this.#onEmpty = onEmpty
  }

  /** @param writing the write of a group of one, already under way */
  lead(member: QueuedCommit, writing: Promise<SessionRecord | undefined>): Promise<CommitOutcome> {
    const outcome = this.#outcomeOf(member)
    void this.#run([member], writing)
    return outcome
  }

  add(member: QueuedCommit): Promise<CommitOutcome> {
    if (member.pending.signal?.aborted) return Promise.reject(notSaved())
    this.#waiting.push(member)
    return this.#outcomeOf(member)
  }

  #outcomeOf(member: QueuedCommit): Promise<CommitOutcome> {
    const { signal } = member.pending
    if (!signal) return member.settled()
    const withdraw = (): void => this.#withdraw(member)
    signal.addEventListener('abort', withdraw, { once: true })
    // The signal of a job's process is there for many commits.
    return member.settled().finally(() => signal.removeEventListener('abort', withdraw))
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

  async #run(first: readonly QueuedCommit[], writing: Promise<SessionRecord | undefined>): Promise<void> {
    let newest = await newestAfter(first, writing)
    while (this.#waiting.length > 0) {
      const group = this.#waiting
      this.#waiting = []
      newest = await newestAfter(group, writeGroup(this.#context, group, newest))
    }
    this.#onEmpty()
  }
}

/**
 * The newest record after a group was written, or `undefined`. A failure of the write is reported by the group's
 * members.
 */
async function newestAfter(group: readonly QueuedCommit[], writing: Answer<SessionRecord | undefined>): Promise<SessionRecord | undefined> {
  try {
    return await writing
  } catch (error) {
    for (const member of group) if (!member.left) member.fail(error)
    return undefined
  }
}

/**
 * Writes what a group of commits to one session wants, and settles its members.
 *
 * @param known the newest record, if the group before returned one
 * @returns the newest record known, or `undefined` if the session has ended
 */
function writeGroup(
  context: CommitContext,
  group: readonly QueuedCommit[],
  known: SessionRecord | undefined,
): Answer<SessionRecord | undefined> {
  const fresh = known !== undefined || group.every(({ pending }) => pending.fresh)
  return tryGroup(context, group, newestOf(group, known), fresh, 1)
}

function tryGroup(
  context: CommitContext,
  group: readonly QueuedCommit[],
  base: SessionRecord,
  fresh: boolean,
  attempt: number,
): Answer<SessionRecord | undefined> {
  if (attempt > MAX_COMMIT_ATTEMPTS) {
    throw new SojournError('ERR_SESSION_CONFLICT', `Other writers changed the session ${MAX_COMMIT_ATTEMPTS} times in a row. Try again.`)
  }
  const draft = applyGroup(context, base, group)
  const members = group.some((member) => member.left) ? group.filter((member) => !member.left) : group
  const unchanged = draft.meta === base.meta
  if (members.length === 0 || (unchanged && fresh)) return settleAll(members, base, attempt)
  let writing: Answer<WrittenVersion | 'gone'>
  try {
    writing = unchanged ? checkVersion(base, context) : writeVersion(nextVersion(base, draft, context), context)
  } catch (error) {
    if (members.length > 1 && error instanceof SojournError && error.code === 'ERR_SESSION_RECORD_SIZE')
      return writeEach(context, members, base)
    throw error
  }
  if (isLater(writing)) return settleLater(context, group, members, base, attempt, writing)
  return settleWritten(context, group, members, base, attempt, writing)
}

/** Together they are too large: each is written by itself, and the error is that of whoever goes beyond. */
async function writeEach(
  context: CommitContext,
  members: readonly QueuedCommit[],
  base: SessionRecord,
): Promise<SessionRecord | undefined> {
  let newest: SessionRecord | undefined = base
  for (const member of members) newest = (await newestAfter([member], tryGroupOf(context, member, newest ?? base))) ?? newest
  return newest
}

async function tryGroupOf(context: CommitContext, member: QueuedCommit, base: SessionRecord): Promise<SessionRecord | undefined> {
  return tryGroup(context, [member], base, false, 1)
}

async function settleLater(
  context: CommitContext,
  group: readonly QueuedCommit[],
  members: readonly QueuedCommit[],
  base: SessionRecord,
  attempt: number,
  writing: Promise<WrittenVersion | 'gone'>,
): Promise<SessionRecord | undefined> {
  return settleWritten(context, group, members, base, attempt, await writing)
}

/** Settles the members of a group whose write had a result, or tries again after a conflict. */
function settleWritten(
  context: CommitContext,
  group: readonly QueuedCommit[],
  members: readonly QueuedCommit[],
  base: SessionRecord,
  attempt: number,
  result: WrittenVersion | 'gone',
): Answer<SessionRecord | undefined> {
  if (result === 'gone') {
    for (const member of members) member.settle({ type: 'gone' })
    return undefined
  }
  if (result.conflict) return tryAgain(context, group, result.record, attempt)
  if (attempt > 1) context.events.emit('merged', { id: base.id, attempts: attempt })
  return settleAll(members, result.record, attempt)
}

function tryAgain(
  context: CommitContext,
  group: readonly QueuedCommit[],
  base: SessionRecord,
  attempt: number,
): Answer<SessionRecord | undefined> {
  const again = (): Answer<SessionRecord | undefined> => tryGroup(context, group, base, true, attempt + 1)
  return attempt > 1 ? pause(attempt).then(again) : again()
}

function applyGroup({ clock, policy, rules, tokens }: CommitContext, base: SessionRecord, group: readonly QueuedCommit[]): Draft {
  const now = clock.now()
  let draft: Draft = { id: base.id, principal: base.principal, meta: base.meta, values: base.values, issued: undefined }
  for (const member of group) {
    if (member.left) continue
    if (member.pending.authGeneration !== draft.meta.authGeneration) {
      member.left = true
      member.settle({ type: 'superseded' })
      continue
    }
    try {
      const next = applyAll({ ...draft, issued: undefined }, member.pending.operations, { now, policy, rules, tokens })
      member.issued = next.issued
      member.authGenerationAfter = next.meta.authGeneration
      draft = next
    } catch (error) {
      member.left = true
      member.fail(error)
    }
  }
  const unchanged = draft.meta === base.meta && draft.values === base.values
  // A new `meta` object is what marks a change, because each write also moves the time the session was last seen.
  return unchanged ? draft : { ...draft, meta: { ...draft.meta, seenAt: now } }
}

function newestOf(group: readonly QueuedCommit[], known: SessionRecord | undefined): SessionRecord {
  let newest = known ?? group[0]!.pending.base
  for (const { pending } of group) if (pending.base.version > newest.version) newest = pending.base
  return newest
}

function settleAll(members: readonly QueuedCommit[], record: SessionRecord, attempts: number): SessionRecord {
  for (const member of members)
    member.settle({ type: 'saved', record, authGeneration: member.authGenerationAfter, issued: member.issued, attempts })
  return record
}

function nextVersion(base: SessionRecord, draft: Draft, context: CommitContext): SessionRecord {
  const meta = context.calls.uncertain ? withNonce(draft.meta) : draft.meta
  // Never earlier than a touch of another process with a faster clock (counterexample `update-undoes-touch`). But a
  // login that no longer says `remember` brings the idle timeout back, and a session may get an idle timeout of its
  // own.
  const lastsAsBefore = meta.persistence === base.meta.persistence && meta.idleTimeout === base.meta.idleTimeout
  const reached = lastsAsBefore ? base.expiresAt : 0
  const deadline = Math.min(Math.max(expiresAt(context.policy, meta, meta.seenAt), reached), meta.absoluteExpiresAt)
  return {
    id: base.id,
    version: base.version + 1,
    expiresAt: deadline,
    principal: draft.principal,
    meta,
    values: draft.values,
    isOld: false,
  }
}

/** Adds the nonce of the version that is written next. */
export function withNonce(meta: Draft['meta']): Draft['meta'] {
  return { ...meta, nonces: [randomText(NONCE_BYTES), ...meta.nonces].slice(0, KEPT_NONCES) }
}

type WrittenVersion = { readonly conflict: boolean; readonly record: SessionRecord }

/** Whether a version is still the newest one. */
function checkVersion(base: SessionRecord, context: CommitContext): Answer<WrittenVersion | 'gone'> {
  return whenThere(context.calls.load(base.id), (stored) => {
    const record = stored && context.records.decode(stored, context.clock.now())
    return record ? { conflict: record.version !== base.version, record } : 'gone'
  })
}

/** Writes one version, at most once. */
function writeVersion(next: SessionRecord, context: CommitContext): Answer<WrittenVersion | 'gone'> {
  const stored = context.records.encode(next)
  if (context.calls.uncertain) return writeUntilKnown(next, stored, context)
  const writing = context.calls.update(stored)
  return isLater(writing) ? resultLater(next, writing, context) : resultOf(next, writing, false, context)
}

async function resultLater(
  next: SessionRecord,
  writing: Promise<'updated' | 'gone' | StoredRecord>,
  context: CommitContext,
): Promise<WrittenVersion | 'gone'> {
  return resultOf(next, await writing, false, context)
}

/**
 * If a reply is lost, the same write is sent again. The nonce of that version tells whether it was our write that took
 * effect (counterexamples `lost-reply-1`, `lost-reply-2`). A refusal is a reply (counterexample `refused-as-unknown`),
 * but after a lost one it says nothing about the first try.
 */
async function writeUntilKnown(next: SessionRecord, stored: StoredRecord, context: CommitContext): Promise<WrittenVersion | 'gone'> {
  for (let resend = 0; ; resend++) {
    try {
      return resultOf(next, await context.calls.update(stored), resend > 0, context)
    } catch (cause) {
      if (!isStoreFailure(cause)) throw cause
      if (resend === 0 && isRefusal(cause)) throw cause
      if (resend >= MAX_RESENDS) throw unknownOutcome('The store did not answer, nor when it was asked again.', cause)
    }
  }
}

/** @param lost whether a reply to the same write was lost before */
function resultOf(
  next: SessionRecord,
  answer: 'updated' | 'gone' | StoredRecord,
  lost: boolean,
  { records, clock }: CommitContext,
): WrittenVersion | 'gone' {
  if (answer === 'gone') return 'gone'
  if (answer === 'updated') return { conflict: false, record: next }
  const record = records.decode(answer, clock.now())
  if (!record) return 'gone'
  const nonce = record.meta.nonces[record.version - next.version]
  if (nonce !== undefined && nonce === next.meta.nonces[0]) return { conflict: false, record }
  if (nonce === undefined && lost && record.version >= next.version) {
    throw unknownOutcome('The store lost a reply, and too many versions have been written since.')
  }
  return { conflict: true, record }
}

/** Waits a moment, longer after each attempt, so that the writers of several processes do not keep in step. */
export function pause(attempt: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.random() * Math.min(2 ** attempt, MAX_PAUSE))
  })
}

function notSaved(): SojournError {
  return new SojournError('ERR_SESSION_NOT_SAVED', 'The commit was withdrawn before it began; nothing was saved.')
}

export function unknownOutcome(message: string, cause?: unknown): SojournError {
  return new SojournError('ERR_SESSION_OUTCOME_UNKNOWN', `${message} Whether the session was saved cannot be known.`, { cause })
}
