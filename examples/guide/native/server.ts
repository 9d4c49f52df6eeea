import express from 'express'
import { createSessions, memoryStore } from 'sojourn'
import { session } from 'sojourn/express'
import { headerTransport } from 'sojourn/transports/header'

/** The API for the app; `secrets` and the store may be those of the website. */
export const sessions = createSessions<{ cart?: string[] }>({
  secrets: [process.env['SESSION_SECRET']!],
  store: memoryStore(), // in production the store of your website
  transport: headerTransport(),
  absoluteTimeout: '90d',
})

export const app = express()
app.use(session(sessions), express.json())

app.post('/api/sign-in', async (req, res) => {
  await sessions.open(req).login('ada') // check a password first
  res.json({ name: 'ada' })
})

app.post('/api/cart', (req, res) => {
  const { item } = req.body as { item: string }
  sessions.open(req).update('cart', (cart = []) => [...cart, item])
  res.json({ added: item })
})

app.get('/api/account', async (req, res) => {
  const { data, principal } = await sessions.open(req).load()
  if (principal === null) res.sendStatus(401)
  else res.json({ name: principal, cart: data.cart ?? [] })
})

app.post('/api/sign-out', async (req, res) => {
  await sessions.open(req).logout()
  res.json({ name: null })
})
