type Tell = (id: string) => void

/** What listens at the engine. If it is ended before it is ready, it must stop trying. */
export interface Subscription {
  readonly ready: Promise<unknown>
  end(): Promise<unknown>
}

/** Many listeners share one subscription at the engine. It is open as long as there is a listener. */
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
