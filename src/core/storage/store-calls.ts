import type { Clock } from '../basics/time.ts'
import { SojournError } from '../basics/errors.ts'
import type { Events } from '../basics/events.ts'
import type { Call, PrincipalIndex, SessionStore, StoreOperation, StoredRecord } from '../contracts/store.ts'

/** A sealed session's calls go through those of the stores behind it. */
const reported = new WeakSet<Error>()

/** Whether the store failed: not what was asked of it. */
export function isStoreFailure(
  error: unknown,
): error is SojournError & { readonly code: 'ERR_SESSION_STORE' | 'ERR_SESSION_STORE_TIMEOUT' } {
  return error instanceof SojournError && (error.code === 'ERR_SESSION_STORE' || error.code === 'ERR_SESSION_STORE_TIMEOUT')
}

/** Puts a deadline on every call, and one kind of error. */
export class TimedCalls {
  readonly #timeout: number
  readonly #clock: Clock
  readonly #events: Events

  /** @param timeout of each call, milliseconds: a hung server must not hang a request */
  constructor(timeout: number, clock: Clock, events: Events) {
    this.#timeout = timeout
    this.#clock = clock
    this.#events = events
  }

  /** @param waits `false` for what answers at once and needs no deadline */
  async run<T>(operation: string, ask: (call: Call) => Promise<T>, waits = true): Promise<T> {
    const call = new DeadlineCall(this.#clock.now(), this.#timeout)
    try {
      return await (waits ? inTime(ask, call, operation) : ask(call))
    } catch (cause) {
      const error =
        cause instanceof SojournError ? cause : new SojournError('ERR_SESSION_STORE', `The store failed in ${operation}.`, { cause })
      if (isStoreFailure(error) && !reported.has(error)) {
        reported.add(error)
        this.#events.emit('storeError', { operation, code: error.code, error })
      }
      throw error
    }
  }
}

/** The calls of the store of an application. */
export class StoreCalls {
  readonly store: SessionStore
  readonly #calls: TimedCalls

  /** @param timeout of each call, milliseconds */
  constructor(store: SessionStore, timeout: number, clock: Clock, events: Events) {
    this.store = store
    this.#calls = new TimedCalls(timeout, clock, events)
  }

  /** Whether an error may have come after the write: a reply can be lost. */
  get uncertain(): boolean {
    return this.store.replies !== 'certain'
  }

  load(id: string): Promise<StoredRecord | undefined> {
    return this.#run('load', (call) => this.store.load(id, call))
  }

  create(record: StoredRecord): Promise<'created' | 'exists'> {
    return this.#run('create', (call) => this.store.create(record, call))
  }

  update(record: StoredRecord): Promise<'updated' | 'gone' | StoredRecord> {
    return this.#run('update', (call) => this.store.update(record, call))
  }

  touch(id: string, expiresAt: number): Promise<boolean> {
    return this.#run('touch', (call) => this.store.touch(id, expiresAt, call))
  }

  delete(id: string): Promise<boolean> {
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

  /** @throws ERR_SESSION_CAPABILITY if the store cannot be walked over. */
  scan(cursor: string | undefined, limit: number): Promise<{ records: StoredRecord[]; next?: string }> {
    const scanner = this.store.scanner
    if (!scanner) throw new SojournError('ERR_SESSION_CAPABILITY', 'This store cannot be walked over. Use one that has a `scanner`.')
    return this.#run('scanner.scan', (call) => scanner.scan(cursor, limit, call))
  }

  /** @throws ERR_SESSION_CAPABILITY if the store has no index by principal. */
  principals<T>(operation: StoreOperation & `principals.${string}`, ask: (index: PrincipalIndex, call: Call) => Promise<T>): Promise<T> {
    const index = this.store.principals
    if (!index) {
      throw new SojournError('ERR_SESSION_CAPABILITY', 'This store cannot find sessions by principal. Use one that has `principals`.')
    }
    return this.#run(operation, (call) => ask(index, call))
  }

  #run<T>(operation: StoreOperation, ask: (call: Call) => Promise<T>): Promise<T> {
    return this.#calls.run(operation, ask, this.uncertain)
  }
}

/** The signal is made when first read: an in-process store that never waits pays nothing for its deadline. */
class DeadlineCall implements Call {
  readonly now: number
  readonly timeout: number
  #signal: AbortSignal | undefined

  constructor(now: number, timeout: number) {
    this.now = now
    this.timeout = timeout
  }

  get signal(): AbortSignal {
    return (this.#signal ??= AbortSignal.timeout(this.timeout))
  }
}

function inTime<T>(ask: (call: Call) => Promise<T>, call: DeadlineCall, operation: string): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new SojournError('ERR_SESSION_STORE_TIMEOUT', `The store did not answer in ${operation} within ${call.timeout} ms.`))
    }, call.timeout)
    // async, so that a store that throws at once is caught too
    void (async () => ask(call))()
      .then(resolve, reject)
      .finally(() => clearTimeout(timer))
  })
}
