import type { Answer } from '../../core/basics/answer.ts'
import type { HeaderLine } from '../../core/basics/refusal.ts'
import type { Committable } from '../../core/contracts/exchange.ts'

/** A session whose save, once it has failed, is not tried again with the error page. */
export class Saving implements Committable {
  readonly #held: Committable
  #isGivenUp = false

  constructor(held: Committable) {
    this.#held = held
  }

  commit(): Answer<unknown> {
    return this.#isGivenUp ? undefined : this.#held.commit()
  }

  takeHeaders(): HeaderLine[] {
    return this.#isGivenUp ? [] : this.#held.takeHeaders()
  }

  get isChanged(): boolean {
    return !this.#isGivenUp && this.#held.isChanged !== false
  }

  giveUp(): void {
    this.#isGivenUp = true
  }
}
