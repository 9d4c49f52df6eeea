// #region session
import express from 'express'
import { createSessions } from 'sojourn'
import { session } from 'sojourn/express'

const sessions = createSessions<{ visits: number }>({ development: true })
const app = express()
app.use(session(sessions))

app.get('/', async (req, res) => {
  const session = sessions.open(req)
  session.increment('visits')
  res.send(`Visit number ${await session.get('visits')}`)
})
// #endregion

export { app }
