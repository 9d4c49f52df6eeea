import { createServer } from 'node:http'
import { csrf } from 'sojourn/auth'
import { guard, session } from 'sojourn/node'
import { auth, sessions } from './members.ts'

// #region guard
const members = guard(sessions, csrf(sessions), auth.requireLogin({ redirectTo: '/sign-in' }))
const server = createServer(
  session(
    sessions,
    members((_request, response) => void response.end('Your account')),
  ),
)
// #endregion

export { server }
