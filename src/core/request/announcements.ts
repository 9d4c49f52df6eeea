import { Announced } from '../basics/announced.ts'

/**
 * What a request asked for and has not yet, such as a login whose `await` was forgotten: the commit waits for it, and
 * so does what is asked for later.
 */
export class Announcements {
  #all: readonly Announced[] = []
  #last: Promise<void> | undefined

  /** Whether something is under way, or has failed and nobody was told. */
  get isEmpty(): boolean {
    return this.#all.length === 0
  }

  /** What a read, or a change that is recorded later, has to wait for. */
  get last(): Promise<void> | undefined {
    return this.#last
  }

  /** Begins at once. */
  add(work: () => Promise<void>): Announced {
    const announced = new Announced(work)
    this.#all = [...this.#all, announced]
    void announced.settled.then(() => {
      // One that failed stays until it is clear that somebody has heard of it.
      if (!announced.unheard) this.#remove(announced)
    })
    return announced
  }

  /** Begins after what was added in this way before. */
  addInTurn(work: () => Promise<void>): Announced {
    return this.add(() => {
      const run = this.#last ? this.#last.then(work) : work()
      const done = (): void => {
        if (this.#last === last) this.#last = undefined
      }
      const last: Promise<void> = run.then(done, done)
      this.#last = last
      return run
    })
  }

  /** Waits for all. @throws an error that nobody has heard of */
  async settle(): Promise<void> {
    for (let announced = this.#all[0]; announced; announced = this.#all[0]) {
      await announced.settled
      this.#remove(announced)
      if (announced.unheard) throw announced.unheard.error
    }
  }

  #remove(announced: Announced): void {
    this.#all = this.#all.filter((other) => other !== announced)
  }
}
