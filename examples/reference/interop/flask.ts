import { createSessions, memoryStore } from 'sojourn'
import { adoptFlask, shareFlask } from 'sojourn/interop/flask'

const secrets = ['the secret of these examples, 32 or more']
const store = memoryStore()

export function share() {
  // #region share
  const sessions = shareFlask({ secrets: process.env.FLASK_SECRET_KEY! })
  // #endregion
  return sessions
}

export function adopt() {
  // #region adopt
  const sessions = createSessions({ secrets, store, adopt: [adoptFlask({ secrets: process.env.FLASK_SECRET_KEY! })] })
  // #endregion
  return sessions
}
