import type { Answer } from '../../core/basics/answer.ts'
import type { Notices, PrincipalIndex, Scanner, SessionStore, StoreEvent, StoreOperation, Sweeper } from '../../core/contracts/store.ts'

/** One call, as a hook sees it. */
export interface StoreStep {
  readonly operation: StoreOperation
  /** 1 for the first call of this operation since the last reset. */
  readonly nth: number
  readonly args: readonly unknown[]
  /** What the inner store answered; only after the call. */
  readonly answer?: unknown
}

/** Runs beside a call. The call waits for it and fails with what it throws. */
export type StoreHook = (step: StoreStep) => unknown

/** A store under a test's control. */
export interface ScriptedStore extends SessionStore {
  /** Runs before the inner store is asked: throw, and nothing is written; wait, and the call stands still. One hook per operation; the last one counts, none takes it away. */
  before(operation: StoreOperation, hook?: StoreHook): void
  /** Runs when the inner store has answered: throw, and the reply is lost although the write is done. One hook per operation, as for `before`. */
  after(operation: StoreOperation, hook?: StoreHook): void
  /** How often an operation was called since the last reset; without an operation, all of them together. */
  count(operation?: StoreOperation): number
  /** Begins to count anew. Hooks stay. */
  reset(): void
}

/**
 * Puts a store under a test's control: calls are counted, and can be stopped or made to fail before and after the inner store is asked.
 * The inner store's capabilities are passed on.
 *
 * Not so its `replies: 'certain'`, because here they can be lost; `replies` says it all the same, for a test that loses none.
 *
 * @example
 * ```ts from: examples/reference/testing/testing.test.ts#scriptedStore
 * const store = scriptedStore(memoryStore())
 * store.after('update', ({ nth }) => {
 *   if (nth === 1) throw new Error('reply lost')
 * })
 * ```
 */
export function scriptedStore<S extends SessionStore>(
  inner: S,
  options: { readonly replies?: 'certain' } = {},
): ScriptedStore & Pick<S, 'principals' | 'sweeper' | 'scanner' | 'notices'> {
  const hooks = { before: new Map<StoreOperation, StoreHook>(), after: new Map<StoreOperation, StoreHook>() }
  const counts = new Map<StoreOperation, number>()

  function count(operation: StoreOperation): number {
    const nth = (counts.get(operation) ?? 0) + 1
    counts.set(operation, nth)
    return nth
  }

  async function hooked<A extends unknown[], T>(operation: StoreOperation, ask: (...args: A) => Answer<T>, args: A): Promise<T> {
    const nth = count(operation)
    await hooks.before.get(operation)?.({ operation, nth, args })
    const answer = await ask(...args)
    await hooks.after.get(operation)?.({ operation, nth, args, answer })
    return answer
  }

  function through<A extends unknown[], T>(operation: StoreOperation, ask: (...args: A) => Promise<T>): (...args: A) => Promise<T> {
    return (...args) => hooked(operation, ask, args)
  }

  /** Without a hook the answer is the inner store's, at once if that one's is. */
  function passing<A extends unknown[], T>(operation: StoreOperation, ask: (...args: A) => Answer<T>): (...args: A) => Answer<T> {
    return (...args) => {
      if (hooks.before.has(operation) || hooks.after.has(operation)) return hooked(operation, ask, args)
      count(operation)
      return ask(...args)
    }
  }

  function set(when: keyof typeof hooks, operation: StoreOperation, hook?: StoreHook): void {
    if (hook) hooks[when].set(operation, hook)
    else hooks[when].delete(operation)
  }

  const store: ScriptedStore = {
    load: passing('load', (id, call) => inner.load(id, call)),
    create: passing('create', (record, call) => inner.create(record, call)),
    update: passing('update', (record, call) => inner.update(record, call)),
    touch: passing('touch', (id, expiresAt, call) => inner.touch(id, expiresAt, call)),
    delete: passing('delete', (id, call) => inner.delete(id, call)),
    close: through('close', () => inner.close()),
    before: (operation, hook) => set('before', operation, hook),
    after: (operation, hook) => set('after', operation, hook),
    count: (operation) => (operation ? (counts.get(operation) ?? 0) : [...counts.values()].reduce((sum, calls) => sum + calls, 0)),
    reset: () => counts.clear(),
    ...(options.replies && { replies: options.replies }),
    ...(inner.principals && { principals: principalsOf(inner.principals, through) }),
    ...(inner.sweeper && { sweeper: sweeperOf(inner.sweeper, through) }),
    ...(inner.scanner && { scanner: scannerOf(inner.scanner, through) }),
    ...(inner.notices && { notices: noticesOf(inner.notices, through) }),
    ...(inner.onEvent && { onEvent: (listener: (event: StoreEvent) => void) => inner.onEvent?.(listener) }),
  }
  return store
}

type Through = <A extends unknown[], T>(operation: StoreOperation, ask: (...args: A) => Promise<T>) => (...args: A) => Promise<T>

function principalsOf(inner: PrincipalIndex, through: Through): PrincipalIndex {
  return {
    list: through('principals.list', (principal, cursor, call) => inner.list(principal, cursor, call)),
    deleteMany: through('principals.deleteMany', (principal, ids, call) => inner.deleteMany(principal, ids, call)),
    epoch: through('principals.epoch', (principal, call) => inner.epoch(principal, call)),
    raise: through('principals.raise', (principal, epoch, keepUntil, call) => inner.raise(principal, epoch, keepUntil, call)),
  }
}

function sweeperOf(inner: Sweeper, through: Through): Sweeper {
  return { sweep: through('sweeper.sweep', (limit, call) => inner.sweep(limit, call)) }
}

function noticesOf(inner: Notices, through: Through): Notices {
  return {
    publish: through('notices.publish', (id, call) => inner.publish(id, call)),
    subscribe: through('notices.subscribe', (listener) => inner.subscribe(listener)),
  }
}

function scannerOf(inner: Scanner, through: Through): Scanner {
  return {
    scan: through('scanner.scan', (cursor, limit, call) => inner.scan(cursor, limit, call)),
    ...(inner.count && { count: through('scanner.count', (call) => inner.count!(call)) }),
  }
}
