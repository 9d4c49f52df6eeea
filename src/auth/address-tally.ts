import type { Changed } from './tallies.ts'
import { waitUntilBelow } from './window.ts'
import type { Limit } from './window.ts'

/** When, and from which subnet of an IPv6 network; see {@link Place}. */
export type AddressFailure = readonly [at: number, subnet: number | undefined]

/** How many bits of the subnet count together, and how many times the limit of an address they may fail. */
const TIERS = [
  { bits: 16, times: 1 },
  { bits: 8, times: 2 },
  { bits: 0, times: 4 },
] as const

export function readAddress(text: string | undefined): AddressFailure[] {
  if (text === undefined) return []
  return (JSON.parse(text) as [number, number | null][]).map(([at, subnet]) => [at, subnet ?? undefined])
}

/** Milliseconds until an attempt is allowed, by whichever tier takes longest; 0 if it is now. */
export function waitAt(failures: readonly AddressFailure[], subnet: number | undefined, limit: Limit, at: number): number {
  const waits = (subnet === undefined ? TIERS.slice(0, 1) : TIERS).map(({ bits, times }) => {
    const shift = 16 - bits
    const ofTier = failures.filter(([, other]) => subnet === undefined || (other ?? 0) >> shift === subnet >> shift)
    return waitUntilBelow(
      ofTier.map(([time]) => time),
      { failures: limit.failures * times, per: limit.per },
      at,
    )
  })
  return Math.max(...waits)
}

/** The text to store: without what no window covers any more. */
export function changedAddress(failures: readonly AddressFailure[], { per }: Limit, now: number): Pick<Changed<unknown>, 'text' | 'until'> {
  return { text: JSON.stringify(failures.filter(([time]) => time > now - per)), until: now + per }
}
