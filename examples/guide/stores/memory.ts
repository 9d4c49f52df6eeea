// #region store
import { createSessions, memoryStore } from 'sojourn'

export function memorySessions(secret: string) {
  return createSessions({ secrets: [secret], store: memoryStore({ maxSessions: 10_000 }) })
}
// #endregion
