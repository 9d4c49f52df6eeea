// #region store
import { createSessions } from 'sojourn'
import { fileStore } from 'sojourn/stores/file'

export function fileSessions(folder: string, secret: string) {
  return createSessions({ secrets: [secret], store: fileStore(folder) })
}
// #endregion
