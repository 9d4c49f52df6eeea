import { randomInt } from 'node:crypto'
import { Router } from 'express'
import { leadOn } from '../carrier.ts'
import { findProduct, linesOf, totalOf } from '../catalogue.ts'
import { field } from '../forms.ts'
import { sendPage } from '../page.ts'
import type { Cart } from '../sessions.ts'
import type { Shop } from '../shop.ts'
import { textsOf } from '../texts.ts'
import { cartPage } from '../views/cart.ts'
import { thanksPage } from '../views/thanks.ts'

const MOST = 99

/** The cart and the checkout. Each POST answers with a redirect, so that reloading a page sends nothing again. */
export function cartRoutes(shop: Shop): Router {
  const { sessions } = shop
  const router = Router()

  router.get('/cart', (req, res) => sendPage(shop, req, res, cartPage))

  router.post('/cart/add', async (req, res) => {
    const session = sessions.open(req)
    const product = findProduct(field(req, 'product'))
    if (!product) return leadOn(res, '/')
    const texts = await textsOf(session, req)
    session.update('cart', (cart) => withAmount(cart, product.id, (cart[product.id] ?? 0) + 1))
    session.flash('good', texts.added(product.name[texts.language]))
    await leadOn(res, `/#${product.id}`)
  })

  router.post('/cart/change', async (req, res) => {
    const product = findProduct(field(req, 'product'))
    const by = Number(field(req, 'by'))
    if (product && (by === 1 || by === -1)) {
      sessions.open(req).update('cart', (cart) => withAmount(cart, product.id, (cart[product.id] ?? 0) + by))
    }
    await leadOn(res, '/cart')
  })

  router.post('/cart/remove', async (req, res) => {
    const product = findProduct(field(req, 'product'))
    if (product) sessions.open(req).update('cart', (cart) => withAmount(cart, product.id, 0))
    await leadOn(res, '/cart')
  })

  router.post('/checkout', async (req, res) => {
    const session = sessions.open(req)
    const lines = linesOf(await session.get('cart'))
    if (lines.length === 0) return leadOn(res, '/cart')
    session.set('order', { number: String(randomInt(100_000, 1_000_000)), total: totalOf(lines) })
    session.delete('cart')
    await leadOn(res, '/thanks')
  })

  router.get('/thanks', async (req, res) => {
    const order = await sessions.open(req).get('order')
    if (!order) return leadOn(res, '/')
    await sendPage(shop, req, res, thanksPage)
  })

  return router
}

function withAmount(cart: Readonly<Cart>, id: string, amount: number): Cart {
  const { [id]: _before, ...others } = cart
  return amount > 0 ? { ...others, [id]: Math.min(amount, MOST) } : others
}
