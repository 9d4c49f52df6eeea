import { createSessions } from 'sojourn'
import type { Sessions } from 'sojourn'
import { store } from './store.ts'

const { OLD_SECRET, NEW_SECRET } = process.env

export function first(): Sessions {
  // #region first
  const sessions = createSessions({ store, secrets: [OLD_SECRET, NEW_SECRET] }) // everywhere: both verify, the old one signs
  // #endregion
  return sessions
}

export function second(): Sessions {
  // #region second
  const sessions = createSessions({ store, secrets: [NEW_SECRET, OLD_SECRET] }) // only then: the new one signs
  // #endregion
  return sessions
}

export function third(): Sessions {
  return createSessions({ store, secrets: [NEW_SECRET] })
}
