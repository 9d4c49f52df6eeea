import { isLater } from '../basics/answer.ts'
import type { Answer } from '../basics/answer.ts'
import { SojournError } from '../basics/errors.ts'
import type { Events } from '../basics/events.ts'
import { StoreTrace, storeCalls } from '../basics/tracing.ts'
import { withoutData } from '../basics/without-data.ts'
import type { Clock } from '../basics/time.ts'
import type { Call, NotWritten, PrincipalIndex, SessionStore, StoreHealth, StoreOperation, StoredRecord } from '../contracts/store.ts'

/**
 * Errors that an event has already reported: a sealed session calls the stores behind it through a second StoreCalls.
 */
const reported = new WeakSet<Error>()

/** Whether the store failed, as opposed to the request to it being wrong. */
export function isStoreFailure(
  error: unknown,
): error is SojournError & { readonly code: 'ERR_SESSION_STORE' | 'ERR_SESSION_STORE_TIMEOUT' } {
  return error instanceof SojournError && (error.code === 'ERR_SESSION_STORE' || error.code === 'ERR_SESSION_STORE_TIMEOUT')
}

/** Whether the store failed because its engine refused the write: nothing was written, and core need not ask again. */
export function isRefusal(error: unknown): error is SojournError & { readonly cause: NotWritten } {
  return isStoreFailure(error) && isNotWritten(error.cause)
}

function isNotWritten(error: unknown): error is NotWritten {
  return error instanceof Error && 'written' in error && error.written === false
}

/** Gives every call a deadline and one kind of error. */
export class TimedCalls {
  readonly #timeout: number
  readonly #clock: Clock
  readonly #events: Events
  readonly #engine: string | undefined

  /** @param timeout of each call, milliseconds, because a hung server must not hang a request */
  constructor(timeout: number, clock: Clock, events: Events, engine?: string) {
    this.#timeout = timeout
    this.#clock = clock
    this.#events = events
    this.#engine = engine
  }

  /** @param waits `false` for a call that cannot hang and needs no deadline */
  async run<T>(operation: string, ask: (call: Call) => Answer<T>, waits = true): Promise<T> {
    return storeCalls.isWatched ? this.watched(operation, () => this.#run(operation, ask, waits)) : this.#run(operation, ask, waits)
  }

  /** Runs a call that somebody watches. */
  watched<T>(operation: string, ask: () => Answer<T>): Answer<T> {
    return storeCalls.run(new StoreTrace(this.#events, operation, this.#engine), ask)
  }

  async #run<T>(operation: string, ask: (call: Call) => Answer<T>, waits: boolean): Promise<T> {
    const call = this.begin(operation, waits)
    try {
      return await this.end(call, ask(call))
    } catch (cause) {
      throw this.failed(call, cause)
    }
  }

  /**
   * Begins a call. Its deadline is armed before the store is asked; otherwise a signal of the store could fire first.
   */
  begin(operation: string, waits: boolean): StoreCall {
    const call = new StoreCall(operation, this.#clock.now(), this.#timeout)
    if (waits) call.arm()
    return call
  }

  /** The result of a call: at once, or by its deadline. */
  end<T>(call: StoreCall, answer: Answer<T>): Answer<T> {
    if (isLater(answer)) return this.#later(call, answer)
    // A client library may have a promise class of its own.
    if (isThenable(answer)) return this.#later(call, Promise.resolve(answer) as Promise<T>)
    call.disarm()
    return answer
  }

  /** Turns the failure of a call into the error to throw. */
  failed(call: StoreCall, cause: unknown): SojournError {
    call.disarm()
    const { operation } = call
    const error =
      cause instanceof SojournError
        ? cause
        : new SojournError('ERR_SESSION_STORE', failureOf(operation, cause), { cause: withoutData(cause) })
    if (isStoreFailure(error) && !reported.has(error)) {
      reported.add(error)
      this.#events.emit('storeError', { operation, code: error.code, error })
    }
    return error
  }

  #later<T>(call: StoreCall, answer: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const fail = (cause: unknown): void => reject(this.failed(call, cause))
      call.onTimeout = fail
      answer.then((value) => {
        call.disarm()
        resolve(value)
      }, fail)
    })
  }
}

function failureOf(operation: string, cause: unknown): string {
  return isNotWritten(cause) ? `Nothing was written in ${operation}. ${cause.message}` : `The store failed in ${operation}.`
}

/** The calls of the store of an application. */
export class StoreCalls {
  readonly store: SessionStore
  readonly #calls: TimedCalls

  /** @param timeout of each call, milliseconds */
  constructor(store: SessionStore, timeout: number, clock: Clock, events: Events) {
    this.store = store
    this.#calls = new TimedCalls(timeout, clock, events, store.engine)
  }

  /** Whether the write may have taken effect although the call failed, because its reply was lost. */
  get uncertain(): boolean {
    return this.store.replies !== 'certain'
  }

