import { createSessions } from 'sojourn'
// #region import
import { session } from 'sojourn/express/global'
// #endregion

export const sessions = createSessions<{ visits: number }>({ development: true })

// #region registered
declare module 'sojourn/express/global' {
  interface Registered {
    sessions: typeof sessions
  }
}
// #endregion

export { session }
