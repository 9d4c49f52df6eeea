/**
 * Hashes are computed on Node's thread pool, which files, DNS and compression share. One thread is left to those,
 * and the hashes that wait are bounded: a burst of sign-ins must not stop everything else.
 *
 * @module
 */
import { SojournError } from '../core/basics/errors.ts'
import { refusal } from '../core/basics/refusal.ts'

/** As Node reads it, once, when the pool starts. */
const THREADS = Math.min(1_024, Number(process.env['UV_THREADPOOL_SIZE']) || 4)
const RUNNING_AT_MOST: number = Math.max(1, THREADS - 1)
/** About two seconds of Argon2 by its defaults. */
const WAITING_AT_MOST: number = 64 * RUNNING_AT_MOST

let running = 0
const waiting: (() => void)[] = []

/** Runs one computation on the thread pool when it is its turn. @throws ERR_SESSION_BUSY */
export async function inTurn<Result>(compute: () => Promise<Result>): Promise<Result> {
  if (running >= RUNNING_AT_MOST) {
    requireRoom()
    await new Promise<void>((resolve) => waiting.push(resolve))
  } else running++
  try {
    return await compute()
  } finally {
    // The next one takes over the place.
    const next = waiting.shift()
    if (next) next()
    else running--
  }
}

/** Before anything is counted or looked up for a password. @throws ERR_SESSION_BUSY */
export function requireRoom(): void {
  if (waiting.length < WAITING_AT_MOST) return
  const message = 'Too many passwords wait to be looked at. Try again in a moment.'
  throw new SojournError('ERR_SESSION_BUSY', message, { refusal: refusal(503, message, [['Retry-After', '1']]) })
}
