/**
 * Slowing down guesses: failures are counted for each account and for each address. Decision 0036 tells why an account cannot be locked for
 * good by somebody who fails on purpose.
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
import { Tally } from './tally.ts'

/** How many failed sign-ins are let through in any stretch of time as long as `per`. */
export interface FailureLimit {
  readonly failures: number
  readonly per: Duration
}

/** The limits of failed sign-ins. */
export interface ThrottleOptions {
  /** For each account. Default 10 in `'15m'`. */
  readonly account?: FailureLimit
  /** For each address, IPv6 by its first 64 bits. Default 100 in `'15m'`. */
  readonly address?: FailureLimit
}

/** Too much of what; `wait` in milliseconds. */
export interface Refused {
  readonly by: 'account' | 'address'
  readonly wait: number
}

/** A sign-in that was let through to the password. */
export interface Passage {
  succeeded(): Promise<void>
}

/** An address that an account signed in from is trusted with a count of its own for so long. */
const KNOWN_FOR = 30 * 86_400_000

export class Throttle {
  readonly #account: Tally
  readonly #address: Tally
  readonly #auxiliaryRecords: StoreCalls
  readonly #signer: Signer
  readonly #foundation: Internals

  /** @throws ERR_SESSION_OPTIONS, ERR_SESSION_DURATION */
  constructor(foundation: Internals, options: ThrottleOptions) {
    const { auxiliaryRecords, clock } = foundation
    if (!auxiliaryRecords) {
      throw optionError(
        'throttle: sealed sessions without a store leave nowhere to count failures. Give sealedStore `revocations`, or write throttle: false.',
      )
    }
    this.#foundation = foundation
    this.#auxiliaryRecords = auxiliaryRecords
    this.#signer = foundation.signer('throttle')
    const tally = (name: string, limit: FailureLimit): Tally => new Tally(readLimit(name, limit), auxiliaryRecords, this.#signer, clock)
    this.#account = tally('account', options.account ?? { failures: 10, per: '15m' })
    this.#address = tally('address', options.address ?? { failures: 100, per: '15m' })
  }

  /** Before the password is looked at. */
  async enter(account: string, address: string | undefined): Promise<Passage | Refused> {
    const group = address === undefined ? undefined : addressGroup(address)
    const from = group === undefined ? undefined : JSON.stringify(['address', group])
    const booked = from === undefined ? undefined : await this.#address.book(from)
    if (booked && 'wait' in booked) return { by: 'address', wait: booked.wait }
    const subject = await this.#subject(account, group)
    const refused = await this.#account.book(subject)
    if ('wait' in refused) return { by: 'account', wait: refused.wait }
    return {
      succeeded: async () => {
        await Promise.all([
          this.#account.clear(subject),
          from !== undefined && booked && this.#address.cancel(from, booked.at),
          group !== undefined && this.#remember(account, group),
        ])
      },
    }
  }

  /** Forgets the failures of an account, wherever they came from but for known addresses. */
  forget(account: string): Promise<void> {
    return this.#account.clear(subjectOf(account))
  }

  /** Who signs in from where they did before is not held up by what others do elsewhere. */
  async #subject(account: string, group: string | undefined): Promise<string> {
    const isKnown = group !== undefined && (await this.#auxiliaryRecords.load(this.#knownId(account, group))) !== undefined
    return isKnown ? subjectOf(account, group) : subjectOf(account)
  }

  async #remember(account: string, group: string): Promise<void> {
    const id = this.#knownId(account, group)
    const now = this.#foundation.clock.now()
    const known = await this.#auxiliaryRecords.load(id)
    if (known && known.expiresAt - now > KNOWN_FOR / 2) return
    const until = { expiresAt: now + KNOWN_FOR, retainUntil: now + KNOWN_FOR }
    if (known) {
      await this.#auxiliaryRecords.update({ ...known, ...until, version: known.version + 1 })
      return
    }
    // An expired one may still lie there.
    await this.#auxiliaryRecords.delete(id)
    await this.#auxiliaryRecords.create({ id, version: 1, ...until, principal: null, body: 'known' })
  }

  #knownId(account: string, group: string): string {
    return this.#signer.sign(JSON.stringify(['known', account, group])).slice(0, 22)
  }
}

/** Text that no other subject has, whatever accounts are called. */
function subjectOf(...parts: readonly string[]): string {
  return JSON.stringify(['account', ...parts])
}

function readLimit(name: string, { failures, per }: FailureLimit): { failures: number; per: number } {
  if (!Number.isSafeInteger(failures) || failures < 1) throw optionError(`throttle.${name}.failures: write a whole number above zero.`)
  return { failures, per: parseDuration(per, `throttle.${name}.per`) }
}
