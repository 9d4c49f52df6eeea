/** The server, the transaction or the session is read-only: 1290, 1792, 1836. */
const READ_ONLY = new Set([1290, 1792, 1836])

/** Whether the error says that this connection is no good any more, such as after a failover. */
export function isWrongServer(error: unknown): boolean {
  return READ_ONLY.has((error as { readonly errno?: number }).errno ?? 0)
}
