import type { SessionInfo } from 'sojourn'
import { deviceOf } from '../devices.ts'
import type { Page } from '../page.ts'
import type { Texts } from '../texts.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'

export function sessionsPage(list: readonly SessionInfo[]): Page {
  return {
    title: ({ texts }) => texts.signedInOn,
    body: ({ texts, panel }) => html`<h1>${texts.signedInOn}</h1>
<p>${texts.signedInHint} <a href="/password">${texts.changePassword}</a></p>
<ul class="devices">${list.map((info) => device(texts, info, panel.now))}</ul>
${
  list.length > 1 &&
  html`<details class="asks"><summary>${texts.endOthers}</summary>
<form method="post" action="/sessions/revoke-others"><p>${texts.endOthersSure(list.length - 1)}</p><button class="quiet">${texts.endOthersYes}</button></form></details>`
}`,
  }
}

function device(texts: Texts, { id, userAgent, address, createdAt, lastSeenAt, current }: SessionInfo, now: number): Html {
  const name = deviceOf(userAgent) ?? texts.unknownDevice
  return html`<li class="device">
<h2>${name} ${current && html`<span class="badge">${texts.thisDevice}</span>`}</h2>
<dl>
<div><dt>${texts.address}</dt><dd>${address ?? '—'}</dd></div>
<div><dt>${texts.created}</dt><dd>${time(createdAt, texts.date(createdAt))}</dd></div>
<div><dt>${texts.lastSeen}</dt><dd>${time(lastSeenAt, texts.ago(now - lastSeenAt))}</dd></div>
<div><dt>${texts.sessionId}</dt><dd><code>${id}</code></dd></div>
</dl>
${
  !current &&
  html`<form method="post" action="/sessions/revoke">
<input type="hidden" name="id" value="${id}">
<button class="danger" aria-label="${texts.end}: ${name}">${texts.end}</button>
</form>`
}
</li>
`
}

function time(instant: number, text: string): Html {
  return html`<time datetime="${new Date(instant).toISOString()}">${text}</time>`
}
