/**
 * Who presented what, and what it is worth. The table of PROTOCOLS.md section 2, its right half is `rotation.ts`.
 *
 * @module
 */
import { ROTATION_GRACE } from './policy.ts'
import type { Policy } from './policy.ts'
import type { Meta, TokenState } from './record.ts'
import { sameHash } from './token.ts'
import type { Claim } from './token.ts'

/**
 * - `current`: the token in use.
 * - `pending`: issued and not seen before now; it becomes the current one.
 * - `retired`: just replaced, within its grace; good, but earns no new token.
 * - `alarm`: superseded, and its holder must have had a newer one long ago: two parties hold tokens.
 * - `outdated`: from before the last login or change of privilege; nothing, silently (fixation).
 * - `ahead`: newer than the record: the store lost writes; nothing, and no alarm.
 * - `false`: right generation, wrong secret; nothing.
 */
export type Worth = 'current' | 'pending' | 'retired' | 'alarm' | 'outdated' | 'ahead' | 'false'

/** Judged by when the request was opened: a slow upload is not a thief (counterexample `slow-handler`). */
export function worthOf(claim: Claim, meta: Meta, openedAt: number, policy: Policy): Worth {
  const { current, pending, retired } = meta
  if (claim.generation === current.generation) return matches(claim, current) ? 'current' : 'false'
  if (pending && claim.generation === pending.generation) return matches(claim, pending) ? 'pending' : 'false'
  if (claim.generation < meta.authGeneration) return 'outdated'
  if (claim.generation > meta.generation) return 'ahead'
  if (retired && claim.generation === retired.generation && openedAt <= retired.at + (policy.rotation?.grace ?? ROTATION_GRACE)) {
    return matches(claim, retired) ? 'retired' : 'false'
  }
  return 'alarm'
}

function matches(claim: Claim, known: TokenState): boolean {
  return claim.link ? claim.link.proves(known.hash) : sameHash(claim.hash, known.hash)
}
