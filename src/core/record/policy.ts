import type { Meta, SessionRecord } from './record.ts'

/** All durations in milliseconds. */
export interface Policy {
  readonly idleTimeout: number
  readonly absoluteTimeout: number
  readonly rotation: RotationPolicy | undefined
}

/**
 * Assumes that a request and its response take at most one minute (L). Then grace ≥ 2 L, because the new token may
 * still be on its way to the client while a request with the old one is on its way to us; pendingAge > 2 L; and
 * interval > pendingAge + grace.
 */
export interface RotationPolicy {
  readonly interval: number
  readonly grace: number
  readonly pendingAge: number
  readonly unconfirmed: Unconfirmed
}

/** What to do when a client never uses the new tokens it was sent. */
export type Unconfirmed = 'replace' | 'event'

/** What a read returns while the store is down. */
export type OnStoreDown = 'fail' | 'anonymous'

export const ROTATION_GRACE: number = 2 * 60_000
export const ROTATION_PENDING_AGE: number = 5 * 60_000

/** A touch is written once this part of the idle timeout has passed. Sessions end up to this much early, never late. */
const TOUCH_FRACTION = 0.1

/** The deadline that counts now: idle or absolute, whichever comes first. */
export function expiresAt(policy: Policy, meta: Stay, now: number): number {
  return meta.persistence === 'remember' ? meta.absoluteExpiresAt : Math.min(now + idleTimeoutOf(policy, meta), meta.absoluteExpiresAt)
}

/** How long a session lasts, as its record says. */
type Stay = Pick<Meta, 'absoluteExpiresAt' | 'persistence' | 'idleTimeout'>

function idleTimeoutOf(policy: Policy, meta: Stay): number {
  return meta.idleTimeout ?? policy.idleTimeout
}

/** Where a touch would move the deadline; `undefined` while it is too early for a touch. */
export function dueTouch(policy: Policy, record: SessionRecord, now: number): number | undefined {
  const next = expiresAt(policy, record.meta, now)
  return next - record.expiresAt >= idleTimeoutOf(policy, record.meta) * TOUCH_FRACTION ? next : undefined
}

/** Whether no touch moves the deadline any more: it is the absolute one, or nearly. */
export function isAtAbsolute(policy: Policy, { meta }: SessionRecord, now: number): boolean {
  return expiresAt(policy, meta, now) >= meta.absoluteExpiresAt
}

/** How often a signed-in session is checked that no touch is due for, milliseconds. */
export function checkInterval({ idleTimeout }: Policy): number {
  return idleTimeout * TOUCH_FRACTION
}

/** When the session was last seen, to the precision of a touch. */
export function lastSeenAt(policy: Policy, record: SessionRecord): number {
  const capped = record.expiresAt >= record.meta.absoluteExpiresAt
  return capped ? record.meta.seenAt : Math.max(record.meta.seenAt, record.expiresAt - idleTimeoutOf(policy, record.meta))
}

/**
 * The Max-Age of the token: until the absolute deadline, so that a touch needs no Set-Cookie. `undefined`: until the
 * client closes.
 */
export function tokenMaxAge(meta: Meta, now: number): number | undefined {
  return meta.persistence === 'session' ? undefined : Math.max(0, meta.absoluteExpiresAt - now)
}
