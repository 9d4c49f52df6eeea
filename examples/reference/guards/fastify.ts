import fastify from 'fastify'
import { csrf } from 'sojourn/auth'
import { guard, session } from 'sojourn/fastify'
import { auth, sessions } from './members.ts'

export const app = fastify()
await app.register(session(sessions))

// #region guard
app.addHook('preHandler', guard(sessions, csrf(sessions)))
app.get('/account', { preHandler: guard(sessions, auth.requireLogin({ redirectTo: '/sign-in' })) }, async () => 'Your account')
// #endregion
