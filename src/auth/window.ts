/** How many failures are allowed in how long. */
export interface Limit {
  readonly failures: number
  /** Milliseconds. */
  readonly per: number
}

/** Milliseconds until fewer failures than allowed lie in the window that slides with the time; 0 if it is so now. */
export function waitUntilBelow(times: readonly number[], { failures, per }: Limit, at: number): number {
  const recent = times.filter((time) => time > at - per).toSorted((a, b) => a - b)
  return recent.length < failures ? 0 : recent[recent.length - failures]! + per - at
}
