import { products } from '../catalogue.ts'
import type { Product } from '../catalogue.ts'
import type { Page } from '../page.ts'
import type { Texts } from '../texts.ts'
import { tryTexts } from '../try/texts.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'
import { pictures } from './pictures.ts'

export const productsPage: Page = {
  title: ({ texts }) => texts.tagline,
  body: ({ texts, carrier }) => html`<div class="hero">
<h1>${texts.hero}</h1>
<p>${texts.welcomeText}</p>
</div>
${
  carrier === 'cookie' &&
  html`<p class="invitation">${tryTexts[texts.language].invitation} <a class="button" href="/try">${tryTexts[texts.language].title}</a></p>`
}
<ul class="products">${products.map((product) => card(texts, product))}</ul>`,
}

function card(texts: Texts, { id, name, about, price }: Product): Html {
  const { language } = texts
  return html`<li class="card" id="${id}">
<div class="picture">${pictures[id]}</div>
<h2>${name[language]}</h2>
<p>${about[language]}</p>
<form method="post" action="/cart/add">
<input type="hidden" name="product" value="${id}">
<strong class="price">${texts.price(price)}</strong>
<button aria-label="${texts.addToCart}: ${name[language]}">${texts.addToCart}</button>
</form>
</li>
`
}
