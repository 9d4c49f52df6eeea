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
 * last one to sign in always stays.
 *
 * @throws ERR_SESSION_TOO_MANY, after the new session was ended
 */
export async function keepWithin({ limit, exceeded }: SessionLimit, revocation: Revocation, own: SessionRecord): Promise<void> {
  const principal = own.principal!
  const all = await revocation.list(principal)
  if (all.length <= limit) return
  const ended = exceeded === 'refuse' ? [own.id] : oldest(all, own, all.length - limit)
  await revocation.revoke(principal, ended)
  if (ended.includes(own.id)) {
    throw new SojournError('ERR_SESSION_TOO_MANY', `This principal has ${limit} sessions already. Sign out elsewhere first.`)
  }
}

/** Sorted by sign-in time. If two signed in within the same millisecond, one's own session counts as the later one. */
function oldest(all: readonly SessionRecord[], own: SessionRecord, count: number): string[] {
  const byAge = all.toSorted((a, b) => a.meta.authenticatedAt - b.meta.authenticatedAt || Number(a.id === own.id) - Number(b.id === own.id))
  return byAge.slice(0, count).map(({ id }) => id)
}
