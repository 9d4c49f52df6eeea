import type { Answer } from '../../core/basics/answer.ts'
import type { Notices, PrincipalIndex, Scanner, SessionStore, StoreEvent, StoreOperation, Sweeper } from '../../core/contracts/store.ts'

/** One call, as a hook is given it. */
export interface StoreStep {
  readonly operation: StoreOperation
  /** 1 for the first call of this operation since the last reset. */
  readonly nth: number
  readonly args: readonly unknown[]
  /** What the inner store returned. Only after the call. */
  readonly answer?: unknown
}

/** Runs before or after a call. The call waits for it, and fails with what it throws. */
export type StoreHook = (step: StoreStep) => unknown

/** A store under a test's control. */
export interface ScriptedStore extends SessionStore {
  /**
   * Sets the hook that runs before the inner store is called. If it throws, nothing is written; while it waits, the
   * call waits. An operation has one hook: a new one replaces it, and `before(operation)` removes it.
   */
  before(operation: StoreOperation, hook?: StoreHook): void
  /**
   * Sets the hook that runs when the inner store has returned. If it throws, the reply is lost although the write is
   * done. An operation has one hook, as for `before`.
   */
  after(operation: StoreOperation, hook?: StoreHook): void
  /** How often an operation was called since the last reset. Without an operation: all of them together. */
  count(operation?: StoreOperation): number
  /** Starts the counts again at 0. Hooks stay. */
  reset(): void
}

/**
 * Puts a store under a test's control: calls are counted, and can be stopped or made to fail before and after the inner
 * store is called. The inner store's capabilities are passed on.
 *
 * Its `replies: 'certain'` is not passed on, because here replies can be lost. A test that loses none may set
 * `replies`.
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
): ScriptedStore & Pick<S, 'principals' | 'sweeper' | 'scanner' | 'health' | 'notices'> {
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
    ...(inner.engine !== undefined && { engine: inner.engine }),
    ...(inner.principals && { principals: scriptedPrincipals(inner.principals, through) }),
    ...(inner.sweeper && { sweeper: scriptedSweeper(inner.sweeper, through) }),
    ...(inner.scanner && { scanner: scriptedScanner(inner.scanner, through) }),
    ...(inner.health && { health: through('health', (call) => inner.health!(call)) }),
    ...(inner.notices && { notices: scriptedNotices(inner.notices, through) }),
    ...(inner.onEvent && { onEvent: (listener: (event: StoreEvent) => void) => inner.onEvent?.(listener) }),
  }
  return store
}

type Through = <A extends unknown[], T>(operation: StoreOperation, ask: (...args: A) => Promise<T>) => (...args: A) => Promise<T>

function scriptedPrincipals(inner: PrincipalIndex, through: Through): PrincipalIndex {
  return {
    list: through('principals.list', (principal, cursor, call) => inner.list(principal, cursor, call)),
    ...(inner.ids && { ids: through('principals.ids', (principal, cursor, call) => inner.ids!(principal, cursor, call)) }),
    deleteMany: through('principals.deleteMany', (principal, ids, call) => inner.deleteMany(principal, ids, call)),
    epoch: through('principals.epoch', (principal, call) => inner.epoch(principal, call)),
    raise: through('principals.raise', (principal, epoch, keepUntil, call) => inner.raise(principal, epoch, keepUntil, call)),
  }
}

function scriptedSweeper(inner: Sweeper, through: Through): Sweeper {
  return { sweep: through('sweeper.sweep', (limit, call) => inner.sweep(limit, call)) }
}

function scriptedNotices(inner: Notices, through: Through): Notices {
  return {
    publish: through('notices.publish', (id, call) => inner.publish(id, call)),
    subscribe: through('notices.subscribe', (listener) => inner.subscribe(listener)),
  }
}

function scriptedScanner(inner: Scanner, through: Through): Scanner {
  return {
    scan: through('scanner.scan', (cursor, limit, call) => inner.scan(cursor, limit, call)),
    ...(inner.count && { count: through('scanner.count', (call) => inner.count!(call)) }),
  }
}
