/**
 * Ends everybody's sessions, in the background of the console.
 *
 * @module
 */
import { randomText } from '../../core/crypto/random.ts'
import type { RevokeEverythingOptions } from '../../core/storage/revoke-everything.ts'

/** A run that ends sessions, and how far it has come. */
export interface Ending {
  /**
   * Opens the page that shows it. The operator's own session ends as well, so nobody could look otherwise. The page has
   * nothing but these numbers.
   */
  readonly key: string
  readonly operator: string
  readonly state: 'running' | 'done' | 'failed'
  readonly ended: number
  /** How many sessions were in the store at the beginning, if the store counts them. */
  readonly total: number | undefined
}

/** Runs at most one at a time, and remembers the last one. */
export class EndingEverybody {
  readonly #end: (options: RevokeEverythingOptions) => Promise<number>
  #last: Ending | undefined

  constructor(end: (options: RevokeEverythingOptions) => Promise<number>) {
    this.#end = end
  }

  /** The run that is under way, or the last one. */
  get last(): Ending | undefined {
    return this.#last
  }

  /**
   * Begins a run, unless one is under way.
   *
   * @param finished is told how many sessions have ended, also if the run failed
   */
  begin(operator: string, total: number | undefined, finished: (ended: number) => void): Ending {
    if (this.#last?.state === 'running') return this.#last
    const begun: Ending = { key: randomText(16), operator, state: 'running', ended: 0, total }
    const move = (to: Partial<Ending>): void => void (this.#last = { ...(this.#last ?? begun), ...to })
    this.#last = begun
    this.#end({ onProgress: ({ ended }) => move({ ended }) })
      .then(
        (ended) => move({ ended, state: 'done' }),
        // An event of the store has reported why.
        () => move({ state: 'failed' }),
      )
      .finally(() => finished(this.#last?.ended ?? 0))
    return begun
  }
}
