/**
 * A sign-in that has one factor and waits for the second. It lives in a reserved part of the session, which the
 * application's keys cannot reach, and nobody is signed in by it.
 *
 * @module
 */
import type { SessionBackend } from '../core/request/session-backend.ts'
import type { LoginOptions } from '../core/session.ts'
import type { Proven } from './proof.ts'

/** Begins as `RESERVED` of core does, which `set` refuses. */
const CHALLENGE = '\u0000challenge'

export interface Challenge extends Proven {
  /** Epoch milliseconds. */
  readonly until: number
  readonly level?: string
  readonly options: Pick<LoginOptions, 'remember' | 'keep'>
}

/** After `load()`. */
export function readChallenge(backend: SessionBackend, now: number): Challenge | undefined {
  const stored = backend.values().get(CHALLENGE)
  const challenge = stored && (JSON.parse(stored.text) as Challenge)
  return challenge && challenge.until > now ? challenge : undefined
}

export function keepChallenge(backend: SessionBackend, challenge: Challenge): void {
  backend.change({ type: 'set', key: CHALLENGE, value: { text: JSON.stringify(challenge), rich: false } })
}

/** After `load()`. Does nothing without one. */
export function forgetChallenge(backend: SessionBackend): void {
  if (backend.values().has(CHALLENGE)) backend.change({ type: 'delete', key: CHALLENGE })
}
