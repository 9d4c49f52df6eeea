export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/**
 * The first slice from which on a visit costs at most 1.3 times what it costs in the second half. One slow or fast
 * slice is noise, so the median of it and the next four has to stay below, too.
 *
 * @param costs of one slice after the other
 */
export function firstWarm(costs: readonly number[]): number {
  const limit = 1.3 * median(costs.slice(costs.length >> 1))
  const at = costs.findIndex((cost, i) => cost <= limit && median(costs.slice(i, i + 5)) <= limit)
  return at === -1 ? costs.length : at
}
