import type { Trace } from '../panel.ts'
import type { Texts } from '../texts.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'
import type { View } from './view.ts'

/** What the session is doing. */
export function panel({ texts, user, panel: { id, now, expiresAt, absoluteExpiresAt, traces } }: View): Html {
  return html`<aside class="panel" id="session" aria-labelledby="panel">
<p class="bar"><a class="open" href="#session">${texts.toPanel}: ${user ? user.name[texts.language] : id === undefined ? texts.none : texts.anonymous}</a><a class="close" href="#main">${texts.close}</a>
${expiresAt !== undefined && countdown(texts, expiresAt - now)}</p>
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
  const told = [...new Set(events)].map((name) => texts.events[name]).filter((text) => text !== undefined)
  return html`<li>
<code class="request">${method} ${path}</code>
<ul>
${(told.length > 0 ? told : [calls.length === 0 ? texts.noCalls : texts.onlyRead]).map((text) => html`<li>${text}</li>`)}
${cookies.map(({ name, cleared }) => html`<li>${cleared ? texts.cookieCleared : texts.cookieSet} <code>${name}</code></li>`)}
</ul>
${calls.length > 0 && html`<details class="calls"><summary>${texts.storeCalls(calls.length)}</summary><ul>${calls.map(({ name, milliseconds }) => html`<li><code>${name}</code> <span class="ms">${texts.milliseconds(milliseconds)}</span></li>`)}</ul></details>`}
</li>`
}
