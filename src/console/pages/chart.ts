/**
 * Charts of the last hour in SVG: one bar for each minute and series. Without a script they are pictures with a
 * text and a table; with it, the minute under the pointer is read out.
 *
 * @module
 */
import { html } from './html.ts'
import type { Html } from './html.ts'
import { MINUTE, MINUTES } from '../counts/numbers.ts'
import type { ConsoleView } from './view.ts'

/** One row of bars. `values` has one number for each minute, the oldest first. */
export interface Series {
  /** The name in the texts, which is also that of its colour. */
  readonly name: keyof ConsoleView['texts']['series']
  readonly values: readonly number[]
  /** Whether its bars go down from the line. */
  readonly isBelow?: boolean
}

export interface ChartOptions {
  /** Unique on its page. */
  readonly id: string
  readonly title: string
  readonly series: readonly Series[]
  /** Whether bars of a minute cover each other, instead of standing one on the other. */
  readonly isOverlaid?: boolean
  readonly format: (value: number) => string
  /** What the legend says about a series. Left out: the sum of its values. */
  readonly summary?: (series: Series) => string
}

const WIDTH = 10
const HEIGHT = 100

export function chart(view: ConsoleView, options: ChartOptions): Html {
  const { texts } = view
  const { id, title, series, format } = options
  const summary = options.summary ?? ((one: Series) => format(one.values.reduce((sum, value) => sum + value, 0)))
  const [above, below] = [top(options, false), top(options, true)]
  const zero = HEIGHT * (above / (above + below || 1))
  const isQuiet = series.every(({ values }) => values.every((value) => value === 0))
  const legend = series.map((one) => texts.inTheHour(texts.series[one.name], summary(one))).join('; ')
  return html`<figure class="chart" id="${id}">
<figcaption><h3>${title}</h3>
<ul class="legend">${series.map((one) => html`<li class="s-${one.name}"><i></i>${texts.series[one.name]} <b>${summary(one)}</b></li>`)}</ul>
</figcaption>
<div class="plot${isQuiet && ' quiet'}">
<svg viewBox="0 0 ${MINUTES * WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${title}. ${isQuiet ? texts.quiet : legend}">
${[0, zero / 2, zero, ...(below > 0 ? [HEIGHT] : [])].map((y) => html`<line class="${y === zero ? 'zero' : 'grid'}" x1="0" x2="${MINUTES * WIDTH}" y1="${round(y)}" y2="${round(y)}"/>`)}
${bars(options, zero, HEIGHT / (above + below || 1))}
${!isQuiet && Array.from({ length: MINUTES }, (_, i) => html`<rect class="hit" x="${i * WIDTH}" width="${WIDTH}" height="${HEIGHT}"><title>${spoken(view, options, i)}</title></rect>`)}
</svg>
<span class="most" aria-hidden="true">${format(above)}</span>
${isQuiet && html`<p class="nothing" aria-hidden="true">${texts.quiet}</p>`}
</div>
<div class="axis" aria-hidden="true"><span>${texts.hourAgo}</span><span class="readout">${texts.halfHourAgo}</span><span>${texts.now}</span></div>
${!isQuiet && table(view, options)}
</figure>`
}

/** The end of the axis: a round number, and never so small that a single thing fills the chart. */
function top({ series, isOverlaid }: ChartOptions, isBelow: boolean): number {
  const side = series.filter((one) => (one.isBelow ?? false) === isBelow)
  if (side.length === 0) return 0
  const sums = Array.from({ length: MINUTES }, (_, i) => {
    const heights = side.map(({ values }) => values[i] ?? 0)
    return isOverlaid ? Math.max(...heights) : heights.reduce((sum, height) => sum + height, 0)
  })
  const most = Math.max(4, ...sums)
  const power = 10 ** Math.floor(Math.log10(most))
  return power * [1, 2, 4, 6, 8, 10].find((step) => step * power >= most)!
}

function bars({ series, isOverlaid }: ChartOptions, zero: number, scale: number): Html[] {
  const stacked = { above: Array.from({ length: MINUTES }, () => zero), below: Array.from({ length: MINUTES }, () => zero) }
  return series.map(({ name, values, isBelow }) => {
    const side = stacked[isBelow ? 'below' : 'above']
    const rects = values.map((value, i) => {
      if (value === 0) return undefined
      const height = Math.max(value * scale, 1.5)
      const y = isBelow ? side[i]! : side[i]! - height
      if (!isOverlaid) side[i] = isBelow ? y + height : y
      return html`<rect x="${i * WIDTH + 1.5}" y="${round(y)}" width="${WIDTH - 3}" height="${round(height)}"/>`
    })
    return html`<g class="s-${name}">${rects}</g>`
  })
}

/** '3 minutes ago: begun 2, ended 1' */
function spoken({ texts }: ConsoleView, { series, format }: ChartOptions, i: number): string {
  const when = i === MINUTES - 1 ? texts.now : texts.away((i - MINUTES + 1) * MINUTE)
  return `${when}: ${series.map(({ name, values }) => `${texts.series[name]} ${format(values[i] ?? 0)}`).join(', ')}`
}

/** The minutes in which something happened, the newest first. */
function table({ texts }: ConsoleView, { id, series, format }: ChartOptions): Html {
  const minutes = Array.from({ length: MINUTES }, (_, i) => MINUTES - 1 - i).filter((i) => series.some(({ values }) => values[i] !== 0))
  return html`<details id="${id}-table"><summary>${texts.asTable}</summary><div class="scroll" tabindex="0"><table>
<thead><tr><th scope="col">${texts.minute}</th>${series.map(({ name }) => html`<th scope="col" class="number">${texts.series[name]}</th>`)}</tr></thead>
<tbody>${minutes.map((i) => html`<tr><th scope="row">${i === MINUTES - 1 ? texts.now : texts.away((i - MINUTES + 1) * MINUTE)}</th>${series.map(({ values }) => html`<td class="number">${format(values[i] ?? 0)}</td>`)}</tr>`)}</tbody>
</table></div></details>`
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
