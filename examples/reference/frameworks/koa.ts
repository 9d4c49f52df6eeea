// #region session
import Koa from 'koa'
import { createSessions } from 'sojourn'
import { session } from 'sojourn/koa'

const sessions = createSessions<{ visits: number }>({ development: true })
const app = new Koa().use(session(sessions)).use(async (ctx) => {
  ctx.session.increment('visits')
  ctx.body = `Visit number ${await ctx.session.get('visits')}`
})
// #endregion

export { app }
