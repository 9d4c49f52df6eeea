// #region store
import { createClient } from '@libsql/client'
import { createSessions } from 'sojourn'
import { libsqlStore } from 'sojourn/stores/libsql'

export function libsqlSessions(url: string, secret: string) {
  const client = createClient({ url })
  return { client, sessions: createSessions({ secrets: [secret], store: libsqlStore(client) }) }
}
// #endregion
