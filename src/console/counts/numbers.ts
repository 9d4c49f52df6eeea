/**
 * Counts what happened in each minute of the last hour, in this process and in the others that tell their counts.
 *
 * @module
 */

/** What is counted. */
export const counters = [
  'created',
  'signedIn',
  'signInsRefused',
  'loggedOut',
  'revoked',
  'expired',
  'merged',
  'dropped',
  'alarms',
  'requestsRefused',
  'storeErrors',
  'storeCalls',
  'storeTime',
] as const
export type Counter = (typeof counters)[number]

/** Counts of one minute; what is missing is zero. `storeTime`: of all `storeCalls` together, milliseconds. */
export interface Counts {
  readonly counts: Readonly<Partial<Record<Counter, number>>>
  /** The longest call of the store, milliseconds. */
  readonly slowest: number
}

/** One minute. */
export interface Minute extends Counts {
  /** Its beginning, epoch milliseconds. */
  readonly at: number
}

export const MINUTE = 60_000
export const MINUTES = 60

const NOTHING: Counts = { counts: {}, slowest: 0 }

/** Counts by minute. What is older than an hour is forgotten at the next count. */
export class Numbers {
  readonly #minutes = new Map<number, Counts>()

  add(minute: number, more: Counts): void {
    const { counts, slowest } = this.#minutes.get(minute) ?? NOTHING
    const both = { ...counts }
    for (const counter of counters) {
      const by = more.counts[counter]
      if (by !== undefined) both[counter] = (both[counter] ?? 0) + by
    }
    this.#minutes.set(minute, { counts: both, slowest: Math.max(slowest, more.slowest) })
    for (const old of this.#minutes.keys()) if (old <= minute - MINUTES * MINUTE) this.#minutes.delete(old)
  }

  /** The last hour, the oldest minute first; the last one has only begun. */
  lastHour(now: number): Minute[] {
    const last = minuteOf(now)
    return Array.from({ length: MINUTES }, (_, i) => {
      const at = last - (MINUTES - 1 - i) * MINUTE
      return { at, ...(this.#minutes.get(at) ?? NOTHING) }
    })
  }
}

/** The beginning of the minute of an instant. */
export function minuteOf(instant: number): number {
  return instant - (instant % MINUTE)
}

export function sum(minutes: readonly Minute[], counter: Counter): number {
  return minutes.reduce((total, { counts }) => total + (counts[counter] ?? 0), 0)
}
