/**
 * Runs the tasks of one key one after another, in the order in which they were added. Tasks of different keys run side
 * by side.
 */
export class KeyedQueue<Result> {
  /** By key, the task that was added last. An entry is removed when its task is done and no other follows. */
  readonly #last = new Map<string, Promise<Result | undefined>>()

  /** @param task gets the result of the task before it; `undefined` if there was none, or if it failed */
  async run<Own extends Result>(key: string, task: (previous: Result | undefined) => Own | Promise<Own>): Promise<Own> {
    const previous = this.#last.get(key)
    const run = previous ? previous.then(task) : Promise.resolve(task(undefined))
    const settled = run.catch(() => undefined)
    this.#last.set(key, settled)
    try {
      return await run
    } finally {
      if (this.#last.get(key) === settled) this.#last.delete(key)
    }
  }
}
