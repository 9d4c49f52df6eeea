// #region start
import { H3, getRouterParam, redirect } from 'h3'
import { createSessions } from 'sojourn'
import { csrf } from 'sojourn/auth'
import { guard, session } from 'sojourn/h3'

const sessions = createSessions<{ visits: number; cart: string[] }>({ development: true })

const app = new H3()
app.use(session(sessions))
app.use(guard(sessions, csrf(sessions))) // refuses what other sites make a browser send

app.get('/', async (event) => {
  const session = sessions.open(event.req) // the same as event.context.session, with its types
  session.increment('visits')
  return `Visit number ${await session.get('visits')}`
})

app.post('/cart/:item', (event) => {
  sessions.open(event.req).update('cart', (cart = []) => [...cart, getRouterParam(event, 'item') ?? ''])
  return redirect('/') // saved before the browser hears of it
})
// #endregion

export { app }
