/**
 * What `npm run bench:growth` leaves in bench/results/growth.json.
 *
 * @module
 */

/** What grows. */
export type Series = 'sessions' | 'bytes' | 'of one principal' | 'writers'

/** One step at one size. Steps named `own …` are the engine's, in turn with ours. */
export interface Point {
  readonly series: Series
  readonly size: number
  readonly step: string
  /** Microseconds. */
  readonly p50: number
  readonly p99: number
  /** How often it was measured. */
  readonly times: number
}

/** How much a store with this many sessions weighs. */
export interface Weight {
  readonly size: number
  /** The bytes of one session, with its part of the indexes. */
  readonly bytes: number
  /** What it takes to sweep a million while reads go on; missing where the engine removes them by itself. */
  readonly sweepSeconds?: number
}

/** When and where one engine was measured. */
export interface Taken {
  readonly command: string
  /** In ISO 8601. */
  readonly day: string
  readonly node: string
  readonly processor: string
  readonly cores: number
  /** Bytes. */
  readonly memory: number
  /** How many cores other work kept busy before it began. */
  readonly load: number
  readonly seconds: number
  /** Why it ended before the largest size. */
  readonly note?: string
}

export interface OfEngine {
  readonly taken: Taken
  readonly weights: readonly Weight[]
  readonly points: readonly Point[]
}

/** By the names of the engines. */
export type Growth = Readonly<Record<string, OfEngine>>

/** How large the stores become, and how long is measured. */
export interface Extent {
  /** The largest number of sessions. */
  readonly max: number
  /** How often one step is measured at most, and for how many milliseconds all steps of a group. */
  readonly times: number
  readonly patience: number
  /** The most sessions of one principal. */
  readonly ofOne: number
  /** How long one sweep is watched, milliseconds. */
  readonly sweeping: number
}
