/**
 * The rules of rotation as functions that the exploration is given: the real ones, and each of them broken as the
 * counterexamples of the protocol break it.
 */
import { promotePending, replaceToken, rotateWithGrace, rotationDue, tokenStatus } from '../../../src/core/record/token-states.ts'
import { ROTATION_GRACE, ROTATION_PENDING_AGE } from '../../../src/core/record/policy.ts'
import type { Policy } from '../../../src/core/record/policy.ts'
import type { Meta } from '../../../src/core/record/record.ts'

export interface Rules {
  readonly tokenStatus: typeof tokenStatus
  readonly rotationDue: typeof rotationDue
  readonly rotateWithGrace: typeof rotateWithGrace
  readonly promotePending: typeof promotePending
  readonly replaceToken: typeof replaceToken
  /** By which instant the grace is judged. */
  readonly judgedAt: (openedAt: number, now: number) => number
  /** By which instant a rotation is due. */
  readonly dueAt: (openedAt: number, now: number) => number
  /** Whether a rotation that was decided on an older version still happens on the newest. */
  readonly stillDue: (meta: Meta, token: { readonly generation: number }, at: number) => boolean
}

export const real: Rules = {
  tokenStatus,
  rotationDue,
  rotateWithGrace,
  promotePending,
  replaceToken,
  judgedAt: (openedAt) => openedAt,
  dueAt: (openedAt) => openedAt,
  stillDue: (meta, token, now) => meta.current.generation === token.generation && rotationDue(meta, now, policy.rotation),
}

const MINUTE = 60_000

/**
 * In minutes: the longest exchange, and how long a slow handler takes before it has written. The policy is the one that
 * is shipped.
 */
export const LONGEST = 1
export const SLOWEST = 3

export const policy: Policy & { readonly rotation: object } = {
  idleTimeout: 1_000,
  absoluteTimeout: 1_000,
  rotation: { interval: 8, grace: ROTATION_GRACE / MINUTE, pendingAge: ROTATION_PENDING_AGE / MINUTE, unconfirmed: 'replace' },
}

/** What is explored; see `explorations` in the test. */
export type Exploration = 'honest' | 'upload' | 'thief' | 'login' | 'failover'

interface Broken {
  readonly name: string
  readonly what: string
  readonly by: Exploration
  readonly rules: Partial<Rules>
}

const isDue = (meta: Meta, now: number): boolean => now >= meta.current.at + policy.rotation.interval

export const broken: readonly Broken[] = [
  {
    name: 'silent-hijack',
    what: 'only the previous token is known, all older ones are simply dead',
    by: 'thief',
    rules: { tokenStatus: (...args) => (tokenStatus(...args) === 'alarm' ? 'outdated' : tokenStatus(...args)) },
  },
  {
    name: 'two-tabs',
    what: 'a young pending token is replaced',
    by: 'honest',
    rules: { rotationDue: isDue, stillDue: (meta, _token, now) => isDue(meta, now) },
  },
  {
    name: 'overwrite',
    what: 'a rotation that lost its compare-and-set does not look again',
    by: 'honest',
    rules: { stillDue: () => true },
  },
  {
    name: 're-send',
    what: 'the pending token is sent again',
    by: 'thief',
    rules: {
      rotateWithGrace(meta, now, issue, rotation) {
        if (!meta.pending) return rotateWithGrace(meta, now, issue, rotation)
        issue(meta.pending.generation)
        return { ...meta, pending: { ...meta.pending, at: now } }
      },
    },
  },
  {
    name: 'lasso',
    what: 'a pending token is never replaced',
    by: 'thief',
    rules: { rotationDue: (meta, now, rotation) => !meta.pending && rotationDue(meta, now, rotation) },
  },
  {
    name: 'lasso, with new bait',
    what: 'a pending token is replaced for ever (what unconfirmed: event chooses)',
    by: 'thief',
    rules: { rotateWithGrace: (meta, now, issue, rotation) => rotateWithGrace(meta, now, issue, { ...rotation, unconfirmed: 'event' }) },
  },
  {
    name: 'no pending',
    what: 'the new token counts at once',
    by: 'honest',
    rules: {
      rotateWithGrace: (meta, now, issue, rotation) =>
        rotateWithGrace({ ...meta, pending: meta.current, unconfirmed: 2 }, now, issue, rotation),
    },
  },
  {
    name: 'no grace',
    what: 'a token is dead as soon as it is replaced',
    by: 'honest',
    rules: { promotePending: (meta, now) => ({ ...promotePending(meta, now), retired: undefined }) },
  },
  {
    name: 'endless grace',
    what: 'a replaced token stays good',
    by: 'thief',
    rules: {
      tokenStatus: (claim, meta, at, settings) =>
        claim.generation === meta.retired?.generation ? 'retired' : tokenStatus(claim, meta, at, settings),
    },
  },
  {
    name: 'generous grace',
    what: 'a retired token earns a new one',
    by: 'thief',
    rules: {
      tokenStatus: (...args) => (tokenStatus(...args) === 'retired' ? 'current' : tokenStatus(...args)),
      rotationDue: (meta, now, rotation) => !meta.pending && (rotationDue(meta, now, rotation) || meta.retired !== undefined),
      stillDue: () => true,
    },
  },
  {
    name: 'one loss',
    what: 'the second token counts at once, not the third',
    by: 'honest',
    rules: {
      rotateWithGrace: (meta, now, issue, rotation) =>
        rotateWithGrace({ ...meta, unconfirmed: meta.pending ? 2 : 0 }, now, issue, rotation),
    },
  },
  {
    name: 'slow-handler',
    what: 'the grace is judged when the session is first read',
    by: 'upload',
    rules: { judgedAt: (_openedAt, now) => now },
  },
  {
    name: 'slow-rotation',
    what: 'a rotation is due by when the session is first read',
    by: 'upload',
    rules: { dueAt: (_openedAt, now) => now },
  },
  {
    name: 'fixation',
    what: 'a login leaves the tokens before it a grace',
    by: 'login',
    rules: {
      replaceToken(meta, now, issue) {
        const next = replaceToken(meta, now, issue)
        return { ...next, authGeneration: meta.authGeneration, retired: { ...meta.current, at: now } }
      },
    },
  },
  {
    name: 'false alarm after login',
    what: 'a token from before the login raises the alarm',
    by: 'login',
    rules: { replaceToken: (meta, now, issue) => ({ ...replaceToken(meta, now, issue), authGeneration: meta.authGeneration }) },
  },
  {
    name: 'pending over login',
    what: 'a login leaves a pending token as it is',
    by: 'login',
    rules: { replaceToken: (meta, now, issue) => ({ ...replaceToken(meta, now, issue), pending: meta.pending }) },
  },
  {
    name: 'failover-behind',
    what: 'a rotation that was decided for one token happens to another',
    by: 'failover',
    rules: { stillDue: (meta, _token, now) => rotationDue(meta, now, policy.rotation) },
  },
  {
    name: 'failover-ahead',
    what: 'a token that is newer than the record raises the alarm',
    by: 'failover',
    rules: { tokenStatus: (...args) => (tokenStatus(...args) === 'ahead' ? 'alarm' : tokenStatus(...args)) },
  },
]
