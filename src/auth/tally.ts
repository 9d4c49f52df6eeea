/**
 * Counting failures in a sliding window, exactly, by the compare-and-set of the store contract: every store can, and all processes count together.
 *
 * The failures of a subject lie in one record for each stretch of time as long as the window; the window touches two at most. A stretch
 * has an id of its own and is written only while it lasts, so no record is ever needed again after it expired. The id is a keyed digest, the body holds
 * times and nothing else: a stolen store tells neither names nor addresses.
 *
 * @module
 */
import type { Clock } from '../core/basics/time.ts'
import { SojournError } from '../core/basics/errors.ts'
import type { Signer } from '../core/crypto/signing.ts'
import type { StoreCalls } from '../core/storage/store-calls.ts'
import type { StoredRecord } from '../core/contracts/store.ts'

/** How many failures in how long. */
export interface Limit {
  readonly failures: number
  /** Milliseconds. */
  readonly per: number
}

/** `at`: when the failure was booked. `wait`: there is no room; milliseconds until there is. */
export type Booking = { readonly at: number } | { readonly wait: number }

/** Besides those that a full count of others' bookings, and their cancellations, can cost. */
const MAX_ATTEMPTS = 40
const ID_LENGTH = 22

export class Tally {
  readonly limit: Limit
  readonly #auxiliaryRecords: StoreCalls
  readonly #signer: Signer
  readonly #clock: Clock

  /** @param signer makes ids of subjects */
  constructor(limit: Limit, auxiliaryRecords: StoreCalls, signer: Signer, clock: Clock) {
    this.limit = limit
    this.#auxiliaryRecords = auxiliaryRecords
    this.#signer = signer
    this.#clock = clock
  }

  /** Books a failure before it is known to be one, so that guesses made at the same moment count too. */
  async book(subject: string): Promise<Booking> {
    const at = this.#clock.now()
    const { failures, per } = this.limit
    const stretch = Math.floor(at / per)
    const [before, found] = await Promise.all([this.#times(subject, stretch - 1), this.#load(subject, stretch)])
    let wait = 0
    await this.#change(subject, stretch, found, (times) => {
      const recent = [...before, ...times].filter((time) => time > at - per).toSorted((a, b) => a - b)
      wait = recent.length < failures ? 0 : recent[recent.length - failures]! + per - at
      return wait > 0 ? undefined : [...times, at]
    })
    return wait > 0 ? { wait } : { at }
  }

  /** It was no failure. */
  async cancel(subject: string, at: number): Promise<void> {
    const stretch = Math.floor(at / this.limit.per)
    const found = await this.#load(subject, stretch)
    if (!found) return
    await this.#change(subject, stretch, found, (times) => {
      const index = times.indexOf(at)
      return index < 0 ? undefined : times.toSpliced(index, 1)
    })
  }

  /** Forgets all failures of a subject. */
  async clear(subject: string): Promise<void> {
    const stretch = Math.floor(this.#clock.now() / this.limit.per)
    await Promise.all([stretch, stretch - 1].map((one) => this.#auxiliaryRecords.delete(this.#id(subject, one))))
  }

  #id(subject: string, stretch: number): string {
    return this.#signer.sign(`${stretch} ${subject}`).slice(0, ID_LENGTH)
  }

  async #load(subject: string, stretch: number): Promise<StoredRecord | undefined> {
    return this.#auxiliaryRecords.load(this.#id(subject, stretch))
  }

  async #times(subject: string, stretch: number): Promise<number[]> {
    return timesOf(await this.#load(subject, stretch))
  }

  /** `change` gives the new times, or `undefined` to leave them. */
  async #change(
    subject: string,
    stretch: number,
    found: StoredRecord | undefined,
    change: (times: number[]) => number[] | undefined,
  ): Promise<void> {
    const id = this.#id(subject, stretch)
    const expiresAt = (stretch + 2) * this.limit.per
    const most = 2 * this.limit.failures + MAX_ATTEMPTS
    let known = found
    for (let attempt = 0; attempt < most; attempt++) {
      const times = change(timesOf(known))
      if (!times) return
      const record = {
        id,
        version: (known?.version ?? 0) + 1,
        expiresAt,
        retainUntil: expiresAt,
        principal: null,
        body: JSON.stringify(times),
      }
      const answer = known ? await this.#auxiliaryRecords.update(record) : await this.#auxiliaryRecords.create(record)
      if (answer === 'updated' || answer === 'created') return
      known = typeof answer === 'object' ? answer : await this.#auxiliaryRecords.load(id)
    }
    throw new SojournError('ERR_SESSION_CONFLICT', `Others changed a count of failures ${most} times in a row. Try again.`)
  }
}

function timesOf(record: StoredRecord | undefined): number[] {
  return record ? (JSON.parse(record.body) as number[]) : []
}
