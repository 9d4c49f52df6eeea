import type { Client } from '@libsql/client'
import type { LibsqlClient } from '../../src/stores/libsql.ts'

/** A client of a file whose statements go another way. */
export function withBatch(client: Client, batch: LibsqlClient['batch']): LibsqlClient {
  return {
    protocol: 'file',
    closed: false,
    execute: (statement) => client.execute(statement),
    batch,
    reconnect: () => client.reconnect(),
  }
}
