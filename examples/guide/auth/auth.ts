// #region auth
import { createSessions } from 'sojourn'
import { createAuth } from 'sojourn/auth'
import { sqliteStore } from 'sojourn/stores/sqlite'
import { users } from './users.ts' // yours: a table, an ORM …

export const sessions = createSessions({
  secrets: [process.env['SESSION_SECRET']!],
  store: sqliteStore('sessions.db'),
})

export const auth = createAuth({
  sessions,
  users: {
    findByName: (name) => users.byEmail(name),
    findById: (id) => users.byId(id),
    // Only while the stored text is still the old one: a password that was changed meanwhile stays changed.
    savePassword: (user, encoded) => users.replacePassword(user.id, user.password, encoded),
    describe: (user) => ({ id: user.id, password: user.password, disabled: user.locked }),
  },
})
// #endregion
