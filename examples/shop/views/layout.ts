import { PHONE_PATH } from '../try/phone.ts'
import { tryTexts } from '../try/texts.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'
import { panel } from './panel.ts'
import type { View } from './view.ts'

export function layout(view: View, title: string, body: Html): Html {
  const { texts, theme, flashes, carrier } = view
  const isPhone = carrier === 'phone'
  // No script can ask for a session that travels in links and forms.
  const live = isPhone ? `${PHONE_PATH}/live` : carrier === 'cookie' ? '/live' : undefined
  return html`<!doctype html>
<html lang="${texts.language}"${theme && html` data-theme="${theme}"`}${isPhone && html` class="small-screen"`}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · ${texts.shop}</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style.css">
<script src="/countdown.js" defer></script>
${live !== undefined && html`<script src="/live.js" data-live="${live}" defer></script>`}
</head>
<body>
<a class="skip" href="#main">${texts.skip}</a>
${header(view)}
<div class="columns">
<main id="main" tabindex="-1">
${flashes.length > 0 && html`<div class="flashes" role="status">${flashes.map((text) => html`<p class="flash">${text}</p>`)}</div>`}
${body}
</main>
${!isPhone && panel(view)}
</div>
<footer>${texts.footer}</footer>
<dialog id="ended" aria-labelledby="ended-title"><h2 id="ended-title">${texts.endedTitle}</h2>
<p data-why="revoked" hidden>${texts.endedRevoked}</p><p data-why="expired" hidden>${texts.endedExpired}</p>
<p>${texts.endedHint}</p><a class="button" href="/sign-in">${texts.signInAgain}</a></dialog>
</body>
</html>
`
}

function header({ texts, theme, user, inCart, path, address, carrier }: View): Html {
  const link = (to: string, label: Html | string): Html => html`<a href="${to}"${to === path && html` aria-current="page"`}>${label}</a>`
  return html`<header>
<a class="brand" href="/"><svg viewBox="0 0 32 32" aria-hidden="true"><path d="M3 27 16 5l13 22H19l-3-7-3 7Z"/></svg>${texts.shop}</a>
<nav aria-label="${texts.navigation}">
${link('/cart', html`${texts.cart} <span class="count" aria-hidden="true">${inCart}</span><span class="visually-hidden">: ${texts.items(inCart)}</span>`)}
${!user && link('/sign-in', texts.signIn)}
${user && link('/sessions', html`<span class="visually-hidden">${texts.yourSessions}: </span>${user.name[texts.language]}`)}
${carrier === 'cookie' && link('/try', tryTexts[texts.language].title)}
${carrier === 'cookie' && html`<a href="/console">${texts.console}</a>`}
${user && html`<form method="post" action="/sign-out"><button class="plain">${texts.signOut}</button></form>`}
</nav>
<form class="preferences" method="post" action="/preferences">
<input type="hidden" name="from" value="${address}">
${choice(texts.languageLabel, 'language', texts.language, [
  ['en', 'EN', 'English'],
  ['ru', 'RU', 'Русский'],
])}
${choice(texts.themeLabel, 'theme', theme, [
  ['light', sun, texts.light],
  ['dark', moon, texts.dark],
])}
</form>
</header>`
}

const sun = html`<svg viewBox="0 0 24 24" aria-hidden="true">
<circle cx="12" cy="12" r="4.5"/>
<path d="M12 2v3M12 19v3M2 12h3M19 12h3M4.9 4.9 7 7M17 17l2.1 2.1M4.9 19.1 7 17M17 7l2.1-2.1"/>
</svg>`
const moon = html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z"/></svg>`

type Option = readonly [value: string, label: Html | string, name: string]

/** Buttons that say which one is chosen; they work without JavaScript. */
function choice(label: string, name: string, chosen: string | undefined, options: readonly Option[]): Html {
  const button = ([value, short, long]: Option): Html =>
    html`<button name="${name}" value="${value}" aria-pressed="${String(value === chosen)}" title="${long}" aria-label="${long}">${short}</button>`
  return html`<div class="choice" role="group" aria-label="${label}">${options.map(button)}</div>`
}
