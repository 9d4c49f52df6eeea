import { optionError } from '../../core/basics/errors.ts'

/** What drivers tell about an error of the engine, and what the stores look at. */
const TOLD = ['code', 'errno', 'errcode', 'severity', 'sqlState', 'syscall', 'address', 'port'] as const

/** Where an ORM keeps the error of its driver. */
const INNER = ['cause', 'original', 'driverError', 'meta', 'driverAdapterError'] as const

const MAX_DEPTH = 6

/** What an application's own function threw, without the statement and its values. */
class QueryError extends Error {
  override readonly name = 'QueryError'
}

/**
 * Runs one statement by an application's own function. An error of it becomes one that has what the driver tells
 * (`code`, `errno` …), wherever the ORM keeps it. The message stays, unless it shows the statement, because some ORMs
 * put the values beside it.
 *
 * @throws ERR_SESSION_OPTIONS if the function returns nothing that can be a result
 */
export async function asked(store: string, sql: string, ask: () => PromiseLike<unknown>): Promise<object> {
  const result = await Promise.resolve()
    .then(ask)
    .catch((error: unknown) => {
      throw queryErrorOf(error, sql)
    })
  if (typeof result === 'object' && result !== null) return result
  throw optionError(`${store}: the function that runs a statement must return its rows as an array.`)
}

/**
 * The values of each row, column by column. ORMs may change the names of columns, but not their order.
 *
 * @throws ERR_SESSION_OPTIONS if the result is no array of objects
 */
export function columnsOf(store: string, result: object): readonly (readonly unknown[])[] {
  if (Array.isArray(result) && result.every((row) => typeof row === 'object' && row !== null && !Array.isArray(row))) {
    return result.map((row: object) => Object.values(row))
  }
  throw optionError(`${store}: the function that runs a statement must return its rows as an array of objects, such as \`result.rows\`.`)
}

function queryErrorOf(error: unknown, sql: string): Error {
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) }
  const shows = message.includes(sql.slice(0, 20))
  const made = new QueryError(`The application's connection failed: ${shows ? name : message}`)
  return Object.assign(made, toldBy(error, MAX_DEPTH))
}

/** The innermost error knows best: an ORM has codes of its own. */
function toldBy(error: unknown, depth: number): object | undefined {
  if (typeof error !== 'object' || error === null || depth === 0) return undefined
  for (const key of INNER) {
    const told = toldBy((error as Record<string, unknown>)[key], depth - 1)
    if (told) return told
  }
  const found = TOLD.filter((key) => ['string', 'number'].includes(typeof (error as Record<string, unknown>)[key]))
  return found.length > 0 ? Object.fromEntries(found.map((key) => [key, (error as Record<string, unknown>)[key]])) : undefined
}
