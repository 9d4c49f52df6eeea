/**
 * What every visit does, for sessions of ours and of other systems: it reads the record once, holds the response from
 * the first change on, and saves what was recorded, one commit after the other. Subclasses find and write the record.
 *
 * @module
 */
import { isLater, whenThere } from '../basics/answer.ts'
import type { Answer } from '../basics/answer.ts'
import type { RequestInfo } from './find-session.ts'
import type { Context } from './context.ts'
import { SojournError } from '../basics/errors.ts'
import type { Events } from '../basics/events.ts'
import { CommitTrace, LoadTrace, commits, loads } from '../basics/tracing.ts'
import type { Exchange, Committable } from '../contracts/exchange.ts'
import type { OnStoreDown } from '../record/policy.ts'
import type { DataRules } from '../record/schema.ts'
import { isStoreFailure } from '../storage/store-calls.ts'
import type { HeaderLine } from '../basics/refusal.ts'
import { readOnly } from '../record/read-only.ts'
import type { Operation } from '../record/operations.ts'
import type { Values } from '../record/stored-values.ts'
import { Announcements } from './announcements.ts'
import { warnIfForgotten } from './forgotten.ts'

/** A request whose exchange may become known later. */
export type VisitRequest = RequestInfo & { exchange: Exchange | undefined }

const NONE: readonly never[] = []

/** A session that is to end at commit. */
interface Ending<Stored> {
  readonly record: Stored
  readonly how: 'logout' | 'revoked'
}

type VisitContext = Pick<Context, 'rules' | 'events' | 'development' | 'onStoreDown'>

export abstract class BaseVisit<
  Stored extends { readonly id: string; readonly principal: string | null },
  Recorded,
