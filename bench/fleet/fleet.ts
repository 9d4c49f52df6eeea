/**
 * From the counts of a sample to a fleet: what a thousand requests cost, and the servers that many users need.
 *
 * @module
 */
import type { Assumptions } from './assumptions.ts'
import type { Counts } from './ledger.ts'

/** One library. */
export interface Row {
  readonly library: string
  /** A version if the library itself ran, or `modelled`. */
  readonly how: string
  readonly says: string
  readonly keeps: 'data in the store' | 'data in the cookie' | 'data elsewhere'
  readonly counts: Counts
}

/** bench/results/fleet.json, from which the table and the chart are made. */
export interface Fleet {
  readonly assumptions: Assumptions
  readonly rows: readonly Row[]
}

export const sizes = [1e6, 10e6, 100e6] as const

/** A count, converted to a thousand requests. */
export function perThousand({ requests }: Counts, count: number): number {
  return (count * 1_000) / requests
}

export interface Need {
  /** Reads and writes a second in the busiest ten minutes. */
  readonly reads: number
  readonly writes: number
  readonly gigabytes: number
  readonly redis: number
  readonly postgres: number
}

/** The servers that this many users need at the peak of their day. Replicas come on top. */
export function needOf({ peak, held }: Counts, users: number, a: Assumptions): Need {
  const scale = users / a.sample
  const reads = (peak.reads * scale) / peak.seconds
  const writes = (peak.writes * scale) / peak.seconds
  const gigabytes = (scale * (held.bytes + held.sessions * a.overhead)) / 1e9
  const servers = (read: number, write: number, room: number): number =>
    reads + writes === 0 ? 0 : Math.max(Math.ceil((reads * read + writes * write) / 1e6 / a.load), Math.ceil(gigabytes / room))
  return {
    reads,
    writes,
    gigabytes,
    redis: servers(a.redisRead, a.redisWrite, a.redisRoom),
    postgres: servers(a.postgresRead, a.postgresWrite, a.postgresRoom),
  }
}
