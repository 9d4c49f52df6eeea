/**
 * A Fetch handler among the handlers of node:http, and of the frameworks that stand on it.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HeaderLine } from '../../core/basics/refusal.ts'

/** The request as Fetch has it, without its body. Its address is the one from before a router cut off its own path. */
export function fetchRequestOf(request: IncomingMessage & { readonly originalUrl?: string }): Request {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) {
    // Those of HTTP/2 that are no headers, such as `:path`.
    if (value === undefined || name.startsWith(':')) continue
    headers.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  const authority = headers.get('host') ?? (request.headers[':authority'] as string | undefined) ?? 'localhost'
  if (!headers.has('host')) headers.set('host', authority)
  const scheme = 'encrypted' in request.socket ? 'https' : 'http'
  const path = request.originalUrl ?? request.url ?? '/'
  const address = `${scheme}://${authority}${path}`
  // A client may write any host.
  return new Request(URL.canParse(address) ? address : `${scheme}://localhost${path}`, { method: request.method ?? 'GET', headers })
}

/** The header lines of a response; each cookie has one of its own. */
export function* headerLinesOf({ headers }: Response): Generator<HeaderLine> {
  for (const [name, value] of headers) if (name !== 'set-cookie') yield [name, value]
  for (const cookie of headers.getSetCookie()) yield ['set-cookie', cookie]
}

export async function writeResponse(response: ServerResponse, answer: Response): Promise<void> {
  const body = new Uint8Array(await answer.arrayBuffer())
  response.statusCode = answer.status
  for (const [name, value] of headerLinesOf(answer)) {
    if (name === 'set-cookie') response.appendHeader(name, value)
    else response.setHeader(name, value)
  }
  response.end(body)
}
