import { SojournError } from './errors.ts'

/** Where core takes the time from. Replace it in tests (`testClock` of `sojourn/testing`). */
export interface Clock {
  /** Now, in epoch milliseconds. */
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

/** Milliseconds, or a whole or decimal number with a unit: `ms`, `s`, `m` (minutes), `h`, `d`, `w`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd' | 'w'}`

/** A hundred years. What is meant to be for ever would be an instant that no database and no cookie can hold. */
const MAX_DAYS = 36_500
/** `setTimeout` takes a longer time for none at all. Milliseconds. */
const MAX_TIMER = 2 ** 31 - 1

/**
 * Reads a duration as milliseconds.
 *
 * @throws ERR_SESSION_DURATION for anything but a positive length of at most a hundred years; `name` says which one it
 *   was.
 */
export function parseDuration(value: Duration, name: string): number {
  const milliseconds = Math.round(typeof value === 'number' ? value : parseText(value))
  if (!Number.isFinite(milliseconds) || milliseconds <= 0) {
    throw new SojournError(
      'ERR_SESSION_DURATION',
      `${name}: ${JSON.stringify(value)} is not a duration. Write milliseconds or a text with a unit, such as '30m', '12h' or '30d'.`,
    )
  }
  if (milliseconds > MAX_DAYS * UNITS.d) throw tooLong(name, value, `${MAX_DAYS}d`)
  return milliseconds
}

/**
 * Reads how long to wait, for a timer.
 *
 * @throws ERR_SESSION_DURATION
 */
export function parseWait(value: Duration, name: string): number {
  const milliseconds = parseDuration(value, name)
  if (milliseconds > MAX_TIMER) throw tooLong(name, value, '24d')
  return milliseconds
}

function tooLong(name: string, value: Duration, most: string): SojournError {
  return new SojournError('ERR_SESSION_DURATION', `${name}: ${JSON.stringify(value)} is too long. Write '${most}' at most.`)
}

/**
 * Reads the length of a stay, of a link and the like. A bare number below 1,000 is refused: it was meant in another
 * unit than milliseconds.
 *
 * @throws ERR_SESSION_DURATION
 */
export function parseSpan(value: Duration, name: string): number {
  if (typeof value === 'number' && value > 0 && value < 1_000) {
    throw new SojournError(
      'ERR_SESSION_DURATION',
      `${name}: ${value} would be ${value} milliseconds. Write the unit: '${value}s' for seconds, '${value}m' for minutes.`,
    )
  }
  return parseDuration(value, name)
}

function parseText(text: unknown): number {
  const match = typeof text === 'string' ? /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/.exec(text) : null
  return match ? Number(match[1]) * UNITS[match[2] as keyof typeof UNITS] : Number.NaN
}
