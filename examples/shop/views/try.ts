import type { Page } from '../page.ts'
import { PHONE_PATH } from '../try/phone.ts'
import type { TheftStep } from '../try/theft.ts'
import { tryTexts } from '../try/texts.ts'
import type { TryTexts } from '../try/texts.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'

/** The bench. What came of a press is in the page already, hidden; the script shows it and fills in the numbers. */
export const tryPage: Page = {
  title: ({ texts }) => tryTexts[texts.language].title,
  body: ({ texts }) => {
    const t = tryTexts[texts.language]
    return html`<div class="hero"><h1>${t.title}</h1><p>${t.lead}</p></div>
<noscript><p class="flash note">${t.noScript}</p></noscript>
<div class="bench" data-running="${t.running}">
${experiment('add', t.add, [['go', t.add.press]], [comparison(t, gauge('ours', t.add.kept), gauge('theirs', t.add.kept)), ...verdicts(t.add)])}
${experiment('late', t.late, [['go', t.late.press]], [comparison(t, mark('ours', t.late), mark('theirs', t.late)), ...verdicts(t.late)])}
${experiment(
  'down',
  t.down,
  [
    ['fail', t.down.fail],
    ['anonymous', t.down.anonymous],
  ],
  [sentence('failed', t.down.failed), sentence('shown', t.down.shown), sentence('after', t.down.after)],
)}
${experiment('theft', t.theft, [['go', t.theft.press]], [steps(t), sentence('good', t.theft.good)])}
${experiment(
  'phone',
  t.phone,
  [
    ['go', t.phone.press],
    ['revoke', t.phone.revoke],
  ],
  [
    sentence('open', t.phone.open),
    sentence('good', html`${parts(t.phone.good, 'seconds')}`),
    html`<iframe class="phone" title="${t.phone.frame}" data-src="${PHONE_PATH}/sessions" data-outcome="frame" hidden></iframe>`,
  ],
)}
${experiment('revoke', t.revoke, [['go', t.revoke.press]], [sentence('good', t.revoke.good)])}
</div>
<section class="more" aria-labelledby="more"><h2 id="more">${t.more}</h2>
<ul>
<li><code>npm run side-by-side</code> ${t.sideBySide}</li>
<li><code>npm run cluster</code> ${t.cluster}</li>
<li><a href="/console">${t.console}</a></li>
</ul></section>
<script src="/try.js" type="module"></script>`
  },
}

type Press = readonly [name: string, label: string]

function experiment(
  name: string,
  { title, why }: { readonly title: string; readonly why: string },
  presses: readonly Press[],
  outcome: readonly Html[],
): Html {
  return html`<section class="experiment" id="try-${name}" aria-labelledby="title-${name}">
<h2 id="title-${name}">${title}</h2><p>${why}</p>
<div class="presses">${presses.map(([press, label]) => html`<button type="button" data-try="${name}" data-press="${press}">${label}</button>`)}</div>
<div class="outcome" role="status">${outcome}</div>
</section>`
}

function comparison(t: TryTexts, ours: Html, theirs: Html): Html {
  return html`<dl class="comparison" data-outcome="comparison" hidden><div><dt>${t.ours}</dt><dd>${ours}</dd></div><div class="theirs"><dt>${t.theirs}</dt><dd>${theirs}</dd></div></dl>`
}

function gauge(side: string, kept: (slot: string) => string): Html {
  return html`<span class="gauge" aria-hidden="true"><i data-slot="${side}"></i></span> <span>${parts(kept, side)}</span>`
}

function mark(side: string, { out, in: inside }: TryTexts['late']): Html {
  return html`<b class="right" data-outcome="${side}-out" hidden>${out}</b><b class="wrong" data-outcome="${side}-in" hidden>${inside}</b>`
}

function verdicts({ good, bad }: { readonly good: string; readonly bad: string }): Html[] {
  return [sentence('good', good), sentence('bad', bad)]
}

function sentence(name: string, text: Html | string): Html {
  return html`<p data-outcome="${name}" hidden>${text}</p>`
}

function steps({ theft }: TryTexts): Html {
  const names = Object.keys(theft.steps) as TheftStep['name'][]
  return html`<ol class="steps" data-outcome="steps" hidden>${names.map((name) => html`<li data-outcome="step-${name}" class="step-${name}" hidden><small>${parts(theft.minute, `minute-${name}`)}</small> ${theft.steps[name]}</li>`)}</ol>`
}

/** A sentence with a place for a number in it. */
function parts(text: (slot: string) => string, name: string): Html {
  const [before, after] = text('\u0000').split('\u0000')
  return html`${before}<b data-slot="${name}"></b>${after}`
}
