import type { OutgoingHttpHeader, ServerResponse } from 'node:http'
import { privateCacheControl, varyWith } from '../../core/basics/caching.ts'
import { describesBody } from '../_shared/representation.ts'
import type { HeaderLine } from '../../core/basics/refusal.ts'

/** Marks a response as one that depends on the session; `handsOutToken` if it carries one. */
export function keepPrivate(response: ServerResponse, varies: Iterable<string>, handsOutToken: boolean): void {
  for (const vary of varies) response.setHeader('Vary', varyWith(joined(response.getHeader('Vary')), vary))
  const cacheControl = privateCacheControl(joined(response.getHeader('Cache-Control')), handsOutToken)
  if (cacheControl !== undefined) response.setHeader('Cache-Control', cacheControl)
}

/**
 * Marks a response as one that depends on the session, and once more when its headers go out: a handler that sets `Vary` or
 * `Cache-Control` after its first read would replace the mark.
 */
export function markDependent(response: ServerResponse, vary: string): void {
  keepPrivate(response, [vary], false)
  const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse
  response.writeHead = (...args: unknown[]) => {
    if (response.headersSent) return writeHead(...args)
    const rest = applyWriteHead(response, args)
    keepPrivate(response, [vary], false)
    return writeHead(...rest)
  }
}

/** Adds what a saved session owes the client. Again does nothing, so it may follow whatever replaced headers. */
export function addOwedHeaders(response: ServerResponse, varies: Iterable<string>, owed: readonly HeaderLine[]): void {
  for (const [name, value] of owed) {
    if (name.toLowerCase() !== 'set-cookie') response.setHeader(name, value)
    else if (![response.getHeader(name)].flat().includes(value)) response.appendHeader(name, value)
  }
  keepPrivate(response, varies, owed.length > 0)
}

/**
 * Sets the headers among the arguments of `writeHead` (an object, a flat list of names and values, or a list of pairs)
 * as node would, replacing those set before, and answers the other arguments.
 */
export function applyWriteHead(response: ServerResponse, args: readonly unknown[]): unknown[] {
  const [status, reason, last] = args
  const headers = typeof reason === 'string' ? last : (last ?? reason)
  if (Array.isArray(headers)) {
    const pairs = pairsOf(headers)
    for (const [name] of pairs) if (response.hasHeader(name)) response.removeHeader(name)
    for (const [name, value] of pairs) response.appendHeader(name, value as string | string[])
  } else if (headers !== null && typeof headers === 'object') {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value as OutgoingHttpHeader)
  }
  return typeof reason === 'string' ? [status, reason] : [status]
}

/** Removes what described the body that will not be sent. What described the exchange, such as CORS, stays. */
export function removeRepresentation(response: ServerResponse): void {
  for (const name of response.getHeaderNames()) if (describesBody(name)) response.removeHeader(name)
}

function pairsOf(headers: readonly unknown[]): [name: string, value: unknown][] {
  if (Array.isArray(headers[0])) return headers as [string, unknown][]
  if (headers.length % 2 !== 0) throw new TypeError('writeHead: a flat list of headers needs a value for each name.')
  return Array.from({ length: headers.length / 2 }, (_, i) => [headers[2 * i] as string, headers[2 * i + 1]])
}

function joined(value: OutgoingHttpHeader | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value?.toString()
}
