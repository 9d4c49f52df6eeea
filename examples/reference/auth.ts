import express from 'express'
import type { RequestHandler } from 'express'
import { createSessions } from 'sojourn'
import { createAuth, csrf, safeNext } from 'sojourn/auth'
import { guard, session } from 'sojourn/express'
import { testClock } from 'sojourn/testing'
import { db } from './db.ts'

const clock = testClock()
const sessions = createSessions({ development: true, clock })

// #region createAuth
const auth = createAuth({
  sessions,
  users: {
    findByName: (name) => db.userByEmail(name),
    findById: (id) => db.user(id),
    savePassword: (user, encoded) => db.savePassword(user.id, encoded, user.password),
    describe: (user) => ({ id: user.id, password: user.password, disabled: user.locked }),
  },
})
// #endregion

const app = express()
app.use(session(sessions), express.urlencoded({ extended: false }))

// #region csrf
app.use(guard(sessions, csrf(sessions)))
// #endregion

app.post('/sign-in', async (request, response) => {
  const proof = await auth.authenticate(request.body.email, request.body.password)
  if (!proof) return void response.sendStatus(401)
  await auth.login(sessions.open(request), proof)
  // #region safeNext
  response.redirect(303, safeNext(request.body.next, '/account'))
  // #endregion
})

const changeEmail: RequestHandler = (_request, response) => {
  response.send('Changed')
}

// #region requireFresh
app.post('/account/email', guard(sessions, auth.requireFresh('10m', { redirectTo: '/confirm' })), changeEmail)
// #endregion

export { app, auth, clock }
