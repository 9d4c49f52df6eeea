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

/**
 * Reads a duration as milliseconds.
 *
 * @throws ERR_SESSION_DURATION for anything but a positive, finite length; `name` says which one it was.
 */
export function parseDuration(value: Duration, name: string): number {
  const milliseconds = typeof value === 'number' ? value : parseText(value)
  if (!Number.isFinite(milliseconds) || milliseconds <= 0) {
    throw new SojournError(
      'ERR_SESSION_DURATION',
      `${name}: ${JSON.stringify(value)} is not a duration. Write milliseconds or a text with a unit, such as '30m', '12h' or '30d'.`,
    )
  }
  return Math.round(milliseconds)
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
