import { deviceName } from './device.ts'
import { html } from './html.ts'
import type { Html, Part } from './html.ts'
import type { Shown } from '../desk/shown.ts'
import type { ConsoleView } from './view.ts'
import { button, time } from './layout.ts'
import type { Page } from './layout.ts'

export function sessionPage(view: ConsoleView, session: Shown): Page {
  const { texts, base } = view
  const { id, principal, userAgent, address } = session
  return {
    title: `${texts.session} ${id}`,
    search: principal ?? id,
    body: html`<div class="heading"><h1>${deviceName(userAgent) ?? texts.unknownDevice}</h1><p><code>${id}</code></p></div>
<div class="panes">
<section class="pane" aria-labelledby="who"><h2 id="who" class="visually-hidden">${texts.session}</h2>
<dl class="facts">
${fact(texts.principal, principal === null ? texts.anonymous : html`<a href="${base}/sessions?principal=${encodeURIComponent(principal)}">${principal}</a>`)}
${session.acting && fact(texts.actor, html`${session.acting.actor}: ${session.acting.reason}`)}
${fact(texts.address, address ?? '–')}
${fact(texts.device, userAgent ?? '–')}
${fact(texts.token, html`${texts.tokenNumber(session.generation)}, ${time(view, session.tokenIssuedAt)}${session.isTokenPending && html`; ${texts.tokenPending}`}`)}
${fact(texts.total, html`${texts.bytes(session.bytes)}, ${texts.version(session.version)}`)}
</dl>
${button(view, `/sessions/${id}/end`, texts.end, 'danger')}
<p class="hint">${texts.endHint}</p>
</section>
<section class="pane" aria-labelledby="life"><h2 id="life">${texts.life}</h2>${life(view, session)}</section>
<section class="pane" aria-labelledby="keeps"><h2 id="keeps">${texts.keeps}</h2>${keyTable(view, session)}</section>
</div>`,
  }
}

function fact(name: string, value: Part): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`
}

function life(view: ConsoleView, session: Shown): Html {
  const { texts, now } = view
  const step = (kind: string, name: string, at: number, hint?: string): Html =>
    html`<li class="${kind}"><b>${name}</b> ${time(view, at)}<span class="clock">${texts.instant(at)}</span>${hint !== undefined && html`<span class="hint">${hint}</span>`}</li>`
  const isCapped = session.expiresAt >= session.absoluteExpiresAt
  return html`<ol class="life">
${step('past', texts.created, session.createdAt)}
${session.authenticatedAt > 0 && step('past', texts.signedIn, session.authenticatedAt)}
${step('past', texts.seen, session.lastSeenAt, texts.seenHint)}
<li class="now">${time(view, now)}<span class="clock">${texts.instant(now)}</span></li>
${!isCapped && step('future', texts.idleEnd, session.expiresAt, texts.persistence[session.persistence])}
${step('future last', texts.absoluteEnd, session.absoluteExpiresAt, isCapped ? texts.persistence[session.persistence] : undefined)}
</ol>`
}

function keyTable({ texts }: ConsoleView, { keys }: Shown): Html {
  if (keys.length === 0) return html`<p class="none">${texts.keepsNothing}</p>`
  const hasValues = keys.some(({ value }) => value !== undefined)
  return html`<div class="scroll" tabindex="0"><table><thead><tr><th scope="col">${texts.key}</th><th scope="col" class="number">${texts.size}</th>${hasValues && html`<th scope="col">${texts.value}</th>`}</tr></thead>
<tbody>${keys.map(({ name, bytes, isOwn, value }) => html`<tr><th scope="row"><code>${name}</code>${isOwn && html` <span class="badge">${texts.own}</span>`}</th><td class="number">${texts.bytes(bytes)}</td>${hasValues && html`<td><code class="value">${value ?? '–'}</code></td>`}</tr>`)}</tbody></table></div>
${!hasValues && html`<p class="hint">${texts.valuesHidden}</p>`}`
}

export function gonePage({ texts, base }: ConsoleView, id: string): Page {
  return {
    title: texts.gone,
    status: 404,
    search: id,
    body: html`<div class="heading"><h1>${texts.gone}</h1><p><code>${id}</code></p></div>
<p>${texts.goneHint}</p><p><a href="${base}">${texts.toOverview}</a></p>`,
  }
}
