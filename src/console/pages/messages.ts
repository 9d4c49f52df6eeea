import { html } from './html.ts'
import type { ConsoleView } from './view.ts'
import type { Page } from './layout.ts'

/** A page with one message, also for somebody who may not use the console. */
export function messagePage({ texts, base, operator }: ConsoleView, status: number, title: string, hint?: string): Page {
  const way = operator !== undefined && html`<p><a href="${base}">${texts.toOverview}</a></p>`
  return {
    title,
    status,
    body: html`<div class="heading centre"><h1>${title}</h1>${hint !== undefined && html`<p>${hint}</p>`}${way}</div>`,
  }
}
