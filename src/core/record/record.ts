/**
 * A record as core sees it; `body.ts` has the text that a store keeps of it.
 *
 * @module
 */
import type { Values } from './stored-values.ts'
import type { UsedLinks } from './used-links.ts'

/** One token that the record knows: which generation it is, and the hash of its secret. */
export interface TokenState {
  readonly generation: number
  readonly hash: string
  /** When it was issued, promoted or retired; see where it is used. */
  readonly at: number
}

/** What the application's `set` cannot reach (session puzzling, WSTG-SESS-08). */
export interface Meta {
  readonly createdAt: number
  /** When it was last written; a touch leaves the body alone. */
  readonly seenAt: number
  /** The absolute deadline, checked here as well as by the store. */
  readonly absoluteExpiresAt: number
  readonly kind: number
  /** `session`: forgotten when the browser closes. `remember`: no idle timeout. */
  readonly persistence: Persistence
  /** When the principal last proved who they are; 0 if never. */
  readonly authenticatedAt: number
  /** The generation issued last. */
  readonly generation: number
  /** The one issued by the last login, re-authentication or change of privilege. Older tokens are worth nothing. */
  readonly authGeneration: number
  readonly current: TokenState
  readonly pending: TokenState | undefined
  readonly retired: TokenState | undefined
  /** How many pending tokens were issued without one being seen. */
  readonly unconfirmed: number
  /** Of the last versions, the newest first: what tells our own write from another's after a lost reply. */
  readonly nonces: readonly string[]
  readonly address: string | undefined
  readonly userAgent: string | undefined
  /** What the last login said of the credentials. */
  readonly stamp: string | undefined
  /** One-time links that were followed. */
  readonly usedLinks: UsedLinks | undefined
  /** The session's own idle timeout, milliseconds; the application's counts without. */
  readonly idleTimeout: number | undefined
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
}
