import express from 'express'
import { csrf } from 'sojourn/auth'
import { guard, session } from 'sojourn/express'
import { auth, sessions } from './auth.ts'
import { isCodeOf } from './codes.ts' // yours: TOTP, a code by mail …

export const app = express()
app.use(session(sessions), express.urlencoded({ extended: false }), guard(sessions, csrf(sessions)))

// #region second-factor
app.post('/sign-in', async (req, res) => {
  const proof = await auth.authenticate(req.body.email, req.body.password, { address: req.ip })
  if (!proof) return void res.status(401).send('Wrong address or password.')
  await auth.challenge(sessions.open(req), proof, { within: '5m' })
  res.redirect(303, '/code')
})

app.get('/code', async (req, res) => {
  const user = await auth.challenged(sessions.open(req)) // whose code it is; nobody is signed in
  if (!user) return res.redirect(303, '/sign-in')
  res.send('<form method="post"><input name="code"><button>Go on</button></form>')
})

app.post('/code', async (req, res) => {
  const isRight = (user: { id: string }): boolean => isCodeOf(user, req.body.code)
  const user = await auth.answerChallenge(sessions.open(req), isRight, { address: req.ip })
  res.redirect(303, user ? '/account' : '/code')
})
// #endregion

// #region step-up
// #region level
const payers = guard(sessions, auth.requireLevel('otp', { within: '10m', redirectTo: '/code-again' }))
app.post('/pay', payers, (_req, res) => void res.send('Paid'))
// #endregion

app.get('/code-again', (_req, res) => {
  res.send('<form method="post"><input name="code"><button>Go on</button></form>')
})

app.post('/code-again', async (req, res) => {
  const session = sessions.open(req)
  const isRight = await auth.stepUp(session, 'otp', (user) => isCodeOf(user, req.body.code), { address: req.ip })
  if (!isRight) return res.redirect(303, '/code-again')
  const asked = await auth.takeAsked(session) // such as { method: 'POST', address: '/pay' }
  res.redirect(303, asked?.address === '/pay' ? '/checkout' : '/account')
})
// #endregion
