import express from 'express'
import serverless from 'serverless-http'
import { session } from 'sojourn/express'
import { sessions } from './sessions.ts'

const app = express()
app.use(session(sessions))

app.get('/', async (req, res) => {
  const session = sessions.open(req)
  session.increment('visits')
  const visits = await session.get('visits')
  res.json({ visits })
})

app.post('/sign-in', async (req, res) => {
  await sessions.open(req).login('ada') // check a password first
  res.json({ name: 'ada' })
})

app.get('/account', async (req, res) => {
  const { principal } = await sessions.open(req).load()
  if (principal === null) res.sendStatus(401)
  else res.json({ account: principal })
})

export const handler = serverless(app)
