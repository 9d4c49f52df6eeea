import { optionError } from '../../core/basics/errors.ts'

/**
 * The fields by which drivers describe an error of the engine, and which the stores read. The last two are Prisma's.
 */
const TOLD = ['code', 'errno', 'errcode', 'severity', 'sqlState', 'syscall', 'address', 'port', 'originalCode', 'state'] as const

/** Where an ORM keeps the error of its driver. */
const INNER = ['cause', 'original', 'driverError', 'meta', 'driverAdapterError'] as const

const MAX_DEPTH = 6

type Told = Partial<Record<(typeof TOLD)[number], string | number>>

/** What an application's own function threw, without the statement and its values. */
class QueryError extends Error {
  override readonly name = 'QueryError'
}

/**
 * Runs one statement by an application's own function. Its error is replaced by one that has the fields of the driver's
 * error (`code`, `errno` …), wherever the ORM keeps them. The message stays, unless it shows the statement, because
 * some ORMs put the values beside it.
 */
export async function asked(sql: string, ask: () => PromiseLike<unknown>): Promise<unknown> {
  try {
    return await ask()
  } catch (error) {
    const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) }
    const told = message.includes(sql.slice(0, 20)) ? name : message
    throw Object.assign(new QueryError(`The application's connection failed: ${told}`), inDriversWords(toldBy(error, MAX_DEPTH)))
  }
}

/**
 * The values of each row, column by column. ORMs may change the names of columns, but not their order.
 *
 * @throws ERR_SESSION_OPTIONS if the result is no array of objects
 */
export function columnsOf(store: string, result: unknown): readonly (readonly unknown[])[] {
  if (Array.isArray(result) && result.every((row) => typeof row === 'object' && row !== null && !Array.isArray(row))) {
    return result.map((row: object) => Object.values(row))
  }
  throw optionError(`${store}: the function that runs a statement must return its rows as an array of objects, such as \`result.rows\`.`)
}

/** The innermost error knows best: an ORM has codes of its own. */
function toldBy(error: unknown, depth: number): Told | undefined {
  if (typeof error !== 'object' || error === null || depth === 0) return undefined
  const fields = error as Record<string, unknown>
  for (const key of INNER) {
    const told = toldBy(fields[key], depth - 1)
    if (told) return told
  }
  const found = TOLD.filter((key) => typeof fields[key] === 'string' || typeof fields[key] === 'number')
  return found.length > 0 ? Object.fromEntries(found.map((key) => [key, fields[key]])) : undefined
}

/** An error with an `originalCode` is an error reply of the engine, even if Prisma left out the rest of it. */
function inDriversWords({ originalCode, state, ...told }: Told = {}): Told {
  if (originalCode === undefined) return told
  const errno = Number(originalCode)
  return { severity: 'ERROR', sqlState: state ?? 'HY000', ...told, ...(!Number.isNaN(errno) && { errno }), code: originalCode }
}
