import { scriptAddress, styleAddress } from '../assets/index.ts'
import { html } from './html.ts'
import type { Html, Part } from './html.ts'
import type { ConsoleView } from './view.ts'

/** One page, without the parts that all pages share. */
export interface Page {
  readonly title: string
  readonly body: Html
  readonly status?: number
  /** What the search field contains. */
  readonly search?: string
}

/** The whole document. Nothing in it is inline: its `Content-Security-Policy` allows files of the console alone. */
export function layout(view: ConsoleView, { title, body, search }: Page): Html {
  const { texts, base, operator, done } = view
  return html`<!doctype html>
<html lang="${texts.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title} · ${view.application}</title>
<link rel="icon" href="${base}/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${base}${styleAddress}">
<script type="module" src="${base}${scriptAddress}"></script>
</head>
<body>
<a class="skip" href="#main">${texts.skip}</a>
<header>
<a class="brand" href="${base}">${mark}<span>${texts.console}<small>${view.application}</small></span></a>
${operator !== undefined && tools(view, search)}
<a class="language" href="${base}${withLanguage(view.address, texts.other.language)}" lang="${texts.other.language}" hreflang="${texts.other.language}">${texts.other.name}</a>
</header>
<main id="main" tabindex="-1">
<div class="said" role="status">${done !== undefined && html`<p>${done}</p>`}</div>
${body}
</main>
${operator !== undefined && html`<footer><p>${view.isOpen ? texts.development : texts.you(operator)}</p></footer>`}
<div id="paused" class="paused" role="status" hidden><p>${texts.paused}</p><button type="button" class="quiet">${texts.goOn}</button></div>
</body>
</html>
`
}

function tools({ texts, base, address }: ConsoleView, search: string | undefined): Html {
  const link = (to: string, name: string): Html =>
    html`<a href="${base}${to}"${pathOf(address) === to && html` aria-current="page"`}>${name}</a>`
  return html`<form class="search" role="search" action="${base}/sessions">
<label class="visually-hidden" for="search">${texts.searchHint}</label>
<input id="search" name="q" type="search" required maxlength="1024" autocomplete="off" spellcheck="false" placeholder="${texts.searchHint}" value="${search ?? ''}">
<button>${texts.find}</button>
</form>
<nav aria-label="${texts.navigation}">${link('', texts.overview)}${link('/everybody', texts.everybodyNav)}</nav>`
}

function pathOf(address: string): string {
  return address.replace(/\?.*/, '').replace(/\/$/, '')
}

function withLanguage(address: string, language: string): string {
  return `${address}${address.includes('?') ? '&' : '?'}language=${language}`
}

/** An instant, and how far away it is. The script shows it in the reader's time zone. */
export function time({ texts, now }: ConsoleView, at: number): Html {
  return html`<time datetime="${new Date(at).toISOString()}" title="${texts.instant(at)}">${texts.away(at - now)}</time>`
}

/** A form of one button. What it changes stands in its address, so that no adapter has to read a body. */
export function button({ base }: ConsoleView, action: string, label: string, kind: string, described?: Part): Html {
  return html`<form method="post" action="${base}${action}"><button class="${kind}">${label}${described && html`<span class="visually-hidden"> ${described}</span>`}</button></form>`
}

const mark = html`<svg viewBox="0 0 32 32" aria-hidden="true"><path d="M5 26V12.5a11 11 0 0 1 22 0V26h-6V13a5 5 0 0 0-10 0v13Z"/><path class="dot" d="M13 29.5a3 3 0 1 1 6 0Z"/></svg>`
