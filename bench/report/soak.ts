/**
 * The table and the chart of `npm run bench:soak`.
 *
 * @module
 */
import type { Soak } from '../soak/soak.ts'
import { leftBehind, trendsOf } from '../soak/verdict.ts'
import { escape, STYLE } from './svg.ts'

export function soakPart(soak: Soak): string {
  const { command, node, processor, cores, load, seconds } = soak.taken
  return `Made by \`${command}\` in ${seconds} seconds, with Node ${node.slice(1)} on ${processor}, ${cores} cores; ${soak.engines.join(', ')}.
The machine's load was ${load[0].toFixed(1)} when it began and ${load[1].toFixed(1)} when it ended. It makes the server slower, not larger.

![Curves: megabytes of heap, outside the heap and resident, by minutes. The table has the figures.](soak.svg)

${soakTable(soak)}

${happenedTable(soak)}`
}

/** Each figure under load, and at rest. */
export function soakTable(soak: Soak): string {
  const left = new Set(leftBehind(soak.atRest))
  const trends = trendsOf(soak)
  const names = new Set([...trends.keys(), ...Object.keys(soak.atRest[1])])
  const rows = [...names].map((name) => {
    const trend = trends.get(name)
    const underLoad = trend ? [number(trend.start), number(trend.end), signed(trend.perHour), number(trend.noise)] : ['–', '–', '–', '–']
    const atRest = soak.atRest.map((figures) => (figures[name] === undefined ? '–' : number(figures[name])))
    const verdict = trend?.grows ? '**grows**' : left.has(name) ? '**left behind**' : 'flat'
    return `| ${name} | ${[...underLoad, ...atRest].join(' | ')} | ${verdict} |`
  })
  return `| | start | end | slope per hour | noise | at rest, after the warm-up | at rest, at the end | verdict |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |
${rows.join('\n')}`
}

function happenedTable({ happened }: Soak): string {
  return `| what happened | times |
| --- | ---: |
${Object.entries(happened)
  .map(([what, times]) => `| ${what} | ${times.toLocaleString('en')} |`)
  .join('\n')}`
}

const curves = { 'resident, MB': '#d4762c', 'heap, MB': '#2f81f7', 'outside the heap, MB': '#2da44e' } as const
const PLOT = { left: 50, top: 60, width: 600, height: 200 }

/** Memory over time. */
export function soakChart({ samples, warmUp }: Soak): string {
  const last = samples.at(-1)!.at
  const highest = Math.max(...samples.flatMap(({ figures }) => Object.keys(curves).map((name) => figures[name]!)))
  const top = Math.ceil(highest / 50) * 50
  const x = (at: number): string => (PLOT.left + (PLOT.width * at) / last).toFixed(1)
  const y = (value: number): string => (PLOT.top + PLOT.height * (1 - value / top)).toFixed(1)
  const bottom = PLOT.top + PLOT.height
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${PLOT.left + PLOT.width + 20} ${bottom + 30}" role="img" aria-label="Memory by minutes">
${STYLE}
<text class="head" x="0" y="16">Memory of the server after garbage collection, in MB by minutes</text>
${Object.entries(curves)
  .map(
    ([name, colour], i) =>
      `<text x="${i * 160}" y="40" style="fill: ${colour}; font-weight: 600">${escape(name.replace(', MB', ''))}</text>`,
  )
  .join('\n')}
<text class="soft" x="${x(warmUp)}" y="40" text-anchor="middle">warm-up | counted</text>
${[0, top / 2, top].map((value) => `<text class="soft" x="0" y="${y(value)}">${value}</text>`).join('\n')}
${Array.from({ length: Math.floor(last / 60) + 1 }, (_, minute) => `<text class="soft" x="${x(minute * 60)}" y="${bottom + 20}" text-anchor="middle">${minute}</text>`).join('\n')}
<line x1="${x(warmUp)}" x2="${x(warmUp)}" y1="${PLOT.top - 12}" y2="${bottom}" style="stroke: #8b949e; stroke-dasharray: 3 4"/>
${Object.entries(curves)
  .map(([name, colour]) => {
    const places = samples.map(({ at, figures }) => `${x(at)},${y(figures[name]!)}`)
    return `<polyline points="${places.join(' ')}" style="fill: none; stroke: ${colour}; stroke-width: 2"/>`
  })
  .join('\n')}
</svg>
`
}

function number(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 100 ? 1 : 0 })
}

function signed(value: number): string {
  const text = number(value)
  return value > 0 && text !== '0' ? `+${text}` : text === '-0' ? '0' : text
}
