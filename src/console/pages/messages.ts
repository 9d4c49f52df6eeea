import { html } from './html.ts'
import type { ConsoleView } from './view.ts'
import type { Page } from './layout.ts'

/** A page that says one thing, to somebody who may look around or not. */
export function messagePage({ texts, base, operator }: ConsoleView, status: number, title: string, hint?: string): Page {
  const way = operator !== undefined && html`<p><a href="${base}">${texts.toOverview}</a></p>`
  return {
    title,
    status,
    body: html`<div class="heading centre"><h1>${title}</h1>${hint !== undefined && html`<p>${hint}</p>`}${way}</div>`,
  }
}
