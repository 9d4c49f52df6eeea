import type { Entry } from '../counts/journal.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'
import { sum } from '../counts/numbers.ts'
import type { Counter, Minute } from '../counts/numbers.ts'
import type { ConsoleView } from './view.ts'
import { chart } from './chart.ts'
import type { Series } from './chart.ts'
import { time } from './layout.ts'
import type { Page } from './layout.ts'

/** What the first page shows. */
export interface Overview {
  readonly minutes: readonly Minute[]
  readonly alarms: readonly Entry[]
  readonly signIns: readonly Entry[]
  /** How many sessions are live; `undefined` if the store does not count them. */
  readonly live: number | undefined
  readonly isStoreDown: boolean
  readonly seesOthers: boolean
}

export function overviewPage(view: ConsoleView, overview: Overview): Page {
  const { texts } = view
  const { alarms, signIns, isStoreDown } = overview
  return {
    title: texts.title,
    body: html`<div class="heading"><h1>${texts.title}</h1><p>${overview.seesOthers ? texts.allProcesses : texts.oneProcess}</p></div>
<div id="tiles" data-live>
${isStoreDown && html`<div class="notice bad" role="alert"><h2>${texts.storeDown}</h2><p>${texts.storeDownHint}</p></div>`}
<dl class="tiles">${tiles(view, overview)}</dl>
</div>
<div id="charts" class="charts" data-live>${charts(view, overview.minutes)}</div>
<div class="lists">
<section aria-labelledby="alarms-title"><h2 id="alarms-title">${texts.alarms}</h2><div id="alarms" data-live>${entries(view, alarms, texts.noAlarms)}</div></section>
<section aria-labelledby="sign-ins-title"><h2 id="sign-ins-title">${texts.refusedSignIns}</h2><div id="sign-ins" data-live>${entries(view, signIns, texts.noRefusedSignIns)}</div></section>
</div>`,
  }
}

function tile(name: string, value: string, hint: string, mood: string | false = false): Html {
  return html`<div class="tile${mood && ` ${mood}`}"><dt>${name}</dt><dd>${value}</dd><dd class="hint">${hint}</dd></div>`
}

function tiles({ texts }: ConsoleView, { minutes, live, isStoreDown }: Overview): Html[] {
  const count = (counter: Counter & keyof ConsoleView['texts']['tiles'], mood: string | false = false): Html => {
    const total = sum(minutes, counter)
    return tile(texts.tiles[counter], texts.number(total), texts.tileHints[counter], total > 0 && mood)
  }
  return [
    tile(
      texts.live,
      live === undefined ? '–' : texts.number(live),
      live === undefined && !isStoreDown ? texts.notCounted : texts.liveHint,
      'first',
    ),
    count('signedIn'),
    count('signInsRefused'),
    count('merged'),
    count('dropped'),
    count('alarms', 'bad'),
    count('storeErrors', 'bad'),
  ]
}

function charts(view: ConsoleView, minutes: readonly Minute[]): Html[] {
  const { texts } = view
  const valuesOf = (...names: Counter[]): number[] =>
    minutes.map(({ counts }) => names.reduce((total, name) => total + (counts[name] ?? 0), 0))
  const series = (...names: (Counter & Series['name'])[]): Series[] => names.map((name) => ({ name, values: valuesOf(name) }))
  const { number, milliseconds } = texts
  const [calls, spent] = [sum(minutes, 'storeCalls'), sum(minutes, 'storeTime')]
  return [
    chart(view, {
      id: 'chart-sessions',
      title: texts.charts.sessions,
      series: [...series('created'), { name: 'ended', values: valuesOf('loggedOut', 'revoked', 'expired'), isBelow: true }],
      format: number,
    }),
    chart(view, { id: 'chart-sign-ins', title: texts.charts.signIns, series: series('signedIn', 'signInsRefused'), format: number }),
    chart(view, { id: 'chart-writes', title: texts.charts.writes, series: series('merged', 'dropped'), format: number }),
    chart(view, {
      id: 'chart-errors',
      title: texts.charts.errors,
      series: series('requestsRefused', 'alarms', 'storeErrors'),
      format: number,
    }),
    chart(view, {
      id: 'chart-latency',
      title: texts.charts.latency,
      series: [
        { name: 'slowest', values: minutes.map(({ slowest }) => slowest) },
        { name: 'average', values: minutes.map(({ counts }) => (counts.storeTime ?? 0) / (counts.storeCalls || 1)) },
      ],
      isOverlaid: true,
      format: milliseconds,
      summary: ({ name, values }) => milliseconds(name === 'average' ? spent / (calls || 1) : Math.max(...values)),
    }),
  ]
}

const SHOWN = 30

function entries(view: ConsoleView, list: readonly Entry[], none: string): Html {
  if (list.length === 0) return html`<p class="none">${none}</p>`
  return html`<ol class="entries">${list.slice(0, SHOWN).map((entry) => html`<li class="k-${entry.kind}">${described(view, entry)}</li>`)}</ol>`
}

function described(view: ConsoleView, entry: Entry): Html {
  const { texts, base } = view
  const { kind, reason, id, principal, address, operator, ended, times } = entry
  const isEnded = kind === 'operated'
  return html`<p><b>${texts.kinds[kind]}</b>${reason !== undefined && html`: ${texts.reasons[reason] ?? reason}`} ${times > 1 && html`<span class="badge">${texts.times(times)}</span>`}</p>
<p class="about">${time(view, entry.at)}${operator !== undefined && html`<span>${texts.by(operator)}</span>`}${isEnded && ended !== undefined && html`<span>${texts.ended(ended)}</span>`}${principal !== undefined && html`<a href="${base}/sessions?principal=${encodeURIComponent(principal)}">${principal}</a>`}${id !== undefined && principal === undefined && !isEnded && html`<a href="${base}/sessions/${id}"><code>${id}</code></a>`}${id !== undefined && isEnded && html`<code>${id}</code>`}${address !== undefined && html`<span>${address}</span>`}</p>`
}
