// #region start
import Koa from 'koa'
import { createSessions } from 'sojourn'
import { session } from 'sojourn/koa'

const sessions = createSessions<{ visits: number; cart: string[] }>({ development: true })

// <object, object>: without it Koa types every property of ctx as any, ctx.session too
const app = new Koa<object, object>().use(session(sessions)).use(async (ctx) => {
  if (ctx.method === 'POST') {
    ctx.session.update('cart', (cart = []) => [...cart, ctx.path.slice('/cart/'.length)])
    return ctx.redirect('/') // saved before the browser hears of it
  }
  ctx.session.increment('visits')
  ctx.body = `Visit number ${await ctx.session.get('visits')}`
})
// #endregion

export { app }
