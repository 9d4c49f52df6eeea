/**
 * Who presented what, and what it is worth. The table is in docs/reference/tokens.md.
 *
 * @module
 */
import { sameHash } from '../crypto/constant-time.ts'
import type { Claim } from '../token/session-token.ts'
import { ROTATION_GRACE } from './policy.ts'
import type { Policy, RotationPolicy } from './policy.ts'
import type { Meta, TokenState } from './record.ts'

/**
 * - `current`: the token in use.
 * - `pending`: issued and not seen before now; it becomes the current one.
 * - `retired`: just replaced, within its grace; good, but earns no new token.
 * - `alarm`: superseded, and its holder must have had a newer one long ago: two parties hold tokens.
 * - `outdated`: from before the last login or change of privilege; nothing, silently (fixation).
 * - `ahead`: newer than the record: the store lost writes; nothing, and no alarm.
 * - `false`: right generation, wrong secret; nothing.
 */
export type TokenStatus = 'current' | 'pending' | 'retired' | 'alarm' | 'outdated' | 'ahead' | 'false'

/** Judged by when the request was opened: a slow upload is not a thief (counterexample `slow-handler`). */
export function tokenStatus(claim: Claim, meta: Meta, openedAt: number, policy: Policy): TokenStatus {
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
  if (claim.isSealed) return true
  return claim.link ? claim.link.proves(known.hash) : sameHash(claim.hash, known.hash)
}

/** After this many unconfirmed pending tokens the next is issued unconditionally (counterexample `lasso`). */
const MAX_UNCONFIRMED = 2

type Issue = (generation: number) => { hash: string }

/**
 * Whether the bearer of the current token is owed a new one. Judged by when the request was opened, as the grace is: a slow one must not replace a
 * pending token that the client has got meanwhile (counterexample `slow-rotation`).
 */
export function rotationDue(meta: Meta, openedAt: number, policy: RotationPolicy): boolean {
  const due = openedAt >= meta.current.at + policy.interval
  const withinGrace = meta.retired !== undefined && openedAt <= meta.retired.at + policy.grace
  const youngPending = meta.pending !== undefined && openedAt < meta.pending.at + policy.pendingAge
  return due && !withinGrace && !youngPending
}

/** Current, due: a pending token; after two that nobody confirmed, one that is current at once, unless the policy is only to tell. */
export function rotateWithGrace(meta: Meta, now: number, issue: Issue, policy: RotationPolicy): Meta {
  const next = nextToken(meta, now, issue)
  if (meta.pending && meta.unconfirmed >= MAX_UNCONFIRMED && policy.unconfirmed === 'replace') {
    return {
      ...meta,
      generation: next.generation,
      current: next,
      pending: undefined,
      retired: { ...meta.current, at: now },
      unconfirmed: 0,
    }
  }
  return { ...meta, generation: next.generation, pending: next, unconfirmed: meta.pending ? meta.unconfirmed + 1 : 1 }
}

/** Whether more tokens went unconfirmed than two lost responses explain: the client keeps none, or somebody takes them. */
export function isUnconfirmed(meta: Meta): boolean {
  return meta.unconfirmed > MAX_UNCONFIRMED
}

/** Pending, seen: it is the current one now, and the grace of the old one starts. */
export function promotePending(meta: Meta, now: number): Meta {
  if (!meta.pending) return meta
  return { ...meta, current: { ...meta.pending, at: now }, pending: undefined, retired: { ...meta.current, at: now }, unconfirmed: 0 }
}

/** Login, re-authentication, change of privilege: no pending, no grace, and all older tokens are worth nothing. */
export function replaceToken(meta: Meta, now: number, issue: Issue): Meta {
  const next = nextToken(meta, now, issue)
  return {
    ...meta,
    generation: next.generation,
    authGeneration: next.generation,
    current: next,
    pending: undefined,
    retired: undefined,
    unconfirmed: 0,
  }
}

function nextToken(meta: Meta, now: number, issue: Issue): TokenState {
  const generation = meta.generation + 1
  return { generation, hash: issue(generation).hash, at: now }
}
