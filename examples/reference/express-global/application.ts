import express from 'express'
import { createSessions } from 'sojourn'
// #region import
import { session } from 'sojourn/express/global'
// #endregion

const sessions = createSessions<{ visits: number }>({ development: true })

// #region registered
declare module 'sojourn/express/global' {
  interface Registered {
    sessions: typeof sessions
  }
}
// #endregion

export const app = express()
app.use(session(sessions))
app.get('/', async (req, res) => {
  req.session.increment('visits')
  res.send(`Visit number ${await req.session.get('visits')}`)
})
