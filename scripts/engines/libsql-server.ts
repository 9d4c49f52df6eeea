/**
 * libSQL behind the part of its remote protocol that single statements need: Hrana 2 over HTTP, without transactions.
 * `@libsql/client` speaks it to an `http:` URL. It stands in for `sqld`, which no registry of packages brings.
 *
 * https://github.com/tursodatabase/libsql/blob/main/docs/HTTP_V2_SPEC.md
 *
 * @module
 */

import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { createClient } from '@libsql/client'
import type { InValue, LibsqlError, ResultSet } from '@libsql/client'

type Value =
  | { readonly type: 'null' }
  | { readonly type: 'integer' | 'text'; readonly value: string }
  | { readonly type: 'float'; readonly value: number }

type Request =
  | { readonly type: 'execute'; readonly stmt: { readonly sql: string; readonly args?: readonly Value[] } }
  | { readonly type: 'close' }

const [port, path] = process.argv.slice(2)
const client = createClient({ url: `file:${path}`, intMode: 'bigint' })

function bound(value: Value): InValue {
  if (value.type === 'null') return null
  return value.type === 'integer' ? BigInt(value.value) : value.value
}

function sent(value: unknown): Value {
  if (typeof value === 'bigint') return { type: 'integer', value: String(value) }
  if (typeof value === 'number') return { type: 'float', value }
  return typeof value === 'string' ? { type: 'text', value } : { type: 'null' }
}

function resultOf({ columns, rows, rowsAffected }: ResultSet): object {
  return {
    cols: columns.map((name) => ({ name })),
    rows: rows.map((row) => Array.from(row, sent)),
    affected_row_count: rowsAffected,
    last_insert_rowid: null,
  }
}

async function answer(request: Request): Promise<object> {
  if (request.type === 'close') return { type: 'ok', response: { type: 'close' } }
  try {
    const { sql, args = [] } = request.stmt
    return { type: 'ok', response: { type: 'execute', result: resultOf(await client.execute({ sql, args: args.map(bound) })) } }
  } catch (error) {
    const { message, code } = error as LibsqlError
    return { type: 'error', error: { message, code } }
  }
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { requests } = (await json(request)) as { readonly requests: readonly Request[] }
  const results: object[] = []
  for (const each of requests) results.push(await answer(each))
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ baton: null, base_url: null, results }))
}

// As sqld does. What is killed is this process, and not the machine.
for (const pragma of ['journal_mode = WAL', 'synchronous = NORMAL']) await client.execute(`PRAGMA ${pragma}`)

// A client that is cut off leaves half a request.
createServer((request, response) => void serve(request, response).catch(() => response.destroy())).listen(Number(port), '127.0.0.1', () =>
  console.log('listening'),
)
