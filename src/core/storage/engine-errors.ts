/**
 * What the error replies of engines look like, whatever client brings them. A reply says that nothing was written; any
 * other error leaves it open. For our stores, and for those of other systems.
 *
 * @module
 */

/**
 * Classes of SQLSTATE after which a write may have been done: a lost connection (08, which poolers use too), the end of
 * the session (57P0x), an internal error, and a statement whose completion is unknown.
 */
const OPEN_IN_POSTGRES = /^(?:08|57P0|58|XX|40003)/

/** The SQLSTATE of an error reply of PostgreSQL. `undefined` if it leaves open whether the statement was done. */
export function reasonOfPostgres(error: unknown): string | undefined {
  const { code, severity } = fieldsOf(error)
  if (typeof code !== 'string' || !/^[0-9A-Z]{5}$/.test(code) || typeof severity !== 'string') return undefined
  // In a panic the server may have written the log of a commit.
  return OPEN_IN_POSTGRES.test(code) || severity === 'PANIC' ? undefined : code
}

const ERROR_DURING_COMMIT = 1180

/** The name of an error reply of MySQL. `undefined` if it leaves open whether the statement was done. */
export function reasonOfMysql(error: unknown): string | undefined {
  const { code, errno, sqlState } = fieldsOf(error)
  // Only an error reply of the server has one. 08: the connection or the server ends. 70: the statement was killed,
  // maybe during its commit.
  if (typeof sqlState !== 'string' || /^(?:08|70)/.test(sqlState) || errno === ERROR_DURING_COMMIT) return undefined
  return typeof code === 'string' ? code : String(errno)
}

/** Redis 6 puts the reply to a command in a script behind a text of its own. */
const ERROR_REPLY = /^(?:ERR Error running script .*-)?([A-Z][A-Z\d]+) /

/** Brokers between the client and the server report their own troubles so. Then the server may have written. */
const BROKER_TROUBLE = /^ERR .*(connection|upstream|timed? ?out)/i

/**
 * The code of an error reply of Redis, such as `OOM`. `undefined` if the server has not replied. Both libraries keep
 * the text of a reply as the message of their error.
 */
export function reasonOfRedis(error: unknown): string | undefined {
  if (!(error instanceof Error) || BROKER_TROUBLE.test(error.message)) return undefined
  return ERROR_REPLY.exec(error.message)?.[1]
}

/** Names of the errors by which clients of Redis pass on a reply. */
const REPLY = /Reply|^(?:Simple|Blob)Error$/

/** After these SQLite does not say what is on the disk. */
const OPEN_IN_SQLITE = /IOERR|CORRUPT|NOTADB/

/** The reason in an error reply of any engine; of Redis only if the client says that it is one. */
export function reasonOfReply(error: unknown): string | undefined {
  return reasonOfPostgres(error) ?? reasonOfMysql(error) ?? (isRedisReply(error) ? reasonOfRedis(error) : reasonOfSqlite(error))
}

function isRedisReply(error: unknown): boolean {
  return error instanceof Error && (REPLY.test(error.name) || REPLY.test(error.constructor.name))
}

/** SQLite takes back a statement that failed. */
function reasonOfSqlite(error: unknown): string | undefined {
  const { code, errstr } = fieldsOf(error)
  if (code === 'ERR_SQLITE_ERROR' && typeof errstr === 'string')
    return /disk I\/O|malformed|not a database/.test(errstr) ? undefined : errstr
  return typeof code === 'string' && code.startsWith('SQLITE_') && !OPEN_IN_SQLITE.test(code) ? code : undefined
}

/** System errors with which a kernel refuses to begin: no room, no right, no descriptor, no such folder. */
const REFUSED_BY_KERNEL = new Set(['EACCES', 'EDQUOT', 'EMFILE', 'ENFILE', 'ENOENT', 'ENOSPC', 'ENOTDIR', 'EPERM', 'EROFS'])

/** The message of a system error that says that the call has done nothing. It names the path, and no content. */
export function reasonOfSystem(error: unknown): string | undefined {
  const { code, syscall } = fieldsOf(error)
  if (!(error instanceof Error) || typeof syscall !== 'string' || typeof code !== 'string') return undefined
  return REFUSED_BY_KERNEL.has(code) ? error.message : undefined
}

function fieldsOf(error: unknown): Readonly<Record<string, unknown>> {
  return typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : {}
}
