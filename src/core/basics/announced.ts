/**
 * Work that was asked for and takes its time. It knows whether anybody waits for it: where `await` was forgotten, its
 * error would otherwise be nobody's.
 */
export class Announced extends Promise<void> {
  /** What `then` returns is an ordinary promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  /** Settles with the work, and never rejects. */
  readonly settled: Promise<void>
  #isHeard = false
  #failure: { readonly error: unknown } | undefined

  constructor(work: () => Promise<void>) {
    super((resolve, reject) => {
      work().then(resolve, reject)
    })
    // Its error ends no process, because whoever saves the session asks for it.
    this.settled = super.then(undefined, (error: unknown) => {
      this.#failure = { error }
    })
  }

  /** `await` calls it, too, because this is not a plain promise. */
  // oxlint-disable-next-line unicorn/no-thenable -- a promise has one
  override then<Result1 = void, Result2 = never>(
    onFulfilled?: ((value: void) => Result1 | PromiseLike<Result1>) | null,
    onRejected?: ((reason: unknown) => Result2 | PromiseLike<Result2>) | null,
  ): Promise<Result1 | Result2> {
    this.#isHeard = true
    return super.then(onFulfilled, onRejected)
  }

  /** Its error, if nobody has asked for it. */
  get unheard(): { readonly error: unknown } | undefined {
    return this.#isHeard ? undefined : this.#failure
  }
}
