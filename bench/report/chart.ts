/**
 * docs/reference/performance.svg: the CPU that ours and another library add, side by side, readable on light and dark
 * pages.
 *
 * @module
 */
import { isFloor, nameOf } from '../contestants.ts'
import type { Results } from '../results.ts'
import type { Scenario } from '../scenarios.ts'
import { frameworkNames, libraryName, placeNames } from './names.ts'
import { pairsOf } from './pairs.ts'
import type { Pair } from './pairs.ts'
import { escape, STYLE } from './svg.ts'
import { microseconds } from './tables.ts'

/** What the chart shows, for those who do not see it. */
export const chartText = 'Bars: the CPU that Sojourn and other session libraries add to a request. The table has the figures.'

const scenarios: readonly Scenario[] = ['read', 'write', 'new']

const LABELS = 200
const COLUMN = 210
const BAR = 130
const LINE = 16
const PAIR = 2 * LINE + 14
const HEAD = 64

/**
 * One pair of bars in three columns, each to a scale of its own: absolute lengths would leave most of them invisible.
 */
export function performanceChart(results: Results): string {
  const pairs = pairsOf(results.http).filter(([, other]) => !isFloor(other))
  const width = LABELS + scenarios.length * COLUMN
  const height = HEAD + pairs.length * PAIR + 8
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(chartText)}">
${STYLE}
<text class="head" x="0" y="16">CPU added to a request over HTTP, in µs: less is better</text>
<text class="soft" x="0" y="34">Each pair of bars has its own scale. What the cheaper ones leave out: see the table.</text>
${scenarios.map((scenario, i) => `<text class="head" x="${LABELS + i * COLUMN}" y="56">${scenario}</text>`).join('\n')}
${pairs.map((pair, i) => pairOf(results, pair, HEAD + i * PAIR)).join('\n')}
</svg>
`
}

function pairOf({ http }: Results, [ours, other]: Pair, top: number): string {
  const bars = scenarios.flatMap((scenario, i) => {
    const values = [ours, other].map((one) => http[nameOf(one)]?.[scenario]?.added)
    const longest = Math.max(...values.map((value) => value ?? 0), 0.1)
    return values.map((value, which) => {
      const x = LABELS + i * COLUMN
      const y = top + which * LINE
      if (value === undefined) return `<text class="soft" x="${x}" y="${y + 10}">–</text>`
      const length = Math.max(1, (BAR * value) / longest)
      return (
        `<rect class="${which === 0 ? 'ours' : 'other'}" x="${x}" y="${y}" width="${length.toFixed(1)}" height="12" rx="2"/>` +
        `<text x="${(x + length + 6).toFixed(1)}" y="${y + 10}">${microseconds(value)}</text>`
      )
    })
  })
  const label = `${frameworkNames[ours.framework]}, ${placeNames[ours.place]}`
  return [
    `<text class="head" x="0" y="${top + 10}">${escape(label)}</text>`,
    `<text class="soft" x="0" y="${top + LINE + 10}">and ${escape(libraryName(other))}</text>`,
    ...bars,
  ].join('\n')
}