  load(id: string, isWatched: boolean = storeCalls.isWatched): Answer<StoredRecord | undefined> {
    if (isWatched) return this.#calls.watched('load', () => this.load(id, false))
    const call = this.#calls.begin('load', this.uncertain)
    try {
      return this.#calls.end(call, this.store.load(id, call))
    } catch (cause) {
      throw this.#calls.failed(call, cause)
    }
  }

  create(record: StoredRecord, isWatched: boolean = storeCalls.isWatched): Answer<'created' | 'exists'> {
    if (isWatched) return this.#calls.watched('create', () => this.create(record, false))
    const call = this.#calls.begin('create', this.uncertain)
    try {
      return this.#calls.end(call, this.store.create(record, call))
    } catch (cause) {
      throw this.#calls.failed(call, cause)
    }
  }

  update(record: StoredRecord, isWatched: boolean = storeCalls.isWatched): Answer<'updated' | 'gone' | StoredRecord> {
    if (isWatched) return this.#calls.watched('update', () => this.update(record, false))
    const call = this.#calls.begin('update', this.uncertain)
    try {
      return this.#calls.end(call, this.store.update(record, call))
    } catch (cause) {
      throw this.#calls.failed(call, cause)
    }
  }

  async touch(id: string, expiresAt: number): Promise<boolean> {
    return this.#run('touch', (call) => this.store.touch(id, expiresAt, call))
  }

  async delete(id: string): Promise<boolean> {
    return this.#run('delete', (call) => this.store.delete(id, call))
  }

  /** Does nothing if the store has no notices. */
  async publish(id: string): Promise<void> {
    const { notices } = this.store
    if (notices) await this.#run('notices.publish', (call) => notices.publish(id, call))
  }

  sweep(limit: number): Promise<{ expired: string[]; done: boolean }> {
    return this.#run('sweeper.sweep', async (call) => (await this.store.sweeper?.sweep(limit, call)) ?? { expired: [], done: true })
  }

  /** @throws ERR_SESSION_CAPABILITY if the store has no scanner */
  async scan(cursor: string | undefined, limit: number): Promise<{ records: StoredRecord[]; next?: string }> {
    const scanner = this.store.scanner
    if (!scanner) throw new SojournError('ERR_SESSION_CAPABILITY', 'This store cannot be walked over. Use one that has a `scanner`.')
    return this.#run('scanner.scan', (call) => scanner.scan(cursor, limit, call))
  }

  /** How many records are live, of all applications; `undefined` if the store does not count them. */
  async count(): Promise<number | undefined> {
    const scanner = this.store.scanner
    return scanner?.count && (await this.#run('scanner.count', (call) => scanner.count!(call)))
  }

  /** Empty if the store says nothing of its engine. */
  health(): Promise<StoreHealth> {
    return this.#run('health', async (call) => (await this.store.health?.(call)) ?? {})
  }

  /** @throws ERR_SESSION_CAPABILITY if the store has no index by principal */
  async principals<T>(
    operation: StoreOperation & `principals.${string}`,
    ask: (index: PrincipalIndex, call: Call) => Promise<T>,
  ): Promise<T> {
    const index = this.store.principals
    if (!index) {
      throw new SojournError('ERR_SESSION_CAPABILITY', 'This store cannot find sessions by principal. Use one that has `principals`.')
    }
    return this.#run(operation, (call) => ask(index, call))
  }

  #run<T>(operation: StoreOperation, ask: (call: Call) => Answer<T>): Promise<T> {
    return this.#calls.run(operation, ask, this.uncertain)
  }
}

/** A client that queues what it cannot send tells nobody why it waits, so there is no cause to show. */
const OUT_OF_REACH = 'Perhaps its server cannot be reached, and the client keeps commands in a queue meanwhile.'

/** One call under way. Its signal is made when it is first read, so that a store that never waits pays nothing. */
class StoreCall implements Call {
  readonly operation: string
  readonly now: number
  onTimeout: ((error: SojournError) => void) | undefined
  readonly #timeout: number
  #signal: AbortSignal | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(operation: string, now: number, timeout: number) {
    this.operation = operation
    this.now = now
    this.#timeout = timeout
  }

  get signal(): AbortSignal {
    return (this.#signal ??= AbortSignal.timeout(this.#timeout))
  }

  arm(): void {
    this.#timer = setTimeout(timedOut, this.#timeout, this)
  }

  disarm(): void {
    if (this.#timer) clearTimeout(this.#timer)
  }

  expire(): void {
    const message = `The store did not answer in ${this.operation} within ${this.#timeout} ms. ${OUT_OF_REACH}`
    this.onTimeout?.(new SojournError('ERR_SESSION_STORE_TIMEOUT', message))
  }
}

// One function for all calls, so that arming a deadline makes no closure.
function timedOut(call: StoreCall): void {
  call.expire()
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
