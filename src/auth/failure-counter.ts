/**
 * Counts failures in a sliding window, exactly. It uses the compare-and-set of the store contract, so every store can
 * do it, and all processes count together.
 *
 * Time is cut into periods as long as the window, so the window covers parts of two periods at most. The failures of a
 * subject in one period are one record, with an id of its own. It is written only during its period, so an expired
 * record is never needed again. The id is a keyed digest and the body holds times only: a stolen store reveals neither
 * names nor addresses.
 *
 * @module
 */
import type { Clock } from '../core/basics/time.ts'
import { SojournError } from '../core/basics/errors.ts'
import type { Signer } from '../core/crypto/signing.ts'
import type { StoreCalls } from '../core/storage/store-calls.ts'
import type { StoredRecord } from '../core/contracts/store.ts'

/** How many failures are allowed in how long. */
export interface Limit {
  readonly failures: number
  /** Milliseconds. */
  readonly per: number
}

/** `at`: when the failure was recorded. `wait`: the limit is reached; milliseconds until it no longer is. */
export type RecordedFailure = { readonly at: number } | { readonly wait: number }

/** Beyond the attempts that concurrent sign-ins can cost, each of which records a failure and may undo it. */
const EXTRA_ATTEMPTS = 40
const ID_LENGTH = 22

export class FailureCounter {
  readonly limit: Limit
  readonly #auxiliaryRecords: StoreCalls
  readonly #signer: Signer
  readonly #clock: Clock

  /** @param signer makes the ids of records from subjects */
  constructor(limit: Limit, auxiliaryRecords: StoreCalls, signer: Signer, clock: Clock) {
    this.limit = limit
    this.#auxiliaryRecords = auxiliaryRecords
    this.#signer = signer
    this.#clock = clock
  }

  /** Records a failure before it is known to be one, so that guesses made at the same moment count too. */
  async record(subject: string): Promise<RecordedFailure> {
    const at = this.#clock.now()
    const { failures, per } = this.limit
    const period = Math.floor(at / per)
    const [before, found] = await Promise.all([this.#times(subject, period - 1), this.#load(subject, period)])
    let wait = 0
    await this.#change(subject, period, found, (times) => {
      const recent = [...before, ...times].filter((time) => time > at - per).toSorted((a, b) => a - b)
      wait = recent.length < failures ? 0 : recent[recent.length - failures]! + per - at
      return wait > 0 ? undefined : [...times, at]
    })
    return wait > 0 ? { wait } : { at }
  }

  /** Removes a failure that {@link record} returned: it was none. */
  async undo(subject: string, at: number): Promise<void> {
    const period = Math.floor(at / this.limit.per)
    const found = await this.#load(subject, period)
    if (!found) return
    await this.#change(subject, period, found, (times) => {
      const index = times.indexOf(at)
      return index < 0 ? undefined : times.toSpliced(index, 1)
    })
  }

  /** Forgets all failures of a subject. */
  async clear(subject: string): Promise<void> {
    const period = Math.floor(this.#clock.now() / this.limit.per)
    await Promise.all([period, period - 1].map((each) => this.#auxiliaryRecords.delete(this.#id(subject, each))))
  }

  #id(subject: string, period: number): string {
    return this.#signer.sign(`${period} ${subject}`).slice(0, ID_LENGTH)
  }

  async #load(subject: string, period: number): Promise<StoredRecord | undefined> {
    return this.#auxiliaryRecords.load(this.#id(subject, period))
  }

  async #times(subject: string, period: number): Promise<number[]> {
    return timesOf(await this.#load(subject, period))
  }

  /** `change` returns the new times, or `undefined` to leave them as they are. */
  async #change(
    subject: string,
    period: number,
    found: StoredRecord | undefined,
    change: (times: number[]) => number[] | undefined,
  ): Promise<void> {
    const id = this.#id(subject, period)
    const expiresAt = (period + 2) * this.limit.per
    const maxAttempts = 2 * this.limit.failures + EXTRA_ATTEMPTS
    let known = found
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
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
      const outcome = known ? await this.#auxiliaryRecords.update(record) : await this.#auxiliaryRecords.create(record)
      if (outcome === 'updated' || outcome === 'created') return
      known = typeof outcome === 'object' ? outcome : await this.#auxiliaryRecords.load(id)
    }
    throw new SojournError('ERR_SESSION_CONFLICT', `Others changed a count of failures ${maxAttempts} times in a row. Try again.`)
  }
}

function timesOf(record: StoredRecord | undefined): number[] {
  return record ? (JSON.parse(record.body) as number[]) : []
}
