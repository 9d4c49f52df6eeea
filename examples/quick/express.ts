// #region start
import express from 'express'
import { createSessions } from 'sojourn'
import { csrf } from 'sojourn/auth'
import { guard, session } from 'sojourn/express'
import { sqliteStore } from 'sojourn/stores/sqlite'
import { z } from 'zod'

const sessions = createSessions({
  secrets: [process.env.SESSION_SECRET], // 32 random characters or more; the first signs, all verify
  store: sqliteStore('sessions.db'),
  schema: z.object({ cart: z.array(z.string()).optional(), visits: z.number().default(0) }),
})

const app = express()
app.use(session(sessions))
app.use(guard(sessions, csrf(sessions))) // refuses what other sites make a browser send

app.get('/', async (req, res) => {
  const session = sessions.open(req) // the same as req.session, with its types
  session.increment('visits')
  res.send(`Visit number ${await session.get('visits')}`)
})

app.post('/cart/:item', (req, res) => {
  sessions.open(req).update('cart', (cart = []) => [...cart, req.params.item])
  res.redirect('/') // saved before the browser hears of it
})

app.post('/login', async (req, res) => {
  await sessions.open(req).login('user-42') // a new token; the cart stays
  res.redirect('/')
})

app.post('/logout', async (req, res) => {
  await sessions.open(req).logout()
  res.redirect('/')
})

const port = process.env.PORT ?? 3000
const server = app.listen(port, () => console.log(`http://localhost:${port}`))
// #endregion

export { server, sessions }
