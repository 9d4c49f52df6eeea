import { H3 } from 'h3'
import { csrf } from 'sojourn/auth'
import { guard, session } from 'sojourn/h3'
import { auth, sessions } from './members.ts'

export const app = new H3().use(session(sessions))

// #region guard
app.use(guard(sessions, csrf(sessions)))
app.get('/account', () => 'Your account', { middleware: [guard(sessions, auth.requireLogin({ redirectTo: '/sign-in' }))] })
// #endregion
