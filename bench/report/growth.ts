/**
 * The curves and the table of `npm run bench:growth`.
 *
 * @module
 */
import type { Growth, Point, Series } from '../growth/points.ts'
import { escape, STYLE } from './svg.ts'

/** What each chart shows, panel by panel. */
const charts: Readonly<Record<Series, { readonly file: string; readonly text: string; readonly steps: readonly string[] }>> = {
  sessions: {
    file: 'growth-sessions',
    text: 'sessions in the store',
    steps: ['read', 'write', 'sign-in', 'list', 'sweep of 1,000', 'read while sweeping'],
  },
  bytes: { file: 'growth-bytes', text: 'bytes of one session', steps: ['read', 'write'] },
  'of one principal': { file: 'growth-principal', text: 'sessions of one principal', steps: ['list', 'revokeAll'] },
  writers: { file: 'growth-writers', text: 'writers of one session at the same time', steps: ['increment'] },
}

/** What the engine does by itself, in turn with the step. */
const ownOf: Readonly<Record<string, string>> = { read: 'own read', write: 'own write', increment: 'own write' }

export function growthPart(growth: Growth): string {
  const { command, node, processor, cores, load, seconds } = growth.taken
  return `Made by \`${command}\` in ${seconds} seconds, with Node ${node.slice(1)} on ${processor}, ${cores} cores.
Other work on the machine when it began: a load of ${load.toFixed(1)}${load > 1 ? ', **so these figures are not final**' : ''}.

${Object.values(charts)
  .map(
    ({ file, text }) => `![Curves: microseconds of each step by ${text}, engine by engine. The table has the largest size.](${file}.svg)`,
  )
  .join('\n\n')}

${growthTable(growth)}`
}

/** Each step at the smallest and at the largest size. */
export function growthTable({ points }: Growth): string {
  const rows = Object.entries(charts).flatMap(([series, { text, steps }]) =>
    [...new Set(points.map(({ engine }) => engine))].flatMap((engine) =>
      steps.flatMap((step) => {
        const of = (name: string): Point[] => points.filter((one) => one.series === series && one.engine === engine && one.step === name)
        const [first, last] = [of(step)[0], of(step).at(-1)]
        if (!first || !last) return []
        const own = ownOf[step] === undefined ? undefined : of(ownOf[step]).at(-1)
        const cells = [whole(first.size), cost(first), whole(last.size), cost(last), own ? cost(own) : '–']
        return [`| ${step} | ${text} | ${engine} | ${cells.join(' | ')} |`]
      }),
    ),
  )
  return `| step | grows with | engine | from | µs, p50 / p99 | to | µs, p50 / p99 | the engine's own step |
| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |
${rows.join('\n')}`
}

/** One file for each series. */
export function growthCharts({ points }: Growth): Map<string, string> {
  return new Map(
    Object.entries(charts).map(([series, { file, text, steps }]) => [
      `${file}.svg`,
      chartOf(
        points.filter((one) => one.series === series),
        text,
        steps,
      ),
    ]),
  )
}

/** Readable on light and on dark pages. */
const colours = ['#2f81f7', '#2da44e', '#d4762c', '#a371f7', '#e5534b']
const HEAD = 64
const WIDTH = 330
const HEIGHT = 250
const PLOT = { left: 60, top: 30, width: 250, height: 160 }

function chartOf(points: readonly Point[], text: string, steps: readonly string[]): string {
  const engines = [...new Set(points.map(({ engine }) => engine))]
  const shown = steps.filter((step) => points.some((point) => point.step === step))
  const columns = Math.min(2, Math.max(1, shown.length))
  const height = HEAD + Math.ceil(shown.length / columns) * HEIGHT
  const legend = engines.map(
    (engine, i) => `<text x="${i * 95}" y="54" style="fill: ${colours[i % colours.length]!}; font-weight: 600">${escape(engine)}</text>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * WIDTH + 20} ${height}" role="img" aria-label="${escape(`Curves by ${text}`)}">
${STYLE}
<text class="head" x="0" y="16">Microseconds by ${escape(text)}</text>
<text class="soft" x="0" y="34">Thick: p50. Thin: p99. Dashed: p50 of the engine's own step. Both axes are logarithmic.</text>
${legend.join('\n')}
${shown.map((step, i) => panelOf(points, engines, step, (i % columns) * WIDTH, HEAD + Math.floor(i / columns) * HEIGHT)).join('\n')}
</svg>
`
}

function panelOf(points: readonly Point[], engines: readonly string[], step: string, left: number, top: number): string {
  const own = ownOf[step]
  const inside = points.filter((point) => point.step === step || point.step === own)
  const x = scaleOf(
    inside.map(({ size }) => size),
    left + PLOT.left,
    PLOT.width,
  )
  const y = scaleOf(
    inside.flatMap(({ p50, p99 }) => [p50, p99]),
    top + PLOT.top + PLOT.height,
    -PLOT.height,
  )
  const line = (engine: string, name: string, of: 'p50' | 'p99', style: string): string => {
    const curve = inside.filter((point) => point.engine === engine && point.step === name)
    if (curve.length === 0) return ''
    const places = curve.map((point) => `${x.place(point.size).toFixed(1)},${y.place(point[of]).toFixed(1)}`)
    return `<polyline points="${places.join(' ')}" style="fill: none; stroke: ${colours[engines.indexOf(engine) % colours.length]!}; ${style}"/>`
  }
  return [
    `<text class="head" x="${left}" y="${top + 18}">${escape(step)}</text>`,
    ...x.powers.map(
      (power) =>
        `<text class="soft" x="${x.place(power).toFixed(1)}" text-anchor="middle" y="${top + PLOT.top + PLOT.height + 18}">${short(power)}</text>`,
    ),
    ...y.powers.map((power) => `<text class="soft" x="${left}" y="${(y.place(power) + 4).toFixed(1)}">${short(power)}</text>`),
    ...engines.flatMap((engine) => [
      line(engine, step, 'p50', 'stroke-width: 2'),
      line(engine, step, 'p99', 'stroke-width: 0.7'),
      own === undefined ? '' : line(engine, own, 'p50', 'stroke-width: 1.5; stroke-dasharray: 4 3'),
    ]),
  ]
    .filter((part) => part !== '')
    .join('\n')
}

/** Logarithmic, over whole powers of ten. */
function scaleOf(values: readonly number[], start: number, length: number): { powers: number[]; place(value: number): number } {
  const logs = values.map((value) => Math.log10(Math.max(value, 0.1)))
  const low = Math.floor(Math.min(...logs))
  const high = Math.max(low + 1, Math.ceil(Math.max(...logs)))
  return {
    powers: Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i)),
    place: (value) => start + (length * (Math.log10(Math.max(value, 0.1)) - low)) / (high - low),
  }
}

function short(value: number): string {
  if (value >= 1e6) return `${value / 1e6}M`
  return value >= 1e3 ? `${value / 1e3}k` : String(value)
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
