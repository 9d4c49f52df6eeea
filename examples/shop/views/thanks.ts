import type { Page } from '../page.ts'
import { html } from './html.ts'

export const thanksPage: Page = {
  title: ({ texts }) => texts.thanks,
  body: ({ texts }, { order }) => html`<div class="centre">
<h1>${texts.thanks}</h1>
<p>${order && texts.ordered(order.number, order.total)}</p>
<p><a class="button" href="/">${texts.toShop}</a></p>
</div>`,
}
