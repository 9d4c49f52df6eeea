/**
 * A record as core sees it; `body.ts` has the text that a store keeps of it.
 *
 * @module
 */
import type { AboutSession } from '../basics/events.ts'
import type { Values } from './stored-values.ts'
import type { UsedLinks } from './used-links.ts'

/** One token that the record knows: which generation it is, and the hash of its secret. */
export interface TokenState {
  readonly generation: number
  readonly hash: string
  /** When it was issued, promoted or retired, depending on the field. */
  readonly at: number
}

/** Who acts in a session for its principal. */
export interface Acting {
  readonly actor: string
  /** The id of the actor's own session, which waits. */
  readonly session: string
  readonly reason: string
  /** The stamp of the actor's own login. */
  readonly stamp: string | undefined
}

/** The fields that the application's `set` cannot reach (session puzzling, WSTG-SESS-08). */
export interface Meta {
  readonly createdAt: number
  /** When it was last written. A touch does not change the body. */
  readonly seenAt: number
  /** The absolute deadline. Core checks it, and so does the store. */
  readonly absoluteExpiresAt: number
  readonly kind: number
  /** `session`: the client forgets the token when it closes. `remember`: no idle timeout. */
  readonly persistence: Persistence
  /** When the principal last proved who they are; 0 if never. */
  readonly authenticatedAt: number
  /** The generation issued last. */
  readonly generation: number
  /** The generation issued by the last login, re-authentication or change of privilege. Older tokens are worthless. */
  readonly authGeneration: number
  readonly current: TokenState
  readonly pending: TokenState | undefined
  readonly retired: TokenState | undefined
  /** How many pending tokens were issued in a row without one being used. */
  readonly unconfirmed: number
  /** The nonces of the last versions, the newest first. After a lost reply they tell our own write from another's. */
  readonly nonces: readonly string[]
  readonly address: string | undefined
  readonly userAgent: string | undefined
  /** The `stamp` of the last login. */
  readonly stamp: string | undefined
  /** One-time links that were followed. */
  readonly usedLinks: UsedLinks | undefined
  /** The session's own idle timeout, milliseconds; `undefined`: the application's. */
  readonly idleTimeout: number | undefined
  /**
   * The principal's epoch when it signed in, and those of revocations that left this session out. If the principal has
   * another one now, the session was revoked, whatever the index knew of it (counterexample `evicted-index`).
   */
  readonly epochs: readonly string[]
  /** Set when the record is created, and never changed. */
  readonly acting: Acting | undefined
}

export const persistences = ['normal', 'session', 'remember'] as const
export type Persistence = (typeof persistences)[number]

export interface SessionRecord {
  readonly id: string
  readonly version: number
  readonly expiresAt: number
  readonly principal: string | null
  readonly meta: Meta
  readonly values: Values
  /** Whether it is protected by another than the first of the application's secrets, and should be written again. */
  readonly isOld: boolean
}

/** What every event about a session says of it. */
export function about({ id, principal, meta }: Pick<SessionRecord, 'id' | 'principal' | 'meta'>): AboutSession {
  return meta.acting ? { id, principal, actor: meta.acting.actor } : { id, principal }
}
