import Koa from 'koa'
import { csrf } from 'sojourn/auth'
import { guard, session } from 'sojourn/koa'
import { auth, sessions } from './members.ts'

export const app = new Koa().use(session(sessions))

// #region guard
app.use(guard(sessions, csrf(sessions)))
app.use(guard(sessions, auth.requireLogin({ redirectTo: '/sign-in' }))) // what follows is for members
app.use((ctx) => {
  ctx.body = 'Your account'
})
// #endregion
