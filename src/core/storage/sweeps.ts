import type { Clock } from '../basics/time.ts'
import type { Events } from '../basics/events.ts'
import type { StoreCalls } from './store-calls.ts'

const INTERVAL = 5 * 60_000
const SLICE = 500

/**
 * Deletes expired records, a slice at a time, beside other work. It has no timer: creating records starts a round when
 * it is time.
 */
export class Sweeps {
  readonly #calls: StoreCalls
  readonly #clock: Clock
  readonly #events: Events
  #lastAt: number
  #running: Promise<number> | undefined

  constructor(calls: StoreCalls, clock: Clock, events: Events) {
    this.#calls = calls
    this.#clock = clock
    this.#events = events
    this.#lastAt = clock.now()
  }

  /** Begins a round if it is time. A failure is an event. */
  due(): void {
    if (this.#clock.now() - this.#lastAt >= INTERVAL) this.run().catch(() => undefined)
  }

  /** Runs one full round. Returns how many records were deleted. */
  run(): Promise<number> {
    this.#lastAt = this.#clock.now()
    return (this.#running ??= this.#round().finally(() => (this.#running = undefined)))
  }

  async #round(): Promise<number> {
    let total = 0
    for (let done = false; !done;) {
      const slice = await this.#calls.sweep(SLICE)
      for (const id of slice.expired) this.#events.emit('expired', { id })
      total += slice.expired.length
      done = slice.done
      if (!done) await new Promise((resolve) => setImmediate(resolve))
    }
    return total
  }
}
