/**
 * What becomes of the tokens of a session. Routine rotation keeps the current token until the next one is seen, so that a
 * lost response locks nobody out; login and changes of privilege replace it at once. The table is in PROTOCOLS.md section 2.
 *
 * @module
 */
import type { RotationPolicy } from './policy.ts'
import type { Meta, TokenState } from './record.ts'

/** After this many unconfirmed pending tokens the next is issued unconditionally (counterexample `lasso`). */
const MOST_UNCONFIRMED = 2

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
export function rotateByRoutine(meta: Meta, now: number, issue: Issue, policy: RotationPolicy): Meta {
  const next = nextToken(meta, now, issue)
  if (meta.pending && meta.unconfirmed >= MOST_UNCONFIRMED && policy.unconfirmed === 'replace') {
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
  return meta.unconfirmed > MOST_UNCONFIRMED
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
