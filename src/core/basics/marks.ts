/**
 * What is under way, by key. Each mark ends by itself: where a platform cancels work together with its request,
 * nothing else would remove it.
 */
export class Marks {
  readonly #until = new Map<string, number>()
  readonly #lasts: number
  #lookedAt = 0

  /** @param lasts how long a mark holds at most, milliseconds */
  constructor(lasts: number) {
    this.#lasts = lasts
  }

  /** Sets a mark. `false` if there is one. */
  set(key: string, now: number): boolean {
    if ((this.#until.get(key) ?? 0) > now) return false
    this.#until.set(key, now + this.#lasts)
    if (now - this.#lookedAt > this.#lasts) this.#sweep(now)
    return true
  }

  /** Whether there was one. */
  remove(key: string): boolean {
    return this.#until.delete(key)
  }

  get size(): number {
    return this.#until.size
  }

  /** What nothing removed would pile up. */
  #sweep(now: number): void {
    this.#lookedAt = now
    for (const [key, until] of this.#until) if (until <= now) this.#until.delete(key)
  }
}
