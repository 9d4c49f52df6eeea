import { SojournError } from '../basics/errors.ts'
import type { SessionRecord } from '../record/record.ts'
import type { Revocation } from './revocation.ts'

/** How many sessions one principal may have at a time (ASVS 5.0 7.1.2), and what happens to one too many. */
export interface SessionLimit {
  readonly limit: number
  /** `end-oldest`: the sessions that signed in first end. `refuse`: the new sign-in fails with ERR_SESSION_TOO_MANY. */
  readonly exceeded: 'end-oldest' | 'refuse'
}

/**
 * Runs after a new sign-in is stored, so that the last of several concurrent sign-ins sees all of them, and the limit
 * always holds. With `refuse`, two concurrent sign-ins may both fail although one would fit. With `end-oldest`, the
 * last one to sign in always stays. Sessions of somebody who acts for the principal do not count.
 *
 * @throws ERR_SESSION_TOO_MANY, after the new session was ended
 */
export async function keepWithin({ limit, exceeded }: SessionLimit, revocation: Revocation, own: SessionRecord): Promise<void> {
  const principal = own.principal!
  // One that changes meanwhile may come twice.
  const each = new Map<string, Candidate>()
  for await (const page of revocation.pages(principal)) {
    for (const { id, meta } of page) if (!meta.acting) each.set(id, { id, at: meta.authenticatedAt })
  }
  const all = [...each.values()]
  if (all.length <= limit) return
  const ended = exceeded === 'refuse' ? [own.id] : oldest(all, own, all.length - limit)
  await revocation.revoke(principal, ended)
  if (ended.includes(own.id)) {
    throw new SojournError('ERR_SESSION_TOO_MANY', `This principal has ${limit} sessions already. Sign out elsewhere first.`)
  }
}

/** A session that may have to end; the rest of its record is not kept. */
interface Candidate {
  readonly id: string
  readonly at: number
}

/** Sorted by sign-in time. If two signed in within the same millisecond, one's own session counts as the later one. */
function oldest(all: readonly Candidate[], own: SessionRecord, count: number): string[] {
  const byAge = all.toSorted((a, b) => a.at - b.at || Number(a.id === own.id) - Number(b.id === own.id))
  return byAge.slice(0, count).map(({ id }) => id)
}
