/**
 * The one place where a session's headers come into a response: when its headers go out. `Vary` and `Cache-Control`
 * mark it as one that depends on the session, whatever the handler has set after its first read; `Set-Cookie` and
 * others are what a saved session hands to the client.
 *
 * @module
 */
import type { OutgoingHttpHeader, ServerResponse } from 'node:http'
import { isTargetedCacheControl, privateCacheControl, varyWith } from '../../core/basics/caching.ts'
import type { HeaderLine } from '../../core/basics/refusal.ts'
import { describesBody } from '../_shared/representation.ts'
import { isHttp1 } from './response.ts'
import type { AnyResponse, Http2Stream } from './response.ts'

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown

/** What a response gets when its headers go out. */
export interface Mark {
  /** The request headers that it depends on. */
  varies: readonly string[]
  /** What saved sessions hand to the client. */
  lines: readonly HeaderLine[]
  /** Whether it tells of a failed save: no cache keeps that, unless its writer says otherwise. */
  isFailure: boolean
  /** Whether the headers have it. */
  isSet: boolean
  readonly isOfStandIn: boolean
  // As they were before the mark.
  readonly writeHead: unknown
  readonly storeHeader: unknown
  readonly respond: unknown
}

/** Where a response keeps its mark: a plain property, because a WeakMap costs more than the rest. */
export const MARK: unique symbol = Symbol('sojourn.mark')

/** A response that may be marked, and a stream that sends it. */
export type MarkedResponse = Omit<AnyResponse, 'stream'> & { [MARK]?: Mark; readonly stream?: MarkedStream }
type MarkedStream = Http2Stream & { [MARK]?: MarkedResponse }

const NO_LINES: readonly HeaderLine[] = []

/** Marks a response, to take effect when its headers go out. */
export function markResponse(serverResponse: ServerResponse, varies: readonly string[], lines: readonly HeaderLine[] = NO_LINES): void {
  const response = serverResponse as MarkedResponse
  const mark = response[MARK] ?? putMark(response)
  for (const vary of varies) if (!mark.varies.includes(vary)) mark.varies = [...mark.varies, vary]
  if (lines.length > 0) mark.lines = [...mark.lines, ...lines]
  // A stand-in may send without its `writeHead`.
  if (mark.isOfStandIn && !isEmpty(mark)) setMarkOfStandIn(response, mark)
}

/** Says that a response, once marked, tells of a failed save, even if its writer drops all headers before. */
export function markFailure(serverResponse: ServerResponse): void {
  const mark = (serverResponse as MarkedResponse)[MARK]
  if (mark) mark.isFailure = true
}

/** Plain stores of shared functions: they cost nothing, and leave the response the shape that node knows. */
function putMark(response: MarkedResponse): Mark {
  const { writeHead } = response
  const isOfHttp1 = isHttp1(response)
  const stream = isOfHttp1 ? undefined : response.stream
  const mark: Mark = {
    varies: [],
    lines: NO_LINES,
    isFailure: false,
    isSet: false,
    isOfStandIn: !isOfHttp1 && !stream,
    writeHead,
    storeHeader: response._storeHeader,
    respond: stream?.respond,
  }
  response[MARK] = mark
  response.writeHead = markedWriteHead as MarkedResponse['writeHead']
  if (isOfHttp1) response._storeHeader = markedStoreHeader
  if (stream) {
    stream[MARK] = response
    stream.respond = markedRespond
  }
  return mark
}

/** Whether it changes nothing: a mark that was put early, of a session that nobody looked at. */
function isEmpty({ varies, lines, isFailure }: Mark): boolean {
  return varies.length === 0 && lines.length === 0 && !isFailure
}

/** One for all responses; node calls it also for headers that nobody wrote. */
function markedWriteHead(this: MarkedResponse, ...args: unknown[]): unknown {
  const mark = this[MARK]!
  return Reflect.apply(mark.writeHead as AnyFunction, this, this.headersSent || isEmpty(mark) ? args : withMark(this, mark, args))
}

/** Node's `writeHead` calls this, also one that was looked up before its arguments read the session. */
function markedStoreHeader(this: MarkedResponse, firstLine: unknown, headers: unknown): unknown {
  const mark = this[MARK]!
  return Reflect.apply(mark.storeHeader as AnyFunction, this, [
    firstLine,
    mark.isSet || isEmpty(mark) ? headers : withLateMark(this, mark, headers),
  ])
}

