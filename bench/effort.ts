/**
 * How much is measured.
 *
 * @module
 */
export interface Effort {
  /** How many rounds there are, in process and over HTTP. In each, every contestant has its turn. */
  readonly rounds: { readonly objects: number; readonly http: number }
  /** About how long one turn takes, milliseconds of CPU. */
  readonly slice: { readonly objects: number; readonly http: number }
  /** How many visits of each scenario come before anything is measured; in process, and then over HTTP. */
  readonly warmUp: { readonly objects: number; readonly http: number }
  /** A warm-up ends after this many seconds: visits that take so long spend their time outside of JavaScript. */
  readonly warmUpSeconds: number
  /** How many visits a process has until its memory is read. The first warm one is among them. */
  readonly life: number
  /** How many sessions are weighed. */
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
