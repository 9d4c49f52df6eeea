import type { Ending } from '../desk/everybody.ts'
import { html } from './html.ts'
import type { ConsoleView } from './view.ts'
import type { Page } from './layout.ts'

/** Asks before everybody's sessions are ended. */
export function everybodyPage({ texts, base }: ConsoleView, isAble: boolean, running: Ending | undefined): Page {
  const ask = html`<form method="post" action="${base}/everybody/end">
<label><input type="checkbox" required>${texts.everybodySure}</label>
<button class="danger">${texts.everybodyEnd}</button>
</form>`
  return {
    title: texts.everybody,
    body: html`<div class="heading"><h1>${texts.everybody}</h1></div>
<div class="everybody pane"><p>${texts.everybodyHint}</p><p>${texts.everybodySecret}</p>
${!isAble && html`<p class="notice bad">${texts.cannotEverybody}</p>`}
${running && html`<p class="notice"><a href="${base}/everybody/${running.key}">${texts.running}</a></p>`}
${isAble && !running && ask}</div>`,
  }
}

/** Shows how far the run has come to everybody who has the address of the page. */
export function progressPage({ texts, base }: ConsoleView, { operator, state, ended, total }: Ending): Page {
  const title = { running: texts.running, done: texts.done, failed: texts.failed }[state]
  return {
    title,
    body: html`<div class="everybody pane" id="progress" data-live>
<h1>${title}</h1>
${state === 'running' && html`<progress${total !== undefined && html` max="${Math.max(total, ended, 1)}" value="${ended}"`} aria-label="${title}"></progress>`}
<p role="status">${texts.progress(ended, state === 'running' ? total : undefined)}</p>
${state === 'running' && html`<p class="hint">${texts.runningHint(operator)}</p>`}
${state === 'failed' && html`<p class="notice bad">${texts.failedHint}</p>`}
${state !== 'running' && html`<p><a href="${base}">${texts.toOverview}</a></p>`}
</div>`,
  }
}
