/**
 * How many objects of a kind have been made and not yet been collected.
 *
 * @module
 */
import type { Figures } from './soak.ts'

export class Census {
  readonly #alive = new Map<string, number>()
  readonly #registry = new FinalizationRegistry<string>((kind) => this.#add(kind, -1))

  register<T extends object>(kind: string, object: T): T {
    this.#add(kind, 1)
    this.#registry.register(object, kind)
    return object
  }

  get figures(): Figures {
    return Object.fromEntries(this.#alive)
  }

  #add(kind: string, by: number): void {
    this.#alive.set(kind, (this.#alive.get(kind) ?? 0) + by)
  }
}
