import type { Changed } from './tallies.ts'
import type { Limit } from './window.ts'

/** How long an address that an account signed in from has a count of its own. */
const KNOWN_FOR = 30 * 86_400_000
/** How many such addresses an account has; those of the oldest sign-ins are forgotten. */
const MAX_KNOWN = 20

/** An address that an account signed in from: when last, and what failed there since. */
interface KnownAddress {
  readonly at: number
  readonly failures: readonly number[]
}

/**
 * The failures of an account. A known address has a count of its own, so that failures elsewhere cannot lock the user
 * out. Addresses are digests; a group is the digests of one address by each of the application's secrets.
 */
export class AccountTally {
  readonly failures: readonly number[]
  readonly known: ReadonlyMap<string, KnownAddress>

  constructor(failures: readonly number[], known: ReadonlyMap<string, KnownAddress>) {
    this.failures = failures
    this.known = known
  }

  get isEmpty(): boolean {
    return this.failures.length === 0 && this.known.size === 0
  }

  failuresAt(group: readonly string[] | undefined): readonly number[] {
    const key = this.#keyOf(group)
    return key === undefined ? this.failures : this.known.get(key)!.failures
  }

  withFailures(group: readonly string[] | undefined, failures: readonly number[]): AccountTally {
    const key = this.#keyOf(group)
    if (key === undefined) return new AccountTally(failures, this.known)
    return new AccountTally(this.failures, new Map(this.known).set(key, { ...this.known.get(key)!, failures }))
  }

  /** Forgets the failures that led to it, and knows the address from now on. */
  signedIn(group: readonly string[] | undefined, now: number): AccountTally {
    const { failures, known } = this.withFailures(group, [])
    if (!group) return new AccountTally(failures, known)
    const others = [...known].filter(([key]) => !group.includes(key)).toSorted(([, a], [, b]) => b.at - a.at)
    return new AccountTally(failures, new Map([[group[0]!, { at: now, failures: [] }], ...others.slice(0, MAX_KNOWN - 1)]))
  }

  #keyOf(group: readonly string[] | undefined): string | undefined {
    return group?.find((digest) => this.known.has(digest))
  }
}

export const emptyAccount: AccountTally = new AccountTally([], new Map())

/** Without what counts no longer. */
export function readAccount(text: string, { per }: Limit, now: number): AccountTally {
  const [failures, known] = JSON.parse(text) as [number[], [string, number, number[]][]]
  const recent = (times: readonly number[]): number[] => times.filter((time) => time > now - per)
  const still = known.filter(([, at]) => at > now - KNOWN_FOR)
  return new AccountTally(recent(failures), new Map(still.map(([digest, at, times]) => [digest, { at, failures: recent(times) }])))
}

export function changedAccount({ failures, known }: AccountTally, { per }: Limit, now: number): Pick<Changed<unknown>, 'text' | 'until'> {
  const addresses = [...known].map(([digest, { at, failures: times }]) => [digest, at, times])
  const latest = Math.max(0, ...[...known.values()].map(({ at }) => at))
  return { text: JSON.stringify([failures, addresses]), until: Math.max(now + per, latest + KNOWN_FOR) }
}
