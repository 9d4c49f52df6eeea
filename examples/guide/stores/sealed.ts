import { createSessions } from 'sojourn'
import type { SessionStore } from 'sojourn'
import { sealedStore } from 'sojourn/stores/sealed'

// #region sealed
export function sealedSessions(secret: string) {
  return createSessions({ secrets: [secret], store: sealedStore() })
}
// #endregion

// #region revocable
export function revocableSessions(secret: string, store: SessionStore) {
  return createSessions({
    secrets: [secret],
    store: sealedStore({ revocations: store, recheck: '30s', spill: store }),
  })
}
// #endregion
