/** Where core takes the time from. Replace it in tests (`testClock` of `sojourn/testing`). */
export interface Clock {
  /** Now, in epoch milliseconds. */
  now(): number
}

export const systemClock: Clock = { now: Date.now }
