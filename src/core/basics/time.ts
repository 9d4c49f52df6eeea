import { SojournError } from './errors.ts'

/** Where core takes the time from. Replace it in tests (`testClock` of `sojourn/testing`). */
export interface Clock {
  /** Now, in epoch milliseconds. */
  now(): number
}

export const systemClock: Clock = { now: Date.now }

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

function parseText(text: unknown): number {
  const match = typeof text === 'string' ? /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/.exec(text) : null
  return match ? Number(match[1]) * UNITS[match[2] as keyof typeof UNITS] : Number.NaN
}
