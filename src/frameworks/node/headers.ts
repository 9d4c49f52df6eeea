/**
 * The one place where a session's headers come into a response: when its headers go out. `Vary` and `Cache-Control` mark it as one that depends
 * on the session, whatever the handler has set after its first read; `Set-Cookie` and others are what a saved session hands to the client.
 *
 * @module
 */
import type { OutgoingHttpHeader, ServerResponse } from 'node:http'
import { privateCacheControl, varyWith } from '../../core/basics/caching.ts'
import type { HeaderLine } from '../../core/basics/refusal.ts'
import { describesBody } from '../_shared/representation.ts'
import type { AnyResponse } from './response.ts'

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown

/** What a response gets when its headers go out. */
export interface Mark {
  /** The request headers that it depends on. */
  varies: readonly string[]
  /** What saved sessions hand to the client. */
  lines: readonly HeaderLine[]
  /** As it was before the mark. */
  readonly writeHead: unknown
}

/** Where a response keeps its mark: a plain property, because a WeakMap costs more than the rest. */
export const MARK: unique symbol = Symbol('sojourn.mark')

/** A response that may be marked. */
export type MarkedResponse = AnyResponse & { [MARK]?: Mark }

const NO_LINES: readonly HeaderLine[] = []

/** Marks a response, to take effect when its headers go out. */
export function markResponse(serverResponse: ServerResponse, vary: string | undefined, lines: readonly HeaderLine[] = NO_LINES): void {
  const response = serverResponse as MarkedResponse
  const mark = response[MARK]
  if (mark) {
    if (vary !== undefined && !mark.varies.includes(vary)) mark.varies = [...mark.varies, vary]
    if (lines.length > 0) mark.lines = [...mark.lines, ...lines]
    return
  }
  response[MARK] = { varies: vary === undefined ? [] : [vary], lines, writeHead: response.writeHead }
  response.writeHead = markedWriteHead as MarkedResponse['writeHead']
}

/** One for all responses; node calls it also for headers that nobody wrote. */
function markedWriteHead(this: MarkedResponse, ...args: unknown[]): unknown {
  const mark = this[MARK]!
  const isEmpty = mark.varies.length === 0 && mark.lines.length === 0
  return Reflect.apply(mark.writeHead as AnyFunction, this, isEmpty || this.headersSent ? args : withMark(this, mark, args))
}

/** Sets the headers, or puts them among the arguments where those hold headers: they replace what was set before, as in node. */
function withMark(response: AnyResponse, mark: Mark, args: readonly unknown[]): unknown[] {
  const [status, reason, last] = args
  const given = typeof reason === 'string' ? last : (last ?? reason)
  const head = typeof reason === 'string' ? [status, reason] : [status]
  if (given === null || typeof given !== 'object') {
    setMark(response, mark)
    return head
  }
  if (Array.isArray(given)) {
    setPairs(response, pairsOf(given))
    setMark(response, mark)
    return head
  }
  return [...head, mergedHeaders(response, mark, given as Readonly<Record<string, OutgoingHttpHeader>>)]
}

function setMark(response: AnyResponse, { varies, lines }: Mark): void {
  for (const [name, value] of lines) {
    if (name.toLowerCase() === 'set-cookie') response.setHeader(name, cookiesWith(response.getHeader(name), value))
    else response.setHeader(name, value)
  }
  for (const vary of varies) response.setHeader('Vary', varyWith(joined(response.getHeader('Vary')), vary))
  const cacheControl = privateCacheControl(joined(response.getHeader('Cache-Control')), lines.length > 0)
  if (cacheControl !== undefined) response.setHeader('Cache-Control', cacheControl)
}

/** The headers of one `writeHead` with the mark, as one object: setting them one by one would cost more. */
function mergedHeaders(
  response: AnyResponse,
  { varies, lines }: Mark,
  given: Readonly<Record<string, OutgoingHttpHeader>>,
): Record<string, OutgoingHttpHeader> {
  const merged: Record<string, OutgoingHttpHeader> = {}
  let vary = joined(response.getHeader('Vary'))
  let cacheControl = joined(response.getHeader('Cache-Control'))
  let cookies: OutgoingHttpHeader | undefined = response.getHeader('Set-Cookie')
  for (const name of Object.keys(given)) {
    const value = given[name]!
    const lower = name.toLowerCase()
    if (lower === 'vary') vary = joined(value)
    else if (lower === 'cache-control') cacheControl = joined(value)
    else if (lower === 'set-cookie') cookies = value
    else merged[name] = value
  }
  for (const [name, value] of lines) {
    if (name.toLowerCase() === 'set-cookie') cookies = cookiesWith(cookies, value)
    else merged[name] = value
  }
  for (const one of varies) vary = varyWith(vary, one)
  cacheControl = privateCacheControl(cacheControl, lines.length > 0) ?? cacheControl
  if (vary !== undefined) merged['Vary'] = vary
  if (cacheControl !== undefined) merged['Cache-Control'] = cacheControl
  if (cookies !== undefined) merged['Set-Cookie'] = cookies
  return merged
}

/** As node does: a name replaces what was set before, and one that comes twice is sent twice. */
function setPairs(response: AnyResponse, pairs: readonly (readonly [name: string, value: unknown])[]): void {
  for (const [name] of pairs) if (response.hasHeader(name)) response.removeHeader(name)
  for (const [name, value] of pairs) {
    const before = response.getHeader(name)
    response.setHeader(name, before === undefined ? (value as OutgoingHttpHeader) : [...texts(before), ...texts(value)])
  }
}

/** @param before the cookies that are set already, the same one perhaps */
function cookiesWith(before: unknown, cookie: string): string | string[] {
  if (before === undefined) return cookie
  const all = texts(before)
  return all.includes(cookie) ? all : [...all, cookie]
}

function texts(value: unknown): string[] {
  return [value].flat().map(String)
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

export function joined(value: unknown): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value?.toString()
}
