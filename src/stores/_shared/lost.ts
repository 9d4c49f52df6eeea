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

/** One connection may fail twice: its end comes after the error that tells of it. */
const MAX_READS = 3

/** Asks a read again, at once, if a connection of the pool was dead. Never for a write. */
export async function againIfLost<T>(read: () => Promise<T>): Promise<T> {
  for (let reads = 1; ; reads++) {
    try {
      return await read()
    } catch (error) {
      if (reads === MAX_READS || !LOST.has((error as { code?: string }).code ?? '')) throw error
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}
