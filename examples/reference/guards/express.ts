import express from 'express'
import { csrf } from 'sojourn/auth'
import { guard, session } from 'sojourn/express'
import { auth, sessions } from './members.ts'

export const app = express().use(session(sessions))

// #region guard
app.use(guard(sessions, csrf(sessions)))
app.get('/account', guard(sessions, auth.requireLogin({ redirectTo: '/sign-in' })), (_req, res) => {
  res.send('Your account')
})
// #endregion
