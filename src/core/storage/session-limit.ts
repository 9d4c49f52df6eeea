import { SojournError } from '../basics/errors.ts'
import type { SessionRecord } from '../record/record.ts'
import type { Revocation } from './revocation.ts'

/** How many sessions one principal may have at a time (ASVS 5.0 7.1.2), and what becomes of one too many. */
export interface SessionLimit {
  readonly limit: number
  /** `end-oldest`: those that signed in first end. `refuse`: the new sign-in fails with ERR_SESSION_TOO_MANY. */
  readonly exceeded: 'end-oldest' | 'refuse'
}

/**
 * After a new sign-in is stored: whichever of several is stored last sees them all, so no more are left than allowed. Two refused at the
 * same moment may make room for one; of those that end others the last to sign in always stays.
 *
 * @throws ERR_SESSION_TOO_MANY, the new session ended
 */
export async function keepWithin({ limit, exceeded }: SessionLimit, revocation: Revocation, own: SessionRecord): Promise<void> {
  const principal = own.principal!
  const all: Candidate[] = []
  for await (const page of revocation.pages(principal)) {
    for (const { id, meta } of page) all.push({ id, at: meta.authenticatedAt })
  }
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

/** By when they signed in; in the same millisecond as another, one's own counts as the last. */
function oldest(all: readonly Candidate[], own: SessionRecord, count: number): string[] {
  const byAge = all.toSorted((a, b) => a.at - b.at || Number(a.id === own.id) - Number(b.id === own.id))
  return byAge.slice(0, count).map(({ id }) => id)
}
