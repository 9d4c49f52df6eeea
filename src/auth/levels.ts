/**
 * Which factors were proved in a session, and when. They live in a reserved part of it, a key for each, so that two
 * proofs at once both stay.
 *
 * @module
 */
import { optionError } from '../core/basics/errors.ts'
import type { SessionBackend } from '../core/request/session-backend.ts'

/** Begins as `RESERVED` of core does, which `set` refuses. */
const LEVEL = '\u0000level:'

/** @throws ERR_SESSION_OPTIONS */
export function checkLevel(where: string, level: string): string {
  if (typeof level === 'string' && /^[\w-]{1,32}$/.test(level)) return level
  throw optionError(`${where}: name a level by up to 32 letters, digits, '-' and '_', such as 'otp'.`)
}

/** After `load()`: epoch milliseconds; `undefined` if it was not proved in this session. */
export function provenAt(backend: SessionBackend, level: string): number | undefined {
  const stored = backend.values().get(LEVEL + level)
  return stored && (JSON.parse(stored.text) as number)
}

export function keepLevel(backend: SessionBackend, level: string, now: number): void {
  backend.change({ type: 'set', key: LEVEL + level, value: { text: JSON.stringify(now), rich: false } })
}
