const MAX_ENDED = 1_000

/**
 * The sessions that this process ended lately. A request that was already open when its session ended must not start a
 * new session with data of the old one. A visitor who merely comes back with an old cookie may start one.
 */
export class RecentlyEnded {
  readonly #at = new Map<string, number>()

  add(id: string, now: number): void {
    this.#at.delete(id)
    this.#at.set(id, now)
    if (this.#at.size > MAX_ENDED) this.#at.delete(this.#at.keys().next().value!)
  }

  /** Whether the session ended at or after this instant, as far as this process knows. */
  since(id: string, instant: number): boolean {
    const at = this.#at.get(id)
    return at !== undefined && at >= instant
  }
}
