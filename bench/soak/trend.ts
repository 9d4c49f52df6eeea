/**
 * Whether a figure grows, as far as its noise lets one say so.
 *
 * @module
 */
import { median } from '../statistics.ts'

export interface Trend {
  /** The medians of the first and of the last seventh. */
  readonly start: number
  readonly end: number
  /** How much the line through the medians rises from the first seventh to the last. */
  readonly growth: number
  /** How much the figure would rise in an hour. */
  readonly perHour: number
  /** How far values differ without any trend. */
  readonly noise: number
  readonly grows: boolean
}

/** Of ten minutes, seven come after the warm-up. */
const PARTS = 7
/** A smaller rise cannot be told from chance: a share of the level at the start, and a multiple of the noise. */
const LEAST_SHARE = 0.02
const LEAST_NOISES = 3
/** The share of pairs of medians that rise, less the share of those that fall. Two in a thousand orders have more. */
const LEAST_TAU = 0.8

/**
 * The slope is the median of the slopes between all pairs of medians (Theil and Sen), so that a spike counts for
 * nothing. A figure grows if it rises by more than its noise and by more than two in a hundred, and if the medians rise
 * one after the other (Kendall's tau): a figure that swings or has made one step does not.
 *
 * @param values at equal distances
 * @param seconds from one value to the next
 */
export function trendOf(values: readonly number[], seconds: number): Trend {
  if (values.length < PARTS) throw new Error(`A trend needs ${PARTS} values or more.`)
  const parts = Array.from({ length: PARTS }, (_, i) => values.slice(at(i, values.length), at(i + 1, values.length)))
  const medians = parts.map((part) => median(part))
  const pairs = medians.flatMap((earlier, i) => medians.slice(i + 1).map((later, j) => ({ rise: later - earlier, over: j + 1 })))
  const slope = median(pairs.map(({ rise, over }) => rise / over))
  const line = median(medians.map((value, i) => value - slope * i))
  const within = parts.flatMap((part, i) => part.map((value) => Math.abs(value - medians[i]!)))
  const around = medians.map((value, i) => Math.abs(value - line - slope * i))
  const noise = Math.max(median(within), median(around))
  const growth = slope * (PARTS - 1)
  const tau = pairs.reduce((sum, { rise }) => sum + Math.sign(rise), 0) / pairs.length
  return {
    start: medians[0]!,
    end: medians.at(-1)!,
    growth,
    perHour: (growth * 3_600 * PARTS) / (PARTS - 1) / (values.length * seconds),
    noise,
    grows: growth > Math.max(LEAST_NOISES * noise, LEAST_SHARE * Math.abs(medians[0]!)) && tau >= LEAST_TAU,
  }
}

function at(part: number, length: number): number {
  return Math.round((part * length) / PARTS)
}
