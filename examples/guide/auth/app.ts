import express from 'express'
import { csrf, safeNext } from 'sojourn/auth'
import { guard, session } from 'sojourn/express'
import { auth, sessions } from './auth.ts'

// #region sign-in
export const app = express()
app.use(session(sessions), express.urlencoded({ extended: false }), guard(sessions, csrf(sessions)))

app.get('/sign-in', async (req, res) => {
  res.send(`<form method="post">
    ${await sessions.open(req).csrf.field()}
    <input name="email"> <input name="password" type="password"> <input type="checkbox" name="remember">
    <button>Sign in</button>
  </form>`)
})

app.post('/sign-in', async (req, res) => {
  const proof = await auth.authenticate(req.body.email, req.body.password, { address: req.ip })
  if (!proof) return void res.status(401).send('Wrong address or password.')
  await auth.login(sessions.open(req), proof, { remember: req.body.remember === 'on' })
  res.redirect(303, safeNext(req.query['next'], '/account'))
})

app.post('/sign-out', async (req, res) => {
  await auth.logout(sessions.open(req))
  res.redirect(303, '/')
})
// #endregion

// #region guards
const members = guard(sessions, auth.requireLogin({ redirectTo: '/sign-in' }))
const recent = guard(sessions, auth.requireFresh('10m', { redirectTo: '/confirm' }))
const clerks = guard(
  sessions,
  auth.require((user) => user.roles.includes('clerk')),
)

app.get('/account', members, async (req, res) => {
  const user = await auth.user(sessions.open(req)) // your own type; loaded once for each request
  res.send(`Hello ${user?.email}`)
})

app.get('/orders', clerks, (_req, res) => {
  res.send('All orders')
})
// #endregion

// #region acting
app.post('/customers/:id/help', clerks, async (req, res) => {
  await sessions.open(req).actAs(req.params['id'], { reason: req.body.ticket, for: '15m' })
  res.redirect(303, '/account')
})

app.post('/stop-helping', members, async (req, res) => {
  await sessions.open(req).stopActing()
  res.redirect(303, '/orders')
})

const owners = guard(sessions, auth.requireOwner())

app.post('/pay', owners, (_req, res) => {
  res.send('Paid')
})
// #endregion

// #region password
app.post('/confirm', members, async (req, res) => {
  const isRight = await auth.reauthenticate(sessions.open(req), req.body.password, { address: req.ip })
  res.redirect(303, isRight ? safeNext(req.query['next'], '/account') : '/confirm')
})

app.post('/password', owners, recent, async (req, res) => {
  const session = sessions.open(req)
  const user = (await auth.user(session))!
  await auth.changePassword(user, req.body.password, { except: session }) // everybody else is signed out
  res.redirect(303, '/account')
})
// #endregion

// #region audit
sessions.on('signInFailed', ({ principal, name, address, reason }) => {
  console.warn('sign-in failed', { principal, name, address, reason })
})
// #endregion
