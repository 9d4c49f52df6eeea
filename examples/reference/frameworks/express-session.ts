// #region session
import express from 'express'
import session from 'sojourn/express-session'

const app = express()
app.use(session({ secret: process.env.SESSION_SECRET, resave: false, saveUninitialized: false }))
// #endregion

declare module 'express-session' {
  interface SessionData {
    visits?: number
  }
}

app.get('/', (req, res) => {
  req.session.visits = (req.session.visits ?? 0) + 1
  res.send(`Visit number ${req.session.visits}`)
})

export { app }