/** HTTP/2 sends the headers of its response by this. */
function markedRespond(this: MarkedStream, ...args: unknown[]): unknown {
  const response = this[MARK]!
  const mark = response[MARK]!
  if (!mark.isSet && !isEmpty(mark)) setMark(response, mark)
  return Reflect.apply(mark.respond as AnyFunction, this, args)
}

/** @param given node's own headers if any were set, and what `writeHead` was given if none were */
function withLateMark(response: MarkedResponse, mark: Mark, given: unknown): unknown {
  const areSet = response.getHeaderNames().length > 0
  if (!areSet && given !== null && typeof given === 'object') {
    setPairs(response, Array.isArray(given) ? pairsOf(given) : Object.entries(given))
  }
  setMark(response, mark)
  if (areSet) return given
  return Object.fromEntries(response.getHeaderNames().map((name) => [name, response.getHeader(name)]))
}

/**
 * Sets the headers, or puts them among the arguments where those hold headers: they replace what was set before, as in
 * node.
 */
function withMark(response: MarkedResponse, mark: Mark, args: readonly unknown[]): unknown[] {
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

/** engine.io's stand-in at an upgrade has no headers any more, and throws, once the handshake is over. */
function setMarkOfStandIn(response: MarkedResponse, mark: Mark): void {
  try {
    setMark(response, mark)
  } catch {
    // Nothing is sent by it then.
  }
}

function setMark(response: MarkedResponse, mark: Mark): void {
  const { varies, lines } = mark
  mark.isSet = true
  for (const [name, value] of lines) {
    if (name.toLowerCase() === 'set-cookie') response.setHeader(name, cookiesWith(response.getHeader(name), value))
    else response.setHeader(name, value)
  }
  for (const vary of varies) response.setHeader('Vary', varyWith(joined(response.getHeader('Vary')), vary))
  const cacheControl = markedCacheControl(joined(response.getHeader('Cache-Control')), mark)
  if (cacheControl !== undefined) response.setHeader('Cache-Control', cacheControl)
  if (lines.length > 0) overruleTargeted(response)
}

/** The headers of one `writeHead` with the mark, as one object: setting them one by one would cost more. */
function mergedHeaders(
  response: MarkedResponse,
  mark: Mark,
  given: Readonly<Record<string, OutgoingHttpHeader>>,
): Record<string, OutgoingHttpHeader> {
  const { varies, lines } = mark
  mark.isSet = true
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
  cacheControl = markedCacheControl(cacheControl, mark) ?? cacheControl
  if (lines.length > 0) {
    overruleTargeted(response)
    for (const name of Object.keys(merged)) if (isTargetedCacheControl(name)) merged[name] = 'no-store'
  }
  if (vary !== undefined) merged['Vary'] = vary
  if (cacheControl !== undefined) merged['Cache-Control'] = cacheControl
  if (cookies !== undefined) merged['Set-Cookie'] = cookies
  return merged
}

function markedCacheControl(current: string | undefined, { lines, isFailure }: Mark): string | undefined {
  return privateCacheControl(current, lines.length > 0 || (isFailure && current === undefined))
}

/** No cache is to keep a token, whichever header it obeys. */
function overruleTargeted(response: MarkedResponse): void {
  for (const name of response.getHeaderNames()) if (isTargetedCacheControl(name)) response.setHeader(name, 'no-store')
}

/** As node does: a name replaces what was set before, and one that comes twice is sent twice. */
function setPairs(response: MarkedResponse, pairs: readonly (readonly [name: string, value: unknown])[]): void {
  for (const [name] of pairs) if (response.getHeader(name) !== undefined) response.removeHeader(name)
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
export function removeRepresentation(response: Pick<ServerResponse, 'removeHeader'> & Partial<ServerResponse>): void {
  for (const name of response.getHeaderNames?.() ?? []) if (describesBody(name)) response.removeHeader(name)
}

function pairsOf(headers: readonly unknown[]): [name: string, value: unknown][] {
  if (Array.isArray(headers[0])) return headers as [string, unknown][]
  if (headers.length % 2 !== 0) throw new TypeError('writeHead: a flat list of headers needs a value for each name.')
  return Array.from({ length: headers.length / 2 }, (_, i) => [headers[2 * i] as string, headers[2 * i + 1]])
}

export function joined(value: unknown): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value?.toString()
}
