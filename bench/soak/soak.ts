/**
 * What `npm run bench:soak` leaves in bench/results/soak.json.
 *
 * @module
 */

/** By what is measured, such as `heap, MB`. */
export type Figures = Readonly<Record<string, number>>

export interface Sample {
  /** Seconds since the load began. */
  readonly at: number
  readonly figures: Figures
}

export interface Soak {
  readonly taken: {
    readonly command: string
    readonly node: string
    readonly processor: string
    readonly cores: number
    /** The average load of the last minute when it began, and when it ended. */
    readonly load: readonly [began: number, ended: number]
    readonly seconds: number
  }
  readonly engines: readonly string[]
  /** How often each thing happened. */
  readonly happened: Figures
  /** Seconds. What was measured before counts for nothing. */
  readonly warmUp: number
  /** Under load. */
  readonly samples: readonly Sample[]
  /** With everything closed: after the warm-up, and at the end. */
  readonly atRest: readonly [before: Figures, after: Figures]
}
