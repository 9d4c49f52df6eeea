/**
 * What every visit does, whosever sessions they are: it reads the record once, holds the response from the first change on, and
 * saves what was recorded, one commit after the other. How a record is found and written is for those who extend it.
 *
 * @module
 */
import type { RequestInfo } from './find-session.ts'
import type { Context } from './context.ts'
import { SojournError } from '../basics/errors.ts'
import type { Exchange, Committable } from '../contracts/exchange.ts'
import type { OnStoreDown } from '../record/policy.ts'
import type { DataRules } from '../record/schema.ts'
import { isStoreFailure } from '../storage/store-calls.ts'
import type { HeaderLine } from '../basics/refusal.ts'
import { deepFreeze } from '../record/values.ts'
import type { EncodedValue } from '../record/values.ts'

/** A visitor whose exchange may become known later. */
export type VisitRequest = RequestInfo & { exchange: Exchange | undefined }

/** A session that is to end at commit. */
interface Ending<Stored> {
  readonly record: Stored
  readonly how: 'logout' | 'revoked'
}

type VisitEnvironment = Pick<Context, 'rules' | 'events' | 'freeze' | 'onStoreDown'>

export abstract class BaseVisit<Stored extends { readonly id: string }, Recorded> implements Committable {
  /** The record as it was read or last saved. */
  record: Stored | undefined
  /** The id of the session that ended under this request: what it writes from now on is dropped. */
  endedMeanwhile: string | undefined
  protected readonly visitor: VisitRequest
  /** Set by `find` as the last thing it does. */
  protected isLoaded = false
  protected operations: Recorded[] = []
  protected endings: Ending<Stored>[] = []
  readonly #env: VisitEnvironment
  readonly #vary: string
  #accessed = false
  #loading: Promise<void> | undefined
  /** Why the store could not be read, where the application reads on without a session. */
  #down: unknown
  #committing: Promise<void> | undefined

  constructor(env: VisitEnvironment, visitor: VisitRequest, vary: string) {
    this.#env = env
    this.visitor = visitor
    this.#vary = vary
  }

  protected abstract find(): Promise<void>
  /** Before operations are saved: endings. */
  protected abstract settle(signal: AbortSignal | undefined): Promise<void>
  /** Before the operations are taken, when the record is known. */
  protected prepare(): Promise<void> | void {}
  /** @param fresh whether the record was read for this very commit */
  protected abstract save(operations: readonly Recorded[], fresh: boolean, signal: AbortSignal | undefined): Promise<void>
  /** Whether nobody asked for it: a failure of these is no failure of the request. */
  protected abstract isHousekeeping(operation: Recorded): boolean
  /** What the values looked like with the operations is no longer true. */
  protected abstract forgetView(): void
  abstract takeHeaders(): HeaderLine[]

  get rules(): DataRules {
    return this.#env.rules
  }

  /** Whether something waits for the commit. */
  get isChanged(): boolean {
    return this.operations.length + this.endings.length > 0
  }

  /** Whether this request reads on without a session because the store is down. */
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
  load(): Promise<void> {
    this.access()
    return this.loadUnseen()
  }

  /** Reads the record, once, before anybody asks for it: the response does not depend on it yet. */
  protected async loadUnseen(): Promise<void> {
    if (this.isLoaded) return
    try {
      await (this.#loading ??= this.find())
    } catch (error) {
      this.#loading = undefined
      throw error
    }
  }

  /**
   * For reads: while the store is down there may be nothing to read. It stays so for this request, or what it decides by one read would
   * not fit what it sees at the next.
   */
  async read(onStoreDown: OnStoreDown = this.#env.onStoreDown): Promise<void> {
    if (this.isDown) return
    try {
      await this.load()
    } catch (error) {
      if (onStoreDown === 'fail' || !isStoreFailure(error)) throw error
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

  /** One of the values, decoded; the schema's default where there is none that fits. */
  valueOf(values: ReadonlyMap<string, EncodedValue>, key: string): unknown {
    const { rules, events, freeze } = this.#env
    const stored = values.get(key)
    if (stored) {
      const reading = rules.decode(key, stored)
      if (reading.fits) return freeze ? deepFreeze(reading.value) : reading.value
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

  /** To be applied at commit. */
  protected recordChange(operation: Recorded): void {
    this.holdResponse()
    this.operations.push(operation)
  }

  /** @throws ERR_SESSION_HEADERS_SENT, ERR_SESSION_COMMITTED */
  protected holdResponse(): void {
    this.access()
    this.visitor.exchange?.changed(this)
  }

  /** For what nobody asked for: if the headers are out, it waits for the next request. */
  protected mayStillChange(): boolean {
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
    if (this.record !== undefined) this.endings.push({ record: this.record, how })
    this.record = undefined
    this.operations = []
    this.forgetView()
  }

  // ── Saving ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Commits of one request follow each other. */
  commit(signal?: AbortSignal): Promise<void> {
    const before = this.#committing
    const run = before ? before.then(() => this.#commit(signal)) : this.#commit(signal)
    this.#committing = run.then(
      () => undefined,
      () => undefined,
    )
    return run
  }

  async #commit(signal: AbortSignal | undefined): Promise<void> {
    await this.settle(signal)
    if (this.operations.length === 0) return
    if (this.isDown) {
      const message = 'The store was down when this request read its session. What the request changed was not saved.'
      throw new SojournError('ERR_SESSION_STORE', message, { cause: this.#down })
    }
    const fresh = !this.isLoaded
    await this.load()
    await this.prepare()
    const operations = this.operations
    this.operations = []
    this.forgetView()
    try {
      await this.save(operations, fresh, signal)
    } catch (error) {
      if (operations.every((operation) => this.isHousekeeping(operation))) return
      if (isRepeatable(error)) this.operations = [...operations, ...this.operations]
      throw error
    } finally {
      this.forgetView()
    }
  }
}

/** Whether nothing was saved, and saving again is safe. */
function isRepeatable(error: unknown): boolean {
  return error instanceof SojournError && ['ERR_SESSION_NOT_SAVED', 'ERR_SESSION_STORE', 'ERR_SESSION_CONFLICT'].includes(error.code)
}
