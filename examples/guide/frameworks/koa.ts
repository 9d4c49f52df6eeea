// #region start
import Koa from 'koa'
import { createSessions } from 'sojourn'
import { csrf } from 'sojourn/auth'
import { guard, session } from 'sojourn/koa'

const sessions = createSessions<{ visits: number; cart: string[] }>({ development: true })

const app = new Koa().use(session(sessions))
app.use(guard(sessions, csrf(sessions))) // refuses what other sites make a browser send
app.use(async (ctx) => {
  if (ctx.method === 'POST') {
    ctx.session.update('cart', (cart = []) => [...cart, ctx.path.slice('/cart/'.length)])
    return ctx.redirect('/') // saved before the browser hears of it
  }
  ctx.session.increment('visits')
  ctx.body = `Visit number ${await ctx.session.get('visits')}`
})
// #endregion

export { app }
