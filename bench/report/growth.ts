/**
 * The text and the tables of `npm run bench:growth`; the curves are in growth-charts.ts.
 *
 * @module
 */
import type { Growth, Point, Taken } from '../growth/points.ts'
import { charts, ownOf } from './growth-charts.ts'

/** In cores. If other work kept more of them busy before a run, its figures are not final. */
const QUIET = 0.3
const USERS = 10_000_000

export function growthPart(growth: Growth): string {
  return `${costTable(growth)}

${Object.values(charts)
  .map(({ file, text }) => `![Curves: microseconds of each step by ${text}, engine by engine. The table below has the ends.](${file}.svg)`)
  .join('\n\n')}

<details>
<summary>Each step at its smallest and at its largest size</summary>

${growthTable(growth)}

</details>

${takenTable(growth)}`
}

/** What the largest number of sessions costs on each engine. */
export function costTable(growth: Growth): string {
  const rows = Object.entries(growth).map(([engine, { weights, points }]) => {
    const { size, bytes, sweepSeconds } = weights.at(-1)!
    const steps = ['read', 'write', 'sign-in', 'list'].map((step) => {
      const [ours, bare] = [step, ownOf(step)].map((name) => find(points, 'sessions', name).at(-1)!)
      return `${fine(ours!.p50)} (${fine(bare!.p50)})`
    })
    return `| ${engine} | ${whole(size)} | ${whole(bytes)} | ${((bytes * USERS) / 1e9).toFixed(1)} | ${steps.join(' | ')} | ${sweepSeconds === undefined ? 'by itself' : fine(sweepSeconds)} |`
  })
  return `| engine | measured with | bytes of a session | GB of 10 million | read, µs | write, µs | sign-in, µs | list, µs | sweep of a million, s |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
${rows.join('\n')}`
}

/** Each step at the smallest and at the largest size. */
export function growthTable(growth: Growth): string {
  const rows = Object.entries(charts).flatMap(([series, { text, steps }]) =>
    Object.entries(growth).flatMap(([engine, { points }]) =>
      steps.flatMap((step) => {
        const ours = find(points, series, step)
        const [first, last] = [ours[0], ours.at(-1)]
        if (!first || !last) return []
        const bare = find(points, series, ownOf(step))
        const own = bare.length > 0 ? [cost(bare.at(-1)!), times(bare)] : ['–', '–']
        const cells = [whole(first.size), cost(first), whole(last.size), cost(last), times(ours), ...own]
        return [`| ${step} | ${text} | ${engine} | ${cells.join(' | ')} |`]
      }),
    ),
  )
  return `| step | grows with | engine | from | µs, p50 / p99 | to | µs, p50 / p99 | times as much | the engine's own step there | times as much |
| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
${rows.join('\n')}`
}

/** When each engine was measured, on what, and beside how much other work. */
function takenTable(growth: Growth): string {
  const rows = Object.entries(growth).map(([engine, { taken }]) => {
    const { command, day, node, processor, cores, memory, seconds, note = '' } = taken
    const machine = `${processor}, ${cores} cores, ${Math.round(memory / 1e9)} GB`
    return `| ${engine} | \`${command}\` | ${day} | ${node.slice(1)} | ${machine} | ${loadOf(taken)} | ${whole(seconds)} | ${note} |`
  })
  return `| engine | made by | on | Node | machine | other work, cores | seconds | left out |
| --- | --- | --- | --- | --- | ---: | ---: | --- |
${rows.join('\n')}`
}

function loadOf({ load }: Taken): string {
  return load > QUIET ? `${load.toFixed(2)}: **not final**` : load.toFixed(2)
}

function find(points: readonly Point[], series: string, step: string): Point[] {
  return points.filter((one) => one.series === series && one.step === step)
}

/** How many times the median of the smallest size is that of the largest. */
function times(sizes: readonly Point[]): string {
  return fine(sizes.at(-1)!.p50 / sizes[0]!.p50)
}

function cost({ p50, p99 }: Point): string {
  return `${fine(p50)} / ${fine(p99)}`
}

function fine(value: number): string {
  return value < 10 ? value.toFixed(1) : whole(value)
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}
