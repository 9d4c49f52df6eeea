import express from 'express'
import type { Express } from 'express'
import { session } from 'sojourn/express'
import type { Neighbour } from './neighbour.ts'
import { page } from './page.ts'

const GOODS = ['tea', 'milk', 'bread']

/** The half that has moved. With sessions of its own it would be the same. */
export function cartApplication({ sessions, nameOf = (principal) => principal }: Neighbour): Express {
  const app = express()
  app.use(session(sessions))
  app.use(express.urlencoded({ extended: false }))
  app.get('/cart', async (req, res) => {
    const { principal, data } = await sessions.open(req).load()
    const buttons = GOODS.map((item) => `<button name="item" value="${item}">Add ${item}</button>`).join(' ')
    const cart = data.cart ?? []
    res.send(page('Sojourn', principal && nameOf(principal), cart, `<form method="post">${buttons}</form>`))
  })
  app.post('/cart', (req, res) => {
    const { item } = req.body as { item?: string }
    if (item !== undefined && GOODS.includes(item)) sessions.open(req).update('cart', (cart = []) => [...cart, item])
    res.redirect(303, '/cart')
  })
  return app
}
