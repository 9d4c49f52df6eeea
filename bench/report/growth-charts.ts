/**
 * The curves of `npm run bench:growth`, one file for each series.
 *
 * @module
 */
import type { Growth, Point, Series } from '../growth/points.ts'
import { escape, STYLE } from './svg.ts'

/** What each chart shows, panel by panel. */
export const charts: Readonly<Record<Series, { readonly file: string; readonly text: string; readonly steps: readonly string[] }>> = {
  sessions: {
    file: 'growth-sessions',
    text: 'sessions in the store',
    steps: ['read', 'write', 'sign-in', 'list', 'sweep of 1,000', 'read while sweeping'],
  },
  bytes: { file: 'growth-bytes', text: 'bytes of one session', steps: ['read', 'write', 'visit that reads', 'visit that writes'] },
  'of one principal': { file: 'growth-principal', text: 'sessions of one principal', steps: ['list', 'revokeAll'] },
  writers: {
    file: 'growth-writers',
    text: 'writers of one session at the same time',
    steps: ['increment', 'increment, three processes'],
  },
}

/** The bare step of the engine, which is measured in turn with the step of the store. */
export function ownOf(step: string): string {
  return own[step] ?? `own ${step}`
}

const own: Readonly<Record<string, string>> = {
  'read while sweeping': 'own read',
  'visit that reads': 'own read',
  'visit that writes': 'own write',
}

/** A point, and the name of its engine. */
type Placed = Point & { readonly engine: string }

export function growthCharts(growth: Growth): Map<string, string> {
  const points = Object.entries(growth).flatMap(([engine, of]) => of.points.map((point): Placed => ({ engine, ...point })))
  const engines = Object.keys(growth)
  return new Map(
    Object.entries(charts).map(([series, { file, text, steps }]) => [
      `${file}.svg`,
      chartOf(
        points.filter((one) => one.series === series),
        engines,
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

function chartOf(points: readonly Placed[], engines: readonly string[], text: string, steps: readonly string[]): string {
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

function panelOf(points: readonly Placed[], engines: readonly string[], step: string, left: number, top: number): string {
  const bare = ownOf(step)
  const inside = points.filter((point) => point.step === step || point.step === bare)
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
      line(engine, bare, 'p50', 'stroke-width: 1.5; stroke-dasharray: 4 3'),
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
