import type { Page } from '../page.ts'
import { texts as allTexts } from '../texts.ts'
import type { Language } from '../texts.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'

export const notFoundPage: Page = {
  status: 404,
  title: ({ texts }) => texts.notFound,
  body: ({ texts }) => html`<div class="centre"><h1>${texts.notFound}</h1><p><a class="button" href="/">${texts.toShop}</a></p></div>`,
}

/** Stands alone: nothing of the session is in it. */
export function failurePage(language: Language, status: number): Html {
  const texts = allTexts[language]
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${status} · ${texts.shop}</title>
<link rel="stylesheet" href="/style.css">
</head>
<body><main class="centre"><h1>${texts.failure}</h1><p>${texts.failureHint}</p><p><a class="button" href="/">${texts.toShop}</a></p></main></body>
</html>
`
}
