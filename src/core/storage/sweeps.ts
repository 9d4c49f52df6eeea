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
  /** A round that was cancelled with its request never ends. */
  #began = 0

  constructor(calls: StoreCalls, clock: Clock, events: Events) {
    this.#calls = calls
    this.#clock = clock
    this.#events = events
    this.#lastAt = clock.now()
  }

  /**
   * Begins a round if it is time; failures are events.
   *
   * @param isWaited whether somebody may have to wait for it: then it is one slice, and the next time is soon if
   * there is more
   */
  due(isWaited: boolean): Promise<unknown> | undefined {
    if (this.#clock.now() - this.#lastAt < INTERVAL) return undefined
    if (!isWaited) return this.run().catch(() => undefined)
    this.#lastAt = this.#clock.now()
    return this.#slice().then(
      ({ done }) => {
        if (!done) this.#lastAt = -INTERVAL
      },
      () => undefined,
    )
  }

  /** Runs one full round. Returns how many records were deleted. */
  run(): Promise<number> {
    this.#lastAt = this.#clock.now()
    if (this.#running && this.#clock.now() - this.#began < INTERVAL) return this.#running
    const running = this.#round().finally(() => {
      if (this.#running === running) this.#running = undefined
    })
    this.#began = this.#clock.now()
    this.#running = running
    return running
  }

  async #round(): Promise<number> {
    let total = 0
    for (let done = false; !done;) {
      const slice = await this.#slice()
      total += slice.count
      done = slice.done
      if (!done) await new Promise((resolve) => setImmediate(resolve))
    }
    return total
  }

  async #slice(): Promise<{ readonly count: number; readonly done: boolean }> {
    const { expired, done } = await this.#calls.sweep(SLICE)
    for (const id of expired) this.#events.emit('expired', { id })
    return { count: expired.length, done }
  }
}
