/**
 * Decides what a presented token is worth, and how the tokens of a session change. The table is in
 * docs/reference/tokens.md.
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
 * - `pending`: issued, and used now for the first time; it becomes the current one.
 * - `retired`: replaced a moment ago, within its grace; good, but its bearer gets no new token.
 * - `alarm`: superseded, although its bearer must have got a newer one long ago: two parties hold tokens.
 * - `outdated`: from before the last login or change of privilege; reads nothing, silently (fixation).
 * - `ahead`: newer than the record, because the store lost writes; reads nothing, and raises no alarm.
 * - `false`: right generation, wrong secret; reads nothing.
 */
export type TokenStatus = 'current' | 'pending' | 'retired' | 'alarm' | 'outdated' | 'ahead' | 'false'

/** Uses the time the request was opened, because a slow upload is not a thief (counterexample `slow-handler`). */
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

/** After this many unused pending tokens the next one becomes current at once (counterexample `lasso`). */
const MAX_UNCONFIRMED = 2

type Issue = (generation: number) => { hash: string }

/**
 * Whether the current token is due for rotation. Uses the time the request was opened, so that a slow request cannot
 * replace a pending token that the client has since received (counterexample `slow-rotation`).
 */
export function rotationDue(meta: Meta, openedAt: number, policy: RotationPolicy): boolean {
  const due = openedAt >= meta.current.at + policy.interval
  const withinGrace = meta.retired !== undefined && openedAt <= meta.retired.at + policy.grace
  const youngPending = meta.pending !== undefined && openedAt < meta.pending.at + policy.pendingAge
  return due && !withinGrace && !youngPending
}

/**
 * Issues a pending token. If the client ignored the last two, the new one becomes current at once, except with
 * `unconfirmed: 'event'`.
 */
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

/**
 * Whether three or more pending tokens were never used: the client stores no cookies, or somebody else receives them.
 */
export function isUnconfirmed(meta: Meta): boolean {
  return meta.unconfirmed > MAX_UNCONFIRMED
}

/** The client used the pending token: it becomes the current one, and the grace of the old one starts. */
export function promotePending(meta: Meta, now: number): Meta {
  if (!meta.pending) return meta
  return { ...meta, current: { ...meta.pending, at: now }, pending: undefined, retired: { ...meta.current, at: now }, unconfirmed: 0 }
}

/**
 * For a login, a re-authentication or a change of privilege: no pending token, no grace, and all older tokens become
 * worthless.
 */
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
