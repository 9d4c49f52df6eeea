type Tell = (id: string) => void

/** Many listeners over one subscription of the engine's, which is open as long as there is one. */
export class Broadcast {
  readonly #open: (tell: Tell) => Promise<() => Promise<void>>
  readonly #listeners = new Set<Tell>()
  #opening: Promise<() => Promise<void>> | undefined

  /** @param open subscribes, and answers how to end that */
  constructor(open: (tell: Tell) => Promise<() => Promise<void>>) {
    this.#open = open
  }

  async subscribe(listener: Tell): Promise<() => Promise<void>> {
    const own: Tell = (id) => listener(id)
    this.#listeners.add(own)
    try {
      await (this.#opening ??= this.#open((id) => this.#tell(id)))
    } catch (error) {
      this.#listeners.delete(own)
      this.#opening = undefined
      throw error
    }
    return async () => {
      this.#listeners.delete(own)
      if (this.#listeners.size === 0) await this.close()
    }
  }

  async close(): Promise<void> {
    const opening = this.#opening
    this.#opening = undefined
    this.#listeners.clear()
    const end = await opening?.catch(() => undefined)
    await end?.()
  }

  #tell(id: string): void {
    for (const listener of this.#listeners) listener(id)
  }
}
