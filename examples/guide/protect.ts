import express from 'express'
import type { NextFunction, Request, Response } from 'express'
import { createSessions } from 'sojourn'
import { session } from 'sojourn/express'

const sessions = createSessions({ development: true })

// #region members
async function members(req: Request, res: Response, next: NextFunction): Promise<void> {
  const { principal } = await sessions.open(req).load()
  if (principal === null) res.status(401).send('Sign in first.')
  else next()
}
// #endregion

const app = express()
app.use(session(sessions))
app.post('/login', async (req, res) => {
  await sessions.open(req).login('user-42')
  res.send('Welcome')
})
// #region use
app.get('/account', members, (_req, res) => {
  res.send('Your account')
})
// #endregion

export { app }
