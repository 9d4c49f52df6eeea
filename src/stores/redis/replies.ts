/** What the server's error replies say. Both libraries keep the text of a reply as the message of their error. */

/** Redis 6 puts the reply to a command in a script behind a text of its own. */
const ERROR_REPLY = /^(?:ERR Error running script .*-)?([A-Z][A-Z\d]+) /

/** Brokers between the client and the server report their own troubles so. Then the server may have written. */
const BROKER_TROUBLE = /^ERR .*(connection|upstream|timed? ?out)/i

/** The code of an error reply, such as `OOM`. `undefined` if the server has not replied. */
export function reasonOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || BROKER_TROUBLE.test(error.message)) return undefined
  return ERROR_REPLY.exec(error.message)?.[1]
}

const STALE = new Set(['READONLY', 'LOADING', 'MASTERDOWN'])

/** Whether this is the wrong server now: after a failover, an open connection stays on the old one. */
export function isWrongServer(error: unknown): boolean {
  return STALE.has(reasonOf(error) ?? '')
}
