// #region start
import fastify from 'fastify'
import { createSessions } from 'sojourn'
import { csrf } from 'sojourn/auth'
import { guard, session } from 'sojourn/fastify'

const sessions = createSessions<{ visits: number; cart: string[] }>({ development: true })

const app = fastify()
await app.register(session(sessions))
app.addHook('preHandler', guard(sessions, csrf(sessions))) // refuses what other sites make a browser send

app.get('/', async (request) => {
  const session = sessions.open(request) // the same as request.session, with its types
  session.increment('visits')
  return `Visit number ${await session.get('visits')}`
})

app.post('/cart/:item', async (request, reply) => {
  const { item } = request.params as { item: string }
  sessions.open(request).update('cart', (cart = []) => [...cart, item])
  return reply.redirect('/') // saved before the browser hears of it
})
// #endregion

export { app }
