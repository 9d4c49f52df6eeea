import { contestants, nameOf } from '../contestants.ts'
import type { Contestant } from '../contestants.ts'
import type { Table } from '../results.ts'

export type Pair = readonly [ours: Contestant, other: Contestant]

/** Each library or floor of a table, with ours on the same framework and place. */
export function pairsOf(table: Table): Pair[] {
  return contestants
    .filter(({ library }) => library !== 'sojourn' && library !== 'bare')
    .map((other): Pair => [{ ...other, library: 'sojourn' }, other])
    .filter((pair) => pair.every((one) => table[nameOf(one)]))
}
