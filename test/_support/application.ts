import { expect } from 'vitest'
import { createSessions } from '../../src/index.ts'
import type { Sessions, SessionsOptions, SessionStore } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { scriptedStore, testClock } from '../../src/testing/index.ts'
import type { ScriptedStore, StoreHook, StoreStep, TestClock } from '../../src/testing/index.ts'
import { PATIENCE } from './patience.ts'

export const SECRET = 'the first secret of the tests, 32'

export interface Application {
  readonly clock: TestClock
  /** Its replies can be lost, as those of a server. */
  readonly store: ScriptedStore
  readonly sessions: Sessions
  /** Another process of the application: the same secrets over the same store. */
  another(): Sessions
}

/** An application over a store under the test's control. */
export function application(options: SessionsOptions & { readonly schema?: never } = {}, inner: SessionStore = memoryStore()): Application {
  const clock = testClock()
  const store = scriptedStore(inner)
  const another = (): Sessions => createSessions({ ...PATIENCE, secrets: [SECRET], store, clock, ...options })
  return { clock, store, sessions: another(), another }
}

/** Stands in the way of one call of the store. */
export interface Stop {
  /** For `store.before` and `store.after`. */
  readonly hook: StoreHook
  /** Resolves when the call stands still. */
  readonly reached: Promise<void>
  /** Lets it go on. */
  release(): void
}

/** Stops the nth call of an operation, and no other. */
export function stopAt(nth = 1): Stop {
  return stop((step) => step.nth === nth)
}

/** Stops the first call, of whatever operations it is set for. */
export function stopFirst(): Stop {
  let stopped = false
  return stop(() => !stopped && (stopped = true))
}

function stop(which: (step: StoreStep) => boolean): Stop {
  const [reached, arrive] = signal()
  const [released, release] = signal()
  return {
    reached,
    release,
    hook: (step) => {
      if (!which(step)) return undefined
      arrive()
      return released
    },
  }
}

export function signal(): [promise: Promise<void>, resolve: () => void] {
  let resolve!: () => void
  const promise = new Promise<void>((done) => (resolve = done))
  return [promise, resolve]
}

/** Loses the reply to the nth call, after `meanwhile`: the write itself is done. */
export function loseReply(nth: number, meanwhile?: StoreHook): StoreHook {
  return async (step) => {
    if (step.nth !== nth) return
    await meanwhile?.(step)
    throw new Error('connection reset')
  }
}

/** For `expect(promise).rejects.toThrow(…)`. */
export function code(code: string): { code: string } {
  return expect.objectContaining({ code }) as { code: string }
}

/** Until what runs beside a handler, such as a touch, has come to rest. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
