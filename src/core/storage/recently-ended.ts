const MAX_REMEMBERED = 1_000

/**
 * The sessions that this process ended lately. A request that was already open then, and first writes afterwards, must
 * not start a new session with the data of the one that ended; a visitor who merely comes back with an old cookie may.
 */
export class RecentlyEnded {
  readonly #at = new Map<string, number>()

  add(id: string, now: number): void {
    this.#at.delete(id)
    this.#at.set(id, now)
    if (this.#at.size > MAX_REMEMBERED) this.#at.delete(this.#at.keys().next().value!)
  }

  /** Whether the session ended at or after this instant, as far as this process knows. */
  since(id: string, instant: number): boolean {
    const at = this.#at.get(id)
    return at !== undefined && at >= instant
  }
}
