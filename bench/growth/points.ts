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
  readonly engine: string
  readonly size: number
  readonly step: string
  /** Microseconds. */
  readonly p50: number
  readonly p99: number
}

export interface Growth {
  readonly taken: {
    readonly command: string
    readonly node: string
    readonly processor: string
    readonly cores: number
    /** The average load of the last minute when it began. */
    readonly load: number
    readonly seconds: number
  }
  readonly points: readonly Point[]
}
