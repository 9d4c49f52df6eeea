/**
 * Saves what one request recorded, onto the newest record or as a new one. It returns a result and changes nothing of
 * the visit, which applies the result itself.
 *
 * @module
 */
import { isLater, whenThere } from '../basics/answer.ts'
import type { Answer } from '../basics/answer.ts'
import { SojournError } from '../basics/errors.ts'
import type { CommitResult } from '../basics/tracing.ts'
import { isHousekeeping } from '../record/operations.ts'
import type { Draft, Operation } from '../record/operations.ts'
import { about } from '../record/record.ts'
import type { SessionRecord } from '../record/record.ts'
import { isUnconfirmed } from '../record/token-states.ts'
import type { CommitOutcome } from '../storage/commit.ts'
import { createRecord } from '../storage/create-record.ts'
import type { LoginAttempt } from '../storage/revocation.ts'
import { keepWithin } from '../storage/session-limit.ts'
import { beside } from './beside.ts'
import type { Context } from './context.ts'
import { touchBeside } from './find-session.ts'
import type { VisitRequest } from './base.ts'

/** What is to be saved, and for which session. */
export interface Recorded {
  readonly request: VisitRequest
  /** The record that it applies to; `undefined`: it begins a new session. */
  readonly record: SessionRecord | undefined
  /** Whether the record was read for this very commit. */
  readonly fresh: boolean
  readonly authGeneration: number
  /** The id of the session that ended while this request ran: what the request writes is dropped. */
  readonly endedMeanwhile: string | undefined
  /** The id that a new record gets, if the application was told one. */
  readonly nextId: string | undefined
  /** The system of the original, if a new session is made from one. */
  readonly adoptedFrom: string | undefined
  readonly operations: readonly Operation[]
  /** The attempt of the login among the operations. */
  readonly attempt: LoginAttempt | undefined
  readonly signal: AbortSignal | undefined
}

/** The result. */
export interface Saved {
  readonly record: SessionRecord | undefined
  readonly authGeneration: number
  readonly endedMeanwhile: string | undefined
  /** Whether a new record was stored. */
  readonly isNew: boolean
  /** The token for the client, only if it is saved and confirmed. */
  readonly issued: Draft['issued']
  /** To be thrown after the rest of the result was applied. */
  readonly error: Error | undefined
  /** What became of the commit, and how often it was tried. */
  readonly result: CommitResult
  readonly attempts: number
}

/** @throws what the store throws; then nothing of the visit has changed */
export function saveRecorded(context: Context, recorded: Recorded): Answer<Saved> {
  const { record, endedMeanwhile } = recorded
  if (record) return write(context, recorded, record)
  if (has(recorded, 'login')) return create(context, recorded)
  if (endedMeanwhile !== undefined) return dropped(context, recorded, endedMeanwhile)
  if (context.transport.mayWithhold?.(recorded.request)) return withheld(context, recorded)
  return create(context, recorded)
}

function write(context: Context, recorded: Recorded, before: SessionRecord): Answer<Saved> {
  const { fresh, authGeneration, operations, signal } = recorded
  const writing = context.commits.write({ base: before, fresh, authGeneration, operations, signal })
  return isLater(writing) ? writtenLater(context, recorded, before, writing) : written(context, recorded, before, writing)
}

async function writtenLater(context: Context, recorded: Recorded, before: SessionRecord, writing: Promise<CommitOutcome>): Promise<Saved> {
  return written(context, recorded, before, await writing)
}

function written(context: Context, recorded: Recorded, before: SessionRecord, outcome: CommitOutcome): Answer<Saved> {
  if (outcome.type === 'saved') {
    const { record, authGeneration, issued, attempts } = outcome
    const isUnchanged = record.version === before.version
    // The operations changed nothing, so nothing was written, and the deadline still needs its touch.
    const touching = isUnchanged ? touchBeside(context, recorded.request.exchange, before) : undefined
    const saved = stored(context, recorded, before, {
      record,
      authGeneration,
      endedMeanwhile: undefined,
      isNew: false,
      issued,
      error: undefined,
      result: isUnchanged ? 'unchanged' : attempts > 1 ? 'merged' : 'written',
      attempts,
    })
    return isLater(touching) ? touching.then(() => saved) : saved
  }
  // A login has proved who it is. It does not fail because another request ended or replaced the session it found.
  if (has(recorded, 'login')) return create(context, recorded)
  if (outcome.type === 'superseded') {
    throw new SojournError(
      'ERR_SESSION_SUPERSEDED',
      'This session was given a new token by a login while the request ran; nothing of the request was saved.',
    )
  }
  if (!has(recorded, 'rotate')) return dropped(context, recorded, before.id)
  const error = new SojournError('ERR_SESSION_GONE', 'The session ended while the request ran; it cannot be given a new token.')
  return { ...NOTHING, endedMeanwhile: before.id, error }
}

