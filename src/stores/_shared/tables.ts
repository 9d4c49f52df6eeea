/** By then a connection that has not answered has fallen silent: others may be better. Milliseconds. */
const MAX_CREATE = 10_000

/**
 * Creates a store's tables before its first statement. After a failure it tries again, because the server may come
 * back, and so it does if there is no result.
 */
export class Tables {
  readonly #create: () => Promise<void>
  #areThere: boolean
  #creating: Promise<void> | undefined
  #begunAt = 0

  constructor(areThere: boolean, create: () => Promise<void>) {
    this.#areThere = areThere
    this.#create = create
  }

  get areThere(): boolean {
    return this.#areThere
  }

  async create(): Promise<void> {
    if (performance.now() - this.#begunAt > MAX_CREATE) this.#creating = undefined
    if (!this.#creating) this.#begunAt = performance.now()
    const creating = (this.#creating ??= this.#create())
    try {
      await creating
      this.#areThere = true
    } catch (error) {
      if (this.#creating === creating) this.#creating = undefined
      throw error
    }
  }
}
