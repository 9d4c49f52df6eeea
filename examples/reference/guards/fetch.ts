import { csrf } from 'sojourn/auth'
import { guard, session } from 'sojourn/fetch'
import { auth, sessions } from './members.ts'

// #region guard
const members = guard(sessions, csrf(sessions), auth.requireLogin({ redirectTo: '/sign-in' }))
export default {
  fetch: session(
    sessions,
    members(() => new Response('Your account')),
  ),
}
// #endregion
