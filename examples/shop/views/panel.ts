import type { Trace } from '../panel.ts'
import type { Texts } from '../texts.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'
import type { View } from './view.ts'

/** What the session is doing. */
export function panel({ texts, user, panel: { id, now, expiresAt, absoluteExpiresAt, traces } }: View): Html {
  return html`<aside class="panel" aria-labelledby="panel">
<h2 id="panel">${texts.panel}</h2>
${
  id === undefined || expiresAt === undefined || absoluteExpiresAt === undefined
    ? html`<p>${texts.noSession}</p>`
    : html`<dl>
<div><dt>${texts.sessionId}</dt><dd><code>${id}</code></dd></div>
<div><dt>${texts.who}</dt><dd>${user ? user.name[texts.language] : texts.anonymous}</dd></div>
<div><dt>${texts.idle}</dt><dd>${countdown(texts, expiresAt - now)}</dd></div>
<div><dt>${texts.absolute}</dt><dd>${countdown(texts, absoluteExpiresAt - now)}</dd></div>
</dl>
<h3>${texts.requests}</h3>
${traces.length === 0 ? html`<p>${texts.noRequests}</p>` : html`<ol>${traces.map((trace) => request(texts, trace))}</ol>`}
<p class="small">${texts.process(process.pid)}</p>`
}
</aside>`
}

/** Stands still without JavaScript. */
function countdown(texts: Texts, milliseconds: number): Html {
  return html`<span class="countdown" role="timer" data-left="${milliseconds}">${texts.left(milliseconds)}</span>`
}

function request(texts: Texts, { method, path, calls, events, cookies }: Trace): Html {
  return html`<li>
<code class="request">${method} ${path}</code>
<ul class="calls">
${calls.length === 0 && html`<li>${texts.noCalls}</li>`}
${calls.map(({ name, milliseconds }) => html`<li><code>${name}</code> <span class="ms">${texts.milliseconds(milliseconds)}</span></li>`)}
</ul>
<ul>
${events.map((name) => html`<li>${texts.event} <code>${name}</code></li>`)}
${cookies.map(({ name, cleared }) => html`<li><code>Set-Cookie: ${name}</code> ${cleared && texts.cleared}</li>`)}
</ul>
</li>`
}
