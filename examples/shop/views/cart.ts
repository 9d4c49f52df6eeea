import { linesOf, totalOf } from '../catalogue.ts'
import type { CartLine } from '../catalogue.ts'
import type { Page } from '../page.ts'
import type { Texts } from '../texts.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'
import { pictures } from './pictures.ts'

export const cartPage: Page = {
  title: ({ texts }) => texts.cart,
  body: ({ texts }, { cart = {} }) => {
    const lines = linesOf(cart)
    if (lines.length === 0) {
      return html`<h1>${texts.cart}</h1>
<p class="empty">${texts.cartEmpty} <a href="/">${texts.toShop}</a></p>`
    }
    return html`<h1>${texts.cart}</h1>
<ul class="lines">${lines.map((line) => row(texts, line))}</ul>
<div class="total"><span>${texts.total}</span> <strong>${texts.price(totalOf(lines))}</strong></div>
<form class="checkout" method="post" action="/checkout"><a href="/">${texts.toShop}</a> <button>${texts.checkout}</button></form>`
  },
}

function row(texts: Texts, { product, amount, price }: CartLine): Html {
  const name = product.name[texts.language]
  const hidden = html`<input type="hidden" name="product" value="${product.id}">`
  return html`<li class="line">
<div class="picture">${pictures[product.id]}</div>
<div class="what"><h2>${name}</h2><p>${texts.price(product.price)}</p></div>
<form class="stepper" method="post" action="/cart/change">${hidden}
<button name="by" value="-1" aria-label="${texts.less}: ${name}">−</button>
<output aria-label="${texts.amount}">${amount}</output>
<button name="by" value="1" aria-label="${texts.more}: ${name}">+</button>
</form>
<strong class="price">${texts.price(price)}</strong>
<form method="post" action="/cart/remove">${hidden}<button class="plain" aria-label="${texts.remove}: ${name}">${texts.remove}</button></form>
</li>
`
}
