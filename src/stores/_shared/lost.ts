/** Codes of the errors by which clients say that a connection is gone. */
const LOST = new Set([
  'ECONNRESET',
  'EPIPE',
  // mysql2
  'PROTOCOL_CONNECTION_LOST',
  // postgres.js
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  // PostgreSQL ends its connections: an administrator did, it crashed, or it shuts down.
  '57P01',
  '57P02',
  '57P03',
])

/** Asks a read a second time, at once, if a connection of the pool was dead. Never for a write. */
export async function againIfLost<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (!LOST.has((error as { code?: string }).code ?? '')) throw error
    return read()
  }
}
