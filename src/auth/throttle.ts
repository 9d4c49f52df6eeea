/**
 * Slows down guesses: counts the failures of each account and of each address. Decision 0036 explains why nobody can
 * lock somebody else's account for good by failing on purpose.
 *
 * An attempt costs two loads side by side and two writes, one after the other; a success costs two more writes, side by
 * side.
 *
 * @module
 */
import { parseSpan } from '../core/basics/time.ts'
import type { Clock, Duration } from '../core/basics/time.ts'
import type { Internals } from '../core/internals.ts'
import { optionError } from '../core/basics/errors.ts'
import { checkOptions } from '../core/basics/known-options.ts'
import type { KnownOptions } from '../core/basics/known-options.ts'
import { changedAccount, emptyAccount, readAccount } from './account-tally.ts'
import type { AccountTally } from './account-tally.ts'
import { addressGroup, placeOf } from './address.ts'
import { changedAddress, readAddress, waitAt } from './address-tally.ts'
import { waitUntilBelow } from './window.ts'
import type { Limit } from './window.ts'
import { Tallies } from './tallies.ts'
import type { Tally } from './tallies.ts'

/** How many sign-ins may fail in any span of time as long as `per`. */
export interface FailureLimit {
  readonly failures: number
  readonly per: Duration
}

/** How many sign-ins may fail before passwords are no longer looked at. */
export interface ThrottleOptions {
  /** For each account. Default 10 in `'15m'`. */
  readonly account?: FailureLimit
  /**
   * For each address. Default 100 in `'15m'`. Of IPv6 the first 64 bits; twice as many for the first 56, four times
   * for the first 48.
   */
  readonly address?: FailureLimit
}

/** Which limit is reached, and how long it stays so: `wait` in milliseconds. */
export interface Throttled {
  readonly by: 'account' | 'address'
  readonly wait: number
}

/** An attempt that may go on to the password. It counts as a failure until it succeeds. */
export interface AllowedAttempt {
  succeeded(): Promise<void>
  /** The password was not looked at: it counts as nothing. */
  withdraw(): Promise<void>
}

export class Throttle {
  readonly #account: Limit
  readonly #address: Limit
  readonly #tallies: Tallies
  readonly #clock: Clock

  /** @throws ERR_SESSION_OPTIONS, ERR_SESSION_DURATION */
  constructor(internals: Internals, options: ThrottleOptions) {
    checkOptions('throttle', options, OPTIONS)
    const { auxiliaryRecords, clock } = internals
    if (!auxiliaryRecords) {
      throw optionError(
        'throttle: sealed sessions have no store in which to count failures. Give sealedStore `revocations`, or write throttle: false.',
      )
    }
    this.#account = readLimit('account', options.account ?? { failures: 10, per: '15m' })
    this.#address = readLimit('address', options.address ?? { failures: 100, per: '15m' })
    this.#tallies = new Tallies(auxiliaryRecords, internals.signer('throttle'))
    this.#clock = clock
  }

  /** Begins an attempt to sign in; call it before the password is looked at. */
  async begin(account: string, address: string | undefined): Promise<AllowedAttempt | Throttled> {
    const at = this.#clock.now()
    const place = address === undefined ? undefined : placeOf(address)
    const [ofAddress, ofAccount] = await Promise.all([
      place && this.#tallies.find(JSON.stringify(['address', place.network])),
      this.#tallies.find(subjectOf(account)),
    ])
    if (ofAddress) {
      const wait = await this.#tallies.change(ofAddress, (text) => {
        const failures = readAddress(text)
        const throttled = waitAt(failures, place!.subnet, this.#address, at)
        return throttled > 0
          ? { result: throttled }
          : { result: 0, ...changedAddress([...failures, [at, place!.subnet]], this.#address, at) }
      })
      if (wait > 0) return { by: 'address', wait }
    }
    const group = address === undefined ? undefined : this.#tallies.digestsOf(JSON.stringify(['known', account, addressGroup(address)]))
    const wait = await this.#changeAccount(ofAccount, (tally) => {
      const failures = tally.failuresAt(group)
      const throttled = waitUntilBelow(failures, this.#account, at)
      return throttled > 0 ? { result: throttled } : { result: 0, next: tally.withFailures(group, [...failures, at]) }
    })
    if (wait > 0) return { by: 'account', wait }
    const undoAddress = async (): Promise<void> => {
      if (ofAddress) await this.#undo(ofAddress, at, place!.subnet)
    }
    return {
      succeeded: async () => {
        const remembered = this.#changeAccount(ofAccount, (tally) => ({
          result: undefined,
          next: tally.signedIn(group, this.#clock.now()),
        }))
        await Promise.all([undoAddress(), remembered])
      },
      withdraw: async () => {
        const undone = this.#changeAccount(ofAccount, (tally) => {
          const failures = tally.failuresAt(group)
          return {
            result: undefined,
            next: tally.withFailures(group, failures.toSpliced(failures.lastIndexOf(at), failures.includes(at) ? 1 : 0)),
          }
        })
        await Promise.all([undoAddress(), undone])
      },
    }
  }

  /** Forgets the failures of an account, except those from known addresses. */
  async forget(account: string): Promise<void> {
    const tally = await this.#tallies.find(subjectOf(account))
    await this.#changeAccount(tally, (known) => ({
      result: undefined,
      ...(known.isEmpty ? {} : { next: known.withFailures(undefined, []) }),
    }))
  }

  #changeAccount<Result>(
    tally: Tally,
    change: (known: AccountTally) => { readonly result: Result; readonly next?: AccountTally },
  ): Promise<Result> {
    return this.#tallies.change(tally, (text) => {
      const now = this.#clock.now()
      const { result, next } = change(text === undefined ? emptyAccount : readAccount(text, this.#account, now))
      return next ? { result, ...changedAccount(next, this.#account, now) } : { result }
    })
  }

  #undo(tally: Tally, at: number, subnet: number | undefined): Promise<void> {
    return this.#tallies.change(tally, (text) => {
      const failures = readAddress(text)
      const index = failures.findIndex(([time, of]) => time === at && of === subnet)
      return { result: undefined, ...(index < 0 ? {} : changedAddress(failures.toSpliced(index, 1), this.#address, this.#clock.now())) }
    })
  }
}

/** JSON, so that no two subjects are the same text, whatever the accounts are called. */
function subjectOf(account: string): string {
  return JSON.stringify(['account', account])
}

const LIMIT: KnownOptions<FailureLimit> = { failures: true, per: true }
const OPTIONS: KnownOptions<ThrottleOptions> = { account: true, address: true }

function readLimit(name: string, limit: FailureLimit): Limit {
  checkOptions(`throttle.${name}`, limit, LIMIT)
  const { failures, per } = limit
  if (!Number.isSafeInteger(failures) || failures < 1) throw optionError(`throttle.${name}.failures: write a whole number above zero.`)
  return { failures, per: parseSpan(per, `throttle.${name}.per`) }
}
