/**
 * The responses that sessions are saved for: of node:http and node:http2, of subclasses, and of stand-ins for them in tests and on serverless
 * platforms. What differs between them is here.
 *
 * @module
 */
import type { ServerResponse } from 'node:http'

/** An HTTP/2 stream, as far as a response sends by it. */
export interface Http2Stream {
  respond: unknown
  readonly destroyed: boolean
}

/** A response as we see it. `flush` is compression's; `_header` and the others with an underscore are those of node:http. */
export type AnyResponse = { -readonly [K in keyof ServerResponse]: ServerResponse[K] } & {
  flush?: unknown
  _header?: unknown
  _implicitHeader?: unknown
  _storeHeader?: unknown
  readonly stream?: Http2Stream
}

/** Whether headers and a body can be sent by it: the stand-in for the response of an upgrade is any object. */
export function isResponse(response: object): boolean {
  const { setHeader, end, on } = response as Partial<AnyResponse>
  return typeof setHeader === 'function' && typeof end === 'function' && typeof on === 'function'
}

/** Whether it is one of node:http, or of a class that extends it. */
export function isHttp1(response: object): boolean {
  return Object.hasOwn(response, '_header')
}

/** Whether nobody hears any more what is sent. */
export function isGone(response: ServerResponse): boolean {
  return response.destroyed || (response as AnyResponse).stream?.destroyed === true
}

/** HTTP/2 has none, and warns. */
export function clearStatusMessage(response: ServerResponse): void {
  if (isHttp1(response)) response.statusMessage = ''
}

/** Anything true makes node:http believe that the headers are sent: `headersSent` says so, and `setHeader` throws as it would. */
const HELD_HEADER = 'held'

const HEADER_METHODS = ['setHeader', 'appendHeader', 'removeHeader'] as const

/** Makes a response say that its headers are sent while they are held back. */
export function pretendSent(response: AnyResponse): void {
  if (isHttp1(response)) {
    response._header = HELD_HEADER
    return
  }
  Object.defineProperty(response, 'headersSent', YES)
  for (const method of HEADER_METHODS) if (typeof response[method] === 'function') response[method] = refuseHeader
}

/** Ends that pretence. */
export function stopPretending(response: AnyResponse): void {
  if (isHttp1(response)) {
    response._header = null
    return
  }
  Object.defineProperty(response, 'headersSent', REAL_HEADERS_SENT)
  const prototype = Object.getPrototypeOf(response) as AnyResponse
  for (const method of HEADER_METHODS) if (response[method] === refuseHeader) response[method] = prototype[method] as never
}

/** Says that the response has ended, when its `end` was called and is held back. */
export function pretendEnded(response: AnyResponse): void {
  Object.defineProperty(response, 'writableEnded', YES)
}

/** Says again what is so. (Never `delete`: it would make the response a dictionary, and all that node does with it slow.) */
export function tellEndedTruly(response: AnyResponse): void {
  if (Object.hasOwn(response, 'writableEnded')) Object.defineProperty(response, 'writableEnded', REAL_WRITABLE_ENDED)
}

export function headersSentError(): Error {
  return Object.assign(new Error('Cannot write headers after they are sent to the client'), { code: 'ERR_HTTP_HEADERS_SENT' })
}

function refuseHeader(): never {
  throw headersSentError()
}

const YES: PropertyDescriptor = { value: true, writable: true, configurable: true }
const REAL_HEADERS_SENT: PropertyDescriptor = inherited('headersSent')
const REAL_WRITABLE_ENDED: PropertyDescriptor = inherited('writableEnded')

function inherited(name: string): PropertyDescriptor {
  return {
    configurable: true,
    get(this: object): unknown {
      return Reflect.get(Object.getPrototypeOf(this) as object, name, this)
    },
  }
}
