import { deviceName } from './device.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'
import type { Shown } from '../desk/shown.ts'
import type { ConsoleView } from './view.ts'
import { button, time } from './layout.ts'
import type { Page } from './layout.ts'

/** The sessions of a principal; `undefined` if the store cannot find them. */
export function sessionsPage(
  view: ConsoleView,
  principal: string,
  found: { readonly sessions: readonly Shown[]; readonly isAll: boolean } | undefined,
): Page {
  const { texts } = view
  const query = `?principal=${encodeURIComponent(principal)}`
  const sessions = found?.sessions ?? []
  return {
    title: texts.sessionsOf(principal),
    search: principal,
    body: html`<div class="heading"><h1>${texts.sessionsOf(principal)}</h1>
<p>${found ? (sessions.length === 0 ? texts.noSessions : texts.count(sessions.length)) : texts.noIndex} ${found && !found.isAll && texts.more(sessions.length)}</p></div>
${sessions.length > 0 && html`<ul class="sessions">${sessions.map((session) => row(view, session))}</ul>`}
${
  sessions.length > 0 &&
  html`<details class="confirm"><summary>${texts.endAll}</summary><p>${texts.endHint} ${texts.endAllHint}</p>
${button(view, `/sessions/end${query}`, texts.endAllConfirm(principal), 'danger')}</details>`
}`,
  }
}

function row(view: ConsoleView, { id, acting, userAgent, address, createdAt, lastSeenAt, expiresAt }: Shown): Html {
  const { texts, base } = view
  const device = deviceName(userAgent) ?? texts.unknownDevice
  return html`<li>
<a class="device" href="${base}/sessions/${id}"><b>${device}</b><code>${id}</code></a>
<dl>
<div><dt>${texts.lastSeen}</dt><dd>${time(view, lastSeenAt)}</dd></div>
<div><dt>${texts.begun}</dt><dd>${time(view, createdAt)}</dd></div>
<div><dt>${texts.ends}</dt><dd>${time(view, expiresAt)}</dd></div>
${acting && html`<div><dt>${texts.actor}</dt><dd>${acting.actor}</dd></div>`}
<div><dt>${texts.address}</dt><dd>${address ?? '–'}</dd></div>
</dl>
${button(view, `/sessions/${id}/end`, texts.endOne, 'danger', device)}
</li>`
}
