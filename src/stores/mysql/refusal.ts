interface ServerError {
  readonly code?: string
  readonly errno?: number
  /** Only an error reply of the server has one. */
  readonly sqlState?: string
}

const ERROR_DURING_COMMIT = 1180

/** The name of an error reply. `undefined` if it leaves open whether the statement was done. */
export function reasonOf(error: unknown): string | undefined {
  const { code, errno, sqlState } = error as ServerError
  // 08: the connection or the server ends. 70: the statement was killed, maybe during its commit.
  if (sqlState === undefined || /^(?:08|70)/.test(sqlState) || errno === ERROR_DURING_COMMIT) return undefined
  return code ?? String(errno)
}

/** The server, the transaction or the session is read-only: 1290, 1792, 1836. */
const READ_ONLY = new Set([1290, 1792, 1836])

/** Whether the error says that this connection is no good any more, such as after a failover. */
export function isWrongServer(error: unknown): boolean {
  return READ_ONLY.has((error as ServerError).errno ?? 0)
}
