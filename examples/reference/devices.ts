import express from 'express'
import { createSessions } from 'sojourn'
import { devices } from 'sojourn/auth'
import { mount, session } from 'sojourn/express'

export const sessions = createSessions({ development: true })
const cityOf = (address: string): string => (address === '127.0.0.1' ? 'at home' : 'somewhere')

export const app = express().use(session(sessions))

// #region devices
app.use(mount(devices(sessions, { place: (address) => cityOf(address) })))
// #endregion

app.post('/sign-in', async (req, res) => {
  await sessions.open(req).login('alice')
  res.end()
})
