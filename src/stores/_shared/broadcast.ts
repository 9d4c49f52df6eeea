type Tell = (id: string) => void

/** What listens at the engine. It may be ended before it is ready, and then must not go on trying. */
export interface Subscription {
  readonly ready: Promise<unknown>
  end(): Promise<unknown>
}

/** Many listeners over one subscription of the engine's, which is open as long as there is one. */
export class Broadcast {
  readonly #open: (tell: Tell) => Subscription
  readonly #listeners = new Set<Tell>()
  #subscription: Subscription | undefined

  constructor(open: (tell: Tell) => Subscription) {
    this.#open = open
  }

  async subscribe(listener: Tell): Promise<() => Promise<void>> {
    const own: Tell = (id) => listener(id)
    this.#listeners.add(own)
    const stop = async (): Promise<void> => {
      this.#listeners.delete(own)
      if (this.#listeners.size === 0) await this.close()
    }
    this.#subscription ??= this.#open((id) => this.#tell(id))
    try {
      await this.#subscription.ready
    } catch (error) {
      await stop()
      throw error
    }
    return stop
  }

  async close(): Promise<void> {
    const subscription = this.#subscription
    this.#subscription = undefined
    this.#listeners.clear()
    await subscription?.end()
  }

  #tell(id: string): void {
    for (const listener of this.#listeners) listener(id)
  }
}
