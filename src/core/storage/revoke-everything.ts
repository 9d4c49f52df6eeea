import { checkOptions } from '../basics/known-options.ts'
import type { KnownOptions } from '../basics/known-options.ts'
import type { Clock } from '../basics/time.ts'
import type { RecordCodec } from '../record/record-codec.ts'
import type { Revocation } from './revocation.ts'
import type { StoreCalls } from './store-calls.ts'

/** Options of `sessions.revokeEverything`. */
export interface RevokeEverythingOptions {
  /** Called after each step of at most fifty sessions. `ended`: how many have ended so far. */
  readonly onProgress?: (progress: { readonly ended: number }) => void
  /** Stops between two steps; the promise rejects with its reason. */
  readonly signal?: AbortSignal
}

const OPTIONS: KnownOptions<RevokeEverythingOptions> = { onProgress: true, signal: true }

interface RevocationContext {
  readonly calls: StoreCalls
  readonly records: RecordCodec
  readonly clock: Clock
  readonly revocation: Revocation
}

const SCAN_LIMIT = 100
/** How many sessions end at the same time: each is a call, and a call has a deadline. */
const AT_ONCE = 50

/**
 * Ends every session of the application, a page of the store at a time. It walks over the records and not over an
 * index, so it finds also what an index has lost.
 */
export async function revokeEverything(
  { calls, records, clock, revocation }: RevocationContext,
  options: RevokeEverythingOptions,
): Promise<number> {
  checkOptions('revokeEverything', options, OPTIONS)
  const { onProgress, signal } = options
  let ended = 0
  let cursor: string | undefined
  do {
    signal?.throwIfAborted()
    const page = await calls.scan(cursor, SCAN_LIMIT)
    const now = clock.now()
    const sessions = page.records.map((stored) => records.decode(stored, now)).filter((record) => record !== undefined)
    for (let at = 0; at < sessions.length; at += AT_ONCE) {
      signal?.throwIfAborted()
      const outcomes = await Promise.all(sessions.slice(at, at + AT_ONCE).map((session) => revocation.end(session, 'revoked')))
      ended += outcomes.filter(Boolean).length
      onProgress?.({ ended })
    }
    cursor = page.next
  } while (cursor !== undefined)
  return ended
}