> implements Committable {
  // Whoever prints a response, which its visit hangs on, prints no session data. On the prototype: it costs a visit
  // nothing.
  static {
    Object.defineProperty(BaseVisit.prototype, Symbol.for('nodejs.util.inspect.custom'), { value: () => 'Visit {}' })
    Object.defineProperty(BaseVisit.prototype, 'toJSON', { value: () => ({}) })
  }

  /** The record as it was read or last saved. */
  record: Stored | undefined
  /** The id of the session that ended while this request ran: what the request writes from now on is dropped. */
  endedMeanwhile: string | undefined
  protected readonly visitor: VisitRequest
  /** `find` sets it, as its last step. */
  protected isLoaded = false
  // Most requests have neither, so none of them costs an array.
  protected operations: readonly Recorded[] = NONE
  protected endings: readonly Ending<Stored>[] = NONE
  readonly #context: VisitContext
  readonly #vary: string
  #accessed = false
  #loading: Promise<void> | undefined
  /** The error of the store, if the application goes on reading without a session. */
  #down: unknown
  #committing: Promise<void> | undefined
  /** Most requests have none. */
  #announcements: Announcements | undefined

  constructor(context: VisitContext, visitor: VisitRequest, vary: string) {
    this.#context = context
    this.visitor = visitor
    this.#vary = vary
  }

  get isPreview(): boolean {
    return this.visitor.isPreview ?? false
  }

  protected abstract find(): Answer<void>
  /** Runs before operations are saved: handles endings. */
  protected abstract settle(signal: AbortSignal | undefined): Answer<void>
  /** Runs before the operations are taken, when the record is known. */
  protected prepare(): Answer<void> {}
  /**
   * @param fresh whether the record was read for this very commit
   * @param trace is told the result, if somebody watches
   */
  protected abstract save(
    operations: readonly Recorded[],
    fresh: boolean,
    signal: AbortSignal | undefined,
    trace: CommitTrace | undefined,
  ): Answer<void>
  /** Whether this is housekeeping, which the application did not ask for: if it fails, the request still succeeds. */
  protected abstract isHousekeeping(operation: Recorded): boolean
  /** Drops the cached values. */
  protected abstract forgetView(): void
  abstract takeHeaders(): HeaderLine[]

  get rules(): DataRules {
    return this.#context.rules
  }

  get events(): Events {
    return this.#context.events
  }

  /** Whether something waits for the commit. */
  get isChanged(): boolean {
    return this.operations.length + this.endings.length > 0 || this.#isAnnounced
  }

  /** Whether an adapter saves it with its response. */
  get isJoined(): boolean {
    return this.visitor.exchange !== undefined
  }

  get isStrict(): boolean {
    return this.#context.development
  }

  /** Whether a commit would wait for what was announced: then the exchange waits already. */
  get #isAnnounced(): boolean {
    return this.#announcements !== undefined && !this.#announcements.isEmpty
  }

  /** Whether this request goes on without a session because the store is down. */
  protected get isDown(): boolean {
    return this.#down !== undefined
  }

  /** Joins a request that was opened before its adapter saw it to the adapter's exchange. */
  join(exchange: Exchange): void {
    if (this.visitor.exchange) return
    this.visitor.exchange = exchange
    if (this.#accessed) exchange.accessed(this.#vary)
    if (this.isChanged) exchange.changed(this)
  }

  // ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Reads the record, once. */
  load(): Answer<void> {
    this.access()
    return this.loadUnseen()
  }

  /** Reads the record, once, before the application asks for it: the response does not depend on it yet. */
  protected loadUnseen(): Answer<void> {
    if (this.isLoaded) return undefined
    if (this.#loading) return this.#loading
    const finding = loads.isWatched ? this.#findWatched() : this.find()
    if (!isLater(finding)) return undefined
    this.#loading = finding.catch((error: unknown) => {
      this.#loading = undefined
      throw error
    })
    return this.#loading
  }

  #findWatched(): Answer<void> {
    const trace = new LoadTrace(this.#context.events)
    return loads.run(trace, () => whenThere(this.find(), () => trace.isAbout(this.record)))
  }

  /**
   * Reads the record. With `onStoreDown: 'anonymous'`, a store failure means "no session" for the rest of the request,
   * so that all its reads agree.
   */
  read(onStoreDown: OnStoreDown = this.#context.onStoreDown): Answer<void> {
    const before = this.#announcements?.last
    if (before) return before.then(() => this.read(onStoreDown))
    if (this.isLoaded || this.isDown) return this.access()
    this.access()
    return onStoreDown === 'fail' ? this.loadUnseen() : this.#readOn()
  }

  async #readOn(): Promise<void> {
    try {
      await this.load()
    } catch (error) {
      if (!isStoreFailure(error)) throw error
      this.#down = error
    }
  }

  /** @throws ERR_SESSION_NOT_LOADED */
  requireLoaded(property: string): void {
    if (!this.isLoaded && !this.isDown) {
      throw new SojournError(
        'ERR_SESSION_NOT_LOADED',
        `session.${property} is known only after the record was read: await session.load() first.`,
      )
    }
    this.access()
  }

  /** The values with this request's own changes. */
  abstract values(): Values

  /** One of the values, decoded. If there is none that fits: the schema's default. */
  value(key: string): unknown {
    const { rules, events, development } = this.#context
    const stored = this.values().get(key)
    if (stored) {
      const reading = rules.decode(key, stored)
      if (reading.fits) return development ? readOnly(reading.value, key) : reading.value
      events.emit('unreadable', { id: this.record?.id, key })
    }
    return rules.default(key)
  }

  // ── Changing ─────────────────────────────────────────────────────────────────────────────────────────────────────

  protected access(): void {
    if (this.#accessed) return
    this.#accessed = true
    this.visitor.exchange?.accessed(this.#vary)
  }

  /**
   * Does what takes its time, such as a login. The exchange hears of it at the call, and the commit waits for it: so a
   * forgotten `await` loses nothing. If it fails and nobody waits for it, the commit fails.
   */
  announce(work: () => Promise<void>): Promise<void> {
    return this.#heard() ?? this.#announced.add(work)
  }

  /** As `announce`, after what was asked for in this way before. */
  announceInTurn(work: () => Promise<void>): Promise<void> {
    return this.#heard() ?? this.#announced.addInTurn(work)
  }

  /** The error, if it is too late for the exchange. */
  #heard(): Promise<never> | undefined {
    try {
      this.holdResponse()
      return undefined
    } catch (error) {
      const late: Error = error as Error
      return Promise.reject(late)
    }
  }

  get #announced(): Announcements {
    return (this.#announcements ??= new Announcements())
  }

  /** Records a change, after what was announced before. */
  change(operation: Operation): void {
    if (this.#announcements?.last) void this.announceInTurn(async () => this.changeNow(operation))
    else this.changeNow(operation)
  }

  abstract changeNow(operation: Operation): void

  /** Records an operation, to be applied at commit. */
  protected recordChange(operation: Recorded): void {
    this.holdResponse()
    this.operations = this.operations.length === 0 ? [operation] : [...this.operations, operation]
  }

  /** @throws ERR_SESSION_HEADERS_SENT, ERR_SESSION_COMMITTED */
  protected holdResponse(): void {
    this.access()
    if (this.#isAnnounced) return
    if (this.visitor.exchange) this.visitor.exchange.changed(this)
    else if (this.#context.development && !this.isChanged) warnIfForgotten(this)
  }

  /**
   * Holds the response for a housekeeping change. Returns false if the headers are sent; then the next request does it.
   */
  protected mayStillChange(): boolean {
    if (this.#isAnnounced) return true
    try {
      this.visitor.exchange?.changed(this)
      return true
    } catch {
      return false
    }
  }

  /** The session ends at commit; what is recorded afterwards begins another. */
  protected recordEnding(how: 'logout' | 'revoked'): void {
    this.holdResponse()
    if (this.record !== undefined) this.endings = [...this.endings, { record: this.record, how }]
    this.record = undefined
    this.operations = NONE
    this.forgetView()
  }

  // ── Saving ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Commits of one request run one after another. */
  commit(signal?: AbortSignal): Answer<void> {
    if (this.#isAnnounced) return this.#announced.settle().then(() => this.commit(signal))
    const before = this.#committing
    const run = before ? before.then(() => this.#commitWatched(signal)) : this.#commitWatched(signal)
    if (!isLater(run)) return undefined
    const done = (): void => {
      if (this.#committing === settled) this.#committing = undefined
    }
    const settled = run.then(done, done)
    this.#committing = settled
    return run
  }

  #commitWatched(signal: AbortSignal | undefined): Answer<void> {
    if (!commits.isWatched || !this.isChanged) return this.#commit(signal, undefined)
    const trace = new CommitTrace(this.#context.events, this.operations.length)
    const before = this.record ?? this.endings[0]?.record
    trace.isAbout(before)
    return commits.run(trace, () =>
      whenThere(this.#commit(signal, trace), () => {
        trace.result ??= 'ended'
        trace.isAbout(this.record ?? before)
      }),
    )
  }

  #commit(signal: AbortSignal | undefined, trace: CommitTrace | undefined): Answer<void> {
    return whenThere(this.settle(signal), () => {
      if (this.operations.length === 0) return undefined
      if (this.isDown) throw this.#downError()
      const fresh = !this.isLoaded
      return whenThere(this.load(), () => whenThere(this.prepare(), () => this.#saveRecorded(fresh, signal, trace)))
    })
  }

  #saveRecorded(fresh: boolean, signal: AbortSignal | undefined, trace: CommitTrace | undefined): Answer<void> {
    const { operations } = this
    this.operations = NONE
    this.forgetView()
    try {
      const saving = this.save(operations, fresh, signal, trace)
      if (isLater(saving)) {
        return saving.then(
          () => this.forgetView(),
          (error: unknown) => this.#notSaved(operations, error),
        )
      }
    } catch (error) {
      return this.#notSaved(operations, error)
    }
    return this.forgetView()
  }

  #downError(): SojournError {
    const message = 'The store was down when this request read its session. What the request changed was not saved.'
    return new SojournError('ERR_SESSION_STORE', message, { cause: this.#down })
  }

  /** @throws the error, unless only housekeeping failed */
  #notSaved(operations: readonly Recorded[], error: unknown): void {
    const isAskedFor = !operations.every((operation) => this.isHousekeeping(operation))
    if (isAskedFor && isRepeatable(error)) this.operations = [...operations, ...this.operations]
    this.forgetView()
    if (isAskedFor) throw error
  }
}

/** Whether nothing was saved, and saving again is safe. */
function isRepeatable(error: unknown): boolean {
  return error instanceof SojournError && ['ERR_SESSION_NOT_SAVED', 'ERR_SESSION_STORE', 'ERR_SESSION_CONFLICT'].includes(error.code)
}
