import { createSessions } from 'sojourn'
import { describeDevice } from 'sojourn/auth'
import { sqliteStore } from 'sojourn/stores/sqlite'
import { sendMail } from './mail.ts'

// #region new-device
export const sessions = createSessions({
  secrets: [process.env['SESSION_SECRET']!],
  store: sqliteStore('sessions.db'),
  deviceMark: true,
})

sessions.on('newDevice', ({ principal, userAgent, address }) => {
  const { browser = 'a browser', system = 'an unknown system' } = describeDevice(userAgent)
  void sendMail(principal, `Somebody signed in to your account by ${browser} on ${system}, from ${address}.`)
})
// #endregion
