import type { Answer } from '../../core/basics/answer.ts'
import type { Call } from '../../core/contracts/store.ts'

// SQLite's own busy timeout sleeps in the thread: of two writing processes, one did a single write in two seconds, and
// its event loop stood still. So that timeout is 0 here, and a call that finds the database busy tries again later.
// Both waits are in milliseconds.
const MIN_WAIT = 1
const MAX_WAIT = 8

/** The error of a call whose deadline passed while the database was busy. It has written nothing. */
export class BusyError extends Error {
  constructor(cause: unknown) {
    super('sqliteStore: the database was busy until the deadline: another process kept its lock. Nothing was written.', { cause })
  }
}

/**
 * Whether an error is SQLITE_BUSY, with any extended code: a number in node:sqlite, a text in better-sqlite3; or ours.
 */
export function isBusy(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof BusyError) return true
  if ('errcode' in error && typeof error.errcode === 'number') return (error.errcode & 0xff) === 5
  return 'code' in error && typeof error.code === 'string' && error.code.startsWith('SQLITE_BUSY')
}

/**
 * Tries now, and again while the database is busy, until the call's deadline. Returns a promise only if it has to wait.
 */
export function whenFree<T>(call: Call, attempt: () => T): Answer<T> {
  try {
    return attempt()
  } catch (error) {
    if (!isBusy(error)) throw error
    return waitUntilFree(call, attempt, error)
  }
}

/** Like {@link whenFree}, but it always returns a promise. */
export async function untilFree<T>(call: Call, attempt: () => T): Promise<T> {
  return whenFree(call, attempt)
}

async function waitUntilFree<T>(call: Call, attempt: () => T, busy: unknown): Promise<T> {
  for (let error = busy; ;) {
    if (call.signal.aborted) throw new BusyError(error)
    await new Promise((resolve) => setTimeout(resolve, shortWait()))
    try {
      return attempt()
    } catch (next) {
      if (!isBusy(next)) throw next
      error = next
    }
  }
}

/** Like {@link untilFree}, but it blocks the thread. `deadline` is in epoch milliseconds. */
export function untilFreeSync<T>(deadline: number, attempt: () => T): T {
  for (;;) {
    try {
      return attempt()
    } catch (error) {
      if (!isBusy(error)) throw error
      if (Date.now() >= deadline) throw new BusyError(error)
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, shortWait())
  }
}

/** Returns the milliseconds until the next try. They are random, so that processes do not collide again and again. */
export function shortWait(): number {
  return MIN_WAIT + Math.random() * (MAX_WAIT - MIN_WAIT)
}
