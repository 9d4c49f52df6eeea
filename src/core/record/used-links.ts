import { SojournError } from '../basics/errors.ts'

/** What a record remembers of its one-time links. */
export interface UsedLinks {
  /**
   * Links that expire at this instant or before count as used, because their entries were dropped to keep the list
   * small. Epoch milliseconds.
   */
  readonly forgotten: number
  readonly links: readonly (readonly [nonce: string, expiresAt: number])[]
}

/** One use of a one-time link. */
export interface LinkUse {
  readonly nonce: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

const MAX_USED_LINKS = 32

/** @throws ERR_SESSION_LINK_USED */
export function markUsed(used: UsedLinks | undefined, { nonce, expiresAt }: LinkUse, now: number): UsedLinks {
  checkUnused(used, { nonce, expiresAt })
  const alive = (used?.links ?? []).filter(([, end]) => end > now)
  const links = [...alive, [nonce, expiresAt] as const].toSorted(([, a], [, b]) => b - a)
  const dropped = links.splice(MAX_USED_LINKS).map(([, end]) => end)
  return { forgotten: Math.max(used?.forgotten ?? 0, ...dropped), links }
}

/** @throws ERR_SESSION_LINK_USED */
export function checkUnused(used: UsedLinks | undefined, { nonce, expiresAt }: LinkUse): void {
  if (!used || (expiresAt > used.forgotten && !used.links.some(([known]) => known === nonce))) return
  throw new SojournError('ERR_SESSION_LINK_USED', 'This one-time link or form was used before.')
}
