import type { Clock } from '../core/basics/time.ts'
import { parseDuration, type Duration } from '../core/basics/time.ts'

/** A clock that stands still until it is moved. */
export interface TestClock extends Clock {
  /** Moves the clock forward by a duration and returns the new time, in epoch milliseconds. */
  advance(duration: Duration): number
}

/**
 * A clock for tests, so that none has to sleep. It starts at the first instant of 2100, or at `start`. That is always
 * the same, and so far in the future that an engine which expires by its own clock drops nothing.
 *
 * @example
 * ```ts from: examples/reference/testing/testing.test.ts#testClock
 * const clock = testClock()
 * const sessions = createSessions({ secrets, store, clock })
 * const { headers } = await signIn(sessions, 'user-42')
 * clock.advance('31m') // its session has ended
 * ```
 */
export function testClock(start: number = Date.UTC(2100, 0, 1)): TestClock {
  let now = start
  return {
    now: () => now,
    advance: (duration) => (now += parseDuration(duration, 'advance')),
  }
}
