import { Hono } from 'hono'
import { csrf } from 'sojourn/auth'
import { guard, session } from 'sojourn/hono'
import { auth, sessions } from './members.ts'

export const app = new Hono().use(session(sessions))

// #region guard
app.use(guard(sessions, csrf(sessions)))
app.get('/account', guard(sessions, auth.requireLogin({ redirectTo: '/sign-in' })), (c) => c.text('Your account'))
// #endregion
