import { createSessions, memoryStore } from 'sojourn'
import { flask, flaskSessions } from 'sojourn/interop/flask'

const secrets = ['the secret of these examples, 32 or more']
const store = memoryStore()

export function share() {
  // #region share
  const sessions = flaskSessions({ secrets: process.env.FLASK_SECRET_KEY! })
  // #endregion
  return sessions
}

export function adopt() {
  // #region adopt
  const sessions = createSessions({ secrets, store, adopt: [flask({ secrets: process.env.FLASK_SECRET_KEY! })] })
  // #endregion
  return sessions
}
