// #region app
import flash from 'connect-flash'
import express from 'express'
import passport from 'passport'
import session from 'sojourn/express-session' // this line was: import session from 'express-session'

export const app = express()

app.use(
  session({
    secret: process.env['SESSION_SECRET']!,
    resave: false,
    saveUninitialized: false,
    cookie: { secure: process.env['NODE_ENV'] === 'production', maxAge: 3_600_000 },
  }),
)
app.use(passport.session())
app.use(flash())

app.get('/', (req, res) => {
  req.session.visits = (req.session.visits ?? 0) + 1
  res.send(`Visit number ${req.session.visits}`)
})
// #endregion

declare module 'express-session' {
  interface SessionData {
    visits?: number
    passport?: { user?: string }
  }
}
