/**
 * Measures one engine in a process of its own, whose heap is as large as the machine allows.
 *
 * @module
 */
import { engineOf } from './engines.ts'
import { measure } from './measure.ts'
import type { Extent } from './points.ts'

/** What this process is told to do. */
export interface Order {
  readonly name: string
  readonly extent: Extent
}

const { name, extent } = JSON.parse(process.argv[2]!) as Order
const seconds = (): string => (performance.now() / 1_000).toFixed(0).padStart(5)
const measured = await measure(name, engineOf(name), extent, (what) => console.error(`${seconds()} s  ${name}  ${what}`))
process.send!(measured)
