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
export async function keepWithin(rule: SessionLimit, revocation: Revocation, own: SessionRecord): Promise<void> {
  const ended = rule.exceeded === 'refuse' ? await isOneTooMany(rule.limit, revocation, own) : await endOldest(rule.limit, revocation, own)
  if (ended) {
    throw new SojournError('ERR_SESSION_TOO_MANY', `This principal has ${rule.limit} sessions already. Sign out elsewhere first.`)
  }
}

/** Ends the new session if it is one too many. It looks at no more sessions than it takes to know. */
async function isOneTooMany(limit: number, revocation: Revocation, own: SessionRecord): Promise<boolean> {
  // One that changes meanwhile may come twice.
  const seen = new Set<string>()
  for await (const page of revocation.pages(own.principal!)) {
    for (const { id, meta } of page) if (!meta.acting) seen.add(id)
    if (seen.size > limit) break
  }
  if (seen.size > limit) await revocation.revoke(own.principal!, [own.id])
  return seen.size > limit
}

/** Keeps the newest ones seen, and ends a page's others before the next page. Returns whether its own is among them. */
async function endOldest(limit: number, revocation: Revocation, own: SessionRecord): Promise<boolean> {
  const kept = new Map<string, Candidate>()
  let endsOwn = false
  for await (const page of revocation.pages(own.principal!)) {
    for (const { id, meta } of page) if (!meta.acting) kept.set(id, { id, at: meta.authenticatedAt })
    if (kept.size <= limit) continue
    const ended = oldest([...kept.values()], own, kept.size - limit)
    for (const id of ended) kept.delete(id)
    endsOwn ||= ended.includes(own.id)
    await revocation.revoke(own.principal!, ended)
  }
  return endsOwn
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
