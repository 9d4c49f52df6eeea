/**
 * A sign-in that has one factor and waits for the second. It lives in a reserved part of the session, which the
 * application's keys cannot reach, and nobody is signed in by it.
 *
 * @module
 */
import { RESERVED } from '../core/record/operations.ts'
import { backendOf } from '../core/session.ts'
import type { LoginOptions, Session } from '../core/session.ts'
import type { Proven } from './proof.ts'

const CHALLENGE = `${RESERVED}challenge`

export interface Challenge extends Proven {
  /** Epoch milliseconds. */
  readonly until: number
  readonly options: Pick<LoginOptions, 'remember' | 'keep'>
}

/** After `load()`. */
export function readChallenge<Data extends object>(session: Session<Data>, now: number): Challenge | undefined {
  const stored = backendOf(session).values().get(CHALLENGE)
  const challenge = stored && (JSON.parse(stored.text) as Challenge)
  return challenge && challenge.until > now ? challenge : undefined
}

export function keepChallenge<Data extends object>(session: Session<Data>, challenge: Challenge): void {
  backendOf(session).change({ type: 'set', key: CHALLENGE, value: { text: JSON.stringify(challenge), rich: false } })
}

/** After `load()`. Does nothing without one. */
export function forgetChallenge<Data extends object>(session: Session<Data>): void {
  const backend = backendOf(session)
  if (backend.values().has(CHALLENGE)) backend.change({ type: 'delete', key: CHALLENGE })
}
