/**
 * Creates a store's tables before its first statement. After a failure it tries again, because the server may come
 * back.
 */
export class Tables {
  readonly #create: () => Promise<void>
  #areThere: boolean
  #creating: Promise<void> | undefined

  constructor(areThere: boolean, create: () => Promise<void>) {
    this.#areThere = areThere
    this.#create = create
  }

  get areThere(): boolean {
    return this.#areThere
  }

  async create(): Promise<void> {
    this.#creating ??= this.#create()
    try {
      await this.#creating
      this.#areThere = true
    } catch (error) {
      this.#creating = undefined
      throw error
    }
  }
}
