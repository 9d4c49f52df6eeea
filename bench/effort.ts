/**
 * How much is measured.
 *
 * @module
 */
export interface Effort {
  /** Times that all contestants have their turn, in process and over HTTP. */
  readonly rounds: { readonly objects: number; readonly http: number }
  /** Milliseconds of CPU that one turn takes about. */
  readonly slice: { readonly objects: number; readonly http: number }
  /** Visits of each scenario before anything is measured; in process, and then over HTTP. */
  readonly warmUp: { readonly objects: number; readonly http: number }
  /** A warm-up that takes longer than so many seconds ends there: such a visit spends its time outside of JavaScript. */
  readonly warmUpSeconds: number
  /** Visits of which the first warm one is looked for, and after which the memory is read. */
  readonly life: number
  /** Sessions that are weighed. */
  readonly weighed: number
}

export const full: Effort = {
  rounds: { objects: 21, http: 15 },
  slice: { objects: 20, http: 40 },
  warmUp: { objects: 20_000, http: 20_000 },
  warmUpSeconds: 3,
  life: 200_000,
  weighed: 100_000,
}

export const quick: Effort = {
  rounds: { objects: 3, http: 3 },
  slice: { objects: 10, http: 20 },
  warmUp: { objects: 2_000, http: 300 },
  warmUpSeconds: 0.3,
  life: 20_000,
  weighed: 20_000,
}