function create(context: Context, recorded: Recorded): Answer<Saved> {
  return whenThere(createRecord(context, recorded.operations, recorded.request, recorded.nextId), (created) => {
    if (!created) return { ...NOTHING, authGeneration: recorded.authGeneration, endedMeanwhile: recorded.endedMeanwhile }
    const { record, issued } = created
    context.events.emit('created', about(record))
    if (recorded.adoptedFrom !== undefined) context.events.emit('adopted', { ...about(record), system: recorded.adoptedFrom })
    const sweeping = context.sweepIfDue()
    const waited = sweeping && beside(context, recorded.request.exchange, sweeping)
    const saved: Saved = {
      ...NOTHING,
      record,
      authGeneration: record.meta.authGeneration,
      isNew: true,
      issued,
      result: 'created',
      attempts: 1,
    }
    return whenThere(waited, () =>
      recorded.adoptedFrom === undefined ? stored(context, recorded, undefined, saved) : adopted(context, recorded, saved),
    )
  })
}

/** What was adopted counts only if nobody ended meanwhile what was made from the same original. */
async function adopted(context: Context, recorded: Recorded, saved: Saved): Promise<Saved> {
  const record = saved.record!
  return (await context.adoptions!.endIfTwinEnded(record))
    ? dropped(context, recorded, record.id)
    : stored(context, recorded, undefined, saved)
}

/** Runs when the record is stored: a login is confirmed, and only then may its token be sent. */
function stored(context: Context, recorded: Recorded, before: SessionRecord | undefined, saved: Saved): Answer<Saved> {
  const record = saved.record!
  if (has(recorded, 'login') && record.principal !== null) return confirmed(context, recorded, before, saved, record)
  if (saved.issued && before) tellRotated(context, recorded, record)
  const telling = tellStored(context, recorded, before, record)
  return isLater(telling) ? telling.then(() => saved) : saved
}

/** The login counts only if nobody ended all of the principal's sessions meanwhile. */
async function confirmed(
  context: Context,
  recorded: Recorded,
  before: SessionRecord | undefined,
  saved: Saved,
  record: SessionRecord,
): Promise<Saved> {
  const { request, attempt } = recorded
  const { events, revocation, sessionLimit } = context
  const { id } = record
  const principal = record.principal!
  const { acting, absoluteExpiresAt } = record.meta
  const isNew = (before?.principal ?? null) === null
  try {
    await revocation.confirm(attempt!, id)
    if (isNew && sessionLimit && !acting) await keepWithin(sessionLimit, revocation, record)
  } catch (error) {
    return { ...saved, record: undefined, endedMeanwhile: id, issued: undefined, error: error as Error }
  }
  const { address, userAgent } = request
  if (acting) {
    const { actor, reason } = acting
    events.emit('actingStarted', { id, principal, actor, reason, until: absoluteExpiresAt, address, userAgent })
  } else {
    const again = before?.principal === principal
    const device = again ? undefined : deviceOf(recorded)
    events.emit('login', { id, principal, again, ...(device && { device }), address, userAgent })
    if (device === 'new') events.emit('newDevice', { id, principal, address, userAgent })
  }
  await tellStored(context, recorded, before, record)
  return saved
}

function tellRotated({ events }: Context, recorded: Recorded, record: SessionRecord): void {
  const { meta } = record
  events.emit('rotated', { ...about(record), routine: !has(recorded, 'rotate') && !has(recorded, 'lifetime') })
  if (!isUnconfirmed(meta)) return
  const { address, userAgent } = recorded.request
  events.emit('unconfirmed', { ...about(record), address, userAgent, knownAddress: meta.address })
}

function tellStored(context: Context, recorded: Recorded, before: SessionRecord | undefined, record: SessionRecord): Answer<void> {
  const { id, expiresAt, meta } = record
  if (has(recorded, 'reseal')) context.events.emit('touched', { ...about(record), expiresAt })
  if (!before || before.meta.authGeneration === meta.authGeneration) return undefined
  return beside(context, recorded.request.exchange, context.live.announce(id))
}

/** The session has ended. Nothing is written; if the application asked for what is lost, an event reports it. */
function dropped({ events }: Context, { operations }: Recorded, id: string): Saved {
  if (!operations.every(isHousekeeping)) events.emit('dropped', { id, operations: operations.length })
  return { ...NOTHING, endedMeanwhile: id, result: 'dropped' }
}

/** Nobody is signed in by it, so nothing is lost but what was recorded (counterexample `withheld-cookie`). */
function withheld({ events }: Context, { operations }: Recorded): Saved {
  events.emit('withheld', { operations: operations.length })
  return { ...NOTHING, result: 'withheld' }
}

const NOTHING: Saved = {
  record: undefined,
  authGeneration: 0,
  endedMeanwhile: undefined,
  isNew: false,
  issued: undefined,
  error: undefined,
  result: 'unchanged',
  attempts: 0,
}

function deviceOf({ operations }: Recorded): 'new' | 'known' | undefined {
  return operations.findLast((operation) => operation.type === 'login')?.device
}

function has({ operations }: Pick<Recorded, 'operations'>, type: Operation['type']): boolean {
  for (const operation of operations) if (operation.type === type) return true
  return false
}
