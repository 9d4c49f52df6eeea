import { describeDevice } from 'sojourn/auth'
import { guard } from 'sojourn/express'
import { app } from './app.ts'
import { auth, sessions } from './auth.ts'

const members = guard(sessions, auth.requireLogin())
const owners = guard(sessions, auth.requireOwner())

// #region devices
app.get('/devices', members, async (req, res) => {
  const session = await sessions.open(req).load()
  const all = await sessions.of(session.principal!).list({ current: session })
  const shown = all.map(({ id, userAgent, lastSeenAt, current, actor }) => {
    // #region describeDevice
    const { browser = 'A browser', system = 'an unknown system', kind } = describeDevice(userAgent)
    const name = `${browser} on ${system}` // such as 'Firefox on Windows'; kind is 'computer'
    // #endregion
    return { id, name, kind, lastSeenAt, current, isSupport: actor !== undefined }
  })
  res.json(shown)
})

app.post('/devices/:id/end', owners, async (req, res) => {
  const { principal } = await sessions.open(req).load()
  await sessions.of(principal!).revoke(req.params['id'])
  res.redirect(303, '/devices')
})

app.post('/devices/end-others', owners, async (req, res) => {
  const session = await sessions.open(req).load()
  await sessions.of(session.principal!).revokeAll({ except: session })
  res.redirect(303, '/devices')
})
// #endregion
