// #region start
import { Hono } from 'hono'
import { createSessions } from 'sojourn'
import { csrf } from 'sojourn/auth'
import { guard, session } from 'sojourn/hono'

const sessions = createSessions<{ visits: number; cart: string[] }>({ development: true })

const app = new Hono()
  .use(session(sessions))
  .use(guard(sessions, csrf(sessions))) // refuses what other sites make a browser send
  .get('/', async (c) => {
    c.var.session.increment('visits')
    return c.text(`Visit number ${await c.var.session.get('visits')}`)
  })
  .post('/cart/:item', (c) => {
    c.var.session.update('cart', (cart = []) => [...cart, c.req.param('item')])
    return c.redirect('/') // saved before the browser hears of it
  })

export default app
// #endregion
