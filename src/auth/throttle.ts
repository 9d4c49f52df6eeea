/**
 * Slows down guesses: counts the failures of each account and of each address. Decision 0036 explains why nobody can
 * lock somebody else's account for good by failing on purpose.
 *
 * @module
 */
import { parseDuration } from '../core/basics/time.ts'
import type { Duration } from '../core/basics/time.ts'
import type { Internals } from '../core/internals.ts'
import { optionError } from '../core/basics/errors.ts'
import type { Signer } from '../core/crypto/signing.ts'
import type { StoreCalls } from '../core/storage/store-calls.ts'
import { addressGroup } from './address.ts'
import { FailureCounter } from './failure-counter.ts'

/** How many sign-ins may fail in any span of time as long as `per`. */
export interface FailureLimit {
  readonly failures: number
  readonly per: Duration
}

/** How many sign-ins may fail before passwords are no longer looked at. */
export interface ThrottleOptions {
  /** For each account. Default 10 in `'15m'`. */
  readonly account?: FailureLimit
  /** For each address, IPv6 by its first 64 bits. Default 100 in `'15m'`. */
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
}

/** How long an address that an account signed in from has a count of its own. */
const KNOWN_FOR = 30 * 86_400_000

export class Throttle {
  readonly #account: FailureCounter
  readonly #address: FailureCounter
  readonly #auxiliaryRecords: StoreCalls
  readonly #signer: Signer
  readonly #internals: Internals

  /** @throws ERR_SESSION_OPTIONS, ERR_SESSION_DURATION */
  constructor(internals: Internals, options: ThrottleOptions) {
    const { auxiliaryRecords, clock } = internals
    if (!auxiliaryRecords) {
      throw optionError(
        'throttle: sealed sessions have no store in which to count failures. Give sealedStore `revocations`, or write throttle: false.',
      )
    }
    this.#internals = internals
    this.#auxiliaryRecords = auxiliaryRecords
    this.#signer = internals.signer('throttle')
    const counter = (name: string, limit: FailureLimit): FailureCounter =>
      new FailureCounter(readLimit(name, limit), auxiliaryRecords, this.#signer, clock)
    this.#account = counter('account', options.account ?? { failures: 10, per: '15m' })
    this.#address = counter('address', options.address ?? { failures: 100, per: '15m' })
  }

  /** Begins an attempt to sign in; call it before the password is looked at. */
  async begin(account: string, address: string | undefined): Promise<AllowedAttempt | Throttled> {
    const group = address === undefined ? undefined : addressGroup(address)
    const ofAddress = group === undefined ? undefined : JSON.stringify(['address', group])
    const failure = ofAddress === undefined ? undefined : await this.#address.record(ofAddress)
    if (failure && 'wait' in failure) return { by: 'address', wait: failure.wait }
    const ofAccount = await this.#subject(account, group)
    const accountFailure = await this.#account.record(ofAccount)
    if ('wait' in accountFailure) return { by: 'account', wait: accountFailure.wait }
    return {
      succeeded: async () => {
        await Promise.all([
          this.#account.clear(ofAccount),
          ofAddress !== undefined && failure && this.#address.undo(ofAddress, failure.at),
          group !== undefined && this.#remember(account, group),
        ])
      },
    }
  }

  /** Forgets the failures of an account, except those from known addresses. */
  forget(account: string): Promise<void> {
    return this.#account.clear(subjectOf(account))
  }

  /** A known address has a count of its own, so that failures elsewhere cannot lock the user out. */
  async #subject(account: string, group: string | undefined): Promise<string> {
    const isKnown = group !== undefined && (await this.#auxiliaryRecords.load(this.#knownId(account, group))) !== undefined
    return isKnown ? subjectOf(account, group) : subjectOf(account)
  }

  async #remember(account: string, group: string): Promise<void> {
    const id = this.#knownId(account, group)
    const now = this.#internals.clock.now()
    const known = await this.#auxiliaryRecords.load(id)
    if (known && known.expiresAt - now > KNOWN_FOR / 2) return
    const until = { expiresAt: now + KNOWN_FOR, retainUntil: now + KNOWN_FOR }
    if (known) {
      await this.#auxiliaryRecords.update({ ...known, ...until, version: known.version + 1 })
      return
    }
    // An expired record may still be stored under this id.
    await this.#auxiliaryRecords.delete(id)
    await this.#auxiliaryRecords.create({ id, version: 1, ...until, principal: null, body: 'known' })
  }

  #knownId(account: string, group: string): string {
    return this.#signer.sign(JSON.stringify(['known', account, group])).slice(0, 22)
  }
}

/** JSON, so that no two subjects are the same text, whatever the accounts are called. */
function subjectOf(...parts: readonly string[]): string {
  return JSON.stringify(['account', ...parts])
}

function readLimit(name: string, { failures, per }: FailureLimit): { failures: number; per: number } {
  if (!Number.isSafeInteger(failures) || failures < 1) throw optionError(`throttle.${name}.failures: write a whole number above zero.`)
  return { failures, per: parseDuration(per, `throttle.${name}.per`) }
}
