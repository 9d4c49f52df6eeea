import { touchBeside } from './find-session.ts'
import { createRecord } from '../storage/create-record.ts'
import { keepWithin } from '../storage/session-limit.ts'
import type { Context } from './context.ts'
import { SojournError } from '../basics/errors.ts'
import { isHousekeeping } from '../record/operations.ts'
import type { Draft, Operation } from '../record/operations.ts'
import { tokenMaxAge } from '../record/policy.ts'
import type { SessionRecord } from '../record/record.ts'
import type { LoginAttempt } from '../storage/revocation.ts'
import { isUnconfirmed } from '../record/token-states.ts'
import type { Channel } from '../contracts/transport.ts'
import type { RequestAdoption } from './adoption.ts'
import type { VisitRequest } from './base.ts'
import type { ResponseHeaders } from './response-headers.ts'

/** What saving reads of a visit, and moves on. */
export interface Savable {
  record: SessionRecord | undefined
  /** The id of the session that ended under this request: what it writes from now on is dropped. */
  endedMeanwhile: string | undefined
  authGeneration: number
  /** The id that the next record gets, if the application was told. */
  announcedId: string | undefined
  /** Of the login among the operations. */
  attempt: LoginAttempt | undefined
  /** The channels the client holds a token of ours in. */
  readonly channels: readonly Channel[]
  readonly adopting: RequestAdoption | undefined
  readonly headers: ResponseHeaders
}

/** Saves what one request recorded: onto the newest record, or as a new one. */
export class Saving {
  readonly #context: Context
  readonly #visitor: VisitRequest
  readonly #visit: Savable
  readonly #operations: readonly Operation[]

  constructor(context: Context, visitor: VisitRequest, visit: Savable, operations: readonly Operation[]) {
    this.#context = context
    this.#visitor = visitor
    this.#visit = visit
    this.#operations = operations
  }

  /** @param fresh whether the record was read for this very commit */
  async run(fresh: boolean, signal: AbortSignal | undefined): Promise<void> {
    const { record, endedMeanwhile } = this.#visit
    if (record) return this.#write(record, fresh, signal)
    if (endedMeanwhile !== undefined && !this.#has('login')) return this.#drop(endedMeanwhile)
    return this.#create()
  }

  async #write(before: SessionRecord, fresh: boolean, signal: AbortSignal | undefined): Promise<void> {
    const visit = this.#visit
    const operations = this.#operations
    const contribution = { base: before, fresh, authGeneration: visit.authGeneration, operations, signal }
    const outcome = await this.#context.commits.write(contribution)
    if (outcome.type === 'saved') {
      // Nothing was different after all, so nothing was written, and the deadline still wants its touch.
      if (outcome.record.version === before.version) touchBeside(this.#context, before)
      visit.record = outcome.record
      visit.authGeneration = outcome.authGeneration
      return this.#saved(outcome.record, outcome.issued, before)
    }
    // A login proved who it is: it does not fail because another request ended or replaced what it found.
    if (this.#has('login')) return this.#create()
    if (outcome.type === 'superseded') {
      throw new SojournError(
        'ERR_SESSION_SUPERSEDED',
        'This session was given a new token by a login while the request ran; nothing of the request was saved.',
      )
    }
    this.#died(before.id)
    if (this.#has('rotate')) {
      throw new SojournError('ERR_SESSION_GONE', 'The session ended while the request ran; it cannot be given a new token.')
    }
    this.#drop(before.id)
  }

  async #create(): Promise<void> {
    const visit = this.#visit
    const { events } = this.#context
    const born = await createRecord(this.#context, this.#operations, this.#visitor, visit.announcedId)
    if (!born) return
    const { id, principal, meta } = born.record
    visit.announcedId = undefined
    visit.record = born.record
    visit.authGeneration = meta.authGeneration
    visit.endedMeanwhile = undefined
    events.emit('created', { id, principal })
    const system = visit.adopting?.system
    if (system !== undefined) events.emit('adopted', { id, principal, system })
    visit.adopting?.adopted()
    await this.#saved(born.record, born.issued, undefined)
  }

  /** The record is stored: confirm a login, and only then owe the client its token. */
  async #saved(record: SessionRecord, issued: Draft['issued'], before: SessionRecord | undefined): Promise<void> {
    const { events, live } = this.#context
    const { id, principal, meta } = record
    const { address, userAgent } = this.#visitor
    if (this.#has('login') && principal !== null) {
      await this.#confirm(record, (before?.principal ?? null) === null)
      events.emit('login', { id, principal, again: before?.principal === principal, address, userAgent })
    } else if (issued && before) {
      events.emit('rotated', { id, principal, routine: !this.#has('rotate') && !this.#has('lifetime') })
      if (isUnconfirmed(meta)) events.emit('unconfirmed', { id, principal, address, userAgent, knownAddress: meta.address })
    }
    if (before && before.meta.authGeneration !== meta.authGeneration) void live.announce(id)
    if (this.#has('reseal')) events.emit('touched', { id, principal, expiresAt: record.expiresAt })
    if (issued) this.#sendToken(issued, record)
  }

  /** The login counts only if nobody ended all of the principal's sessions meanwhile. */
  async #confirm(record: SessionRecord, isNew: boolean): Promise<void> {
    const { revocation, sessionLimit } = this.#context
    const attempt = this.#visit.attempt!
    this.#visit.attempt = undefined
    try {
      await revocation.confirm(attempt, record.id)
      if (isNew && sessionLimit) await keepWithin(sessionLimit, revocation, record)
    } catch (error) {
      this.#died(record.id)
      throw error
    }
  }

  #sendToken({ channel, token }: NonNullable<Draft['issued']>, { meta }: SessionRecord): void {
    const { transport, clock } = this.#context
    const { headers, channels } = this.#visit
    const sent = transport.send(channel, token, tokenMaxAge(meta, clock.now()))
    headers.add(sent)
    // Any other header holds one token, and this one has taken the place of the other.
    if (channel === 'signed-in' && channels.includes('anonymous') && sent[0] === 'Set-Cookie') headers.add(transport.clear('anonymous'))
  }

  #died(id: string): void {
    this.#visit.record = undefined
    this.#visit.endedMeanwhile = id
  }

  #drop(id: string): void {
    if (!this.#operations.every(isHousekeeping)) this.#context.events.emit('dropped', { id, operations: this.#operations.length })
  }

  #has(type: Operation['type']): boolean {
    return this.#operations.some((operation) => operation.type === type)
  }
}
