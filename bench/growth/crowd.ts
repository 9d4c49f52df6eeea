/**
 * The sessions that fill a store: those that live, two of each principal, and between them as many that have expired,
 * but not more than a million.
 *
 * @module
 */
import type { StoredRecord } from '../../src/contracts.ts'
import type { SessionStore } from '../../src/index.ts'
import { at, NOW } from '../../src/testing/store-contract/rule.ts'
import { idOf, scoped, sessionsOn } from './records.ts'
import type { Copies } from './records.ts'

/** The letters of ids, in the order of their bytes. */
const DIGITS = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz'
const PLACES = 5
const OF_EACH = 2
/**
 * The distance between the sessions of one principal. It has no divisor in common with a size, which is a power of ten.
 */
const STEP = 7_919

export class Crowd implements Iterable<StoredRecord> {
  readonly size: number
  readonly dead: number
  /** How many live sessions are between two expired ones. */
  readonly #between: number
  readonly #copies: Copies

  /** @param size a power of ten */
  constructor(size: number, copies: Copies) {
    this.size = size
    this.dead = Math.min(size, 1_000_000)
    this.#between = size / this.dead
    this.#copies = copies
  }

  /** In the order of their ids, which is how trees are filled fastest. */
  *[Symbol.iterator](): Generator<StoredRecord> {
    for (let i = 0; i < this.size; i++) {
      yield this.#copies(this.id(i), this.user(i))
      const group = (i + 1) / this.#between
      if (Number.isInteger(group)) yield this.#copies(this.deadId(group - 1), `gone-${group - 1}`, { isDead: true })
    }
  }

  /** Only the expired ones. */
  *allDead(): Generator<StoredRecord> {
    for (let i = 0; i < this.dead; i++) yield this.#copies(this.deadId(i), `gone-${i}`, { isDead: true })
  }

  id(i: number): string {
    return this.#idAt(i + Math.floor(i / this.#between))
  }

  deadId(i: number): string {
    return this.#idAt((i + 1) * (this.#between + 1) - 1)
  }

  user(i: number): string {
    return `user-${Math.floor(((i * STEP) % this.size) / OF_EACH)}`
  }

  any(): number {
    return Math.floor(Math.random() * this.size)
  }

  /** Spread as evenly as random ids, so that new ones come between all others. */
  #idAt(place: number): string {
    const share = Math.floor((place / (this.size + this.dead)) * DIGITS.length ** PLACES)
    let head = ''
    for (let shift = 6 * (PLACES - 1); shift >= 0; shift -= 6) head += DIGITS[(share >> shift) & 63]!
    return head + idOf(String(place)).slice(PLACES)
  }

  /** Checks that the library finds what was filled in. */
  async verify(store: SessionStore): Promise<void> {
    const sessions = sessionsOn(store)
    for (let turn = 0; turn < 100; turn++) {
      const i = this.any()
      if ((await store.load(this.id(i), at(NOW)))?.principal !== scoped(this.user(i)))
        throw new Error('A session of the fill is not there.')
      if ((await store.load(this.deadId(i % this.dead), at(NOW))) !== undefined) throw new Error('A dead session was read.')
      const ids = (await sessions.of(this.user(i)).list()).map(({ id }) => id)
      if (ids.length !== OF_EACH || !ids.includes(this.id(i))) throw new Error('The list of a principal is not what was filled in.')
    }
  }
}
