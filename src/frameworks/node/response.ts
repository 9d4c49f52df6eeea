/**
 * The responses that sessions are saved for: of node:http and node:http2, of subclasses, and of stand-ins for them in
 * tests and on serverless platforms. What differs between them is here.
 *
 * @module
 */
import type { ServerResponse } from 'node:http'

/** An HTTP/2 stream, as far as a response sends by it. */
export interface Http2Stream {
  respond: unknown
  respondWithFD: unknown
  respondWithFile: unknown
  write: unknown
  end: unknown
  readonly destroyed: boolean
  readonly closed: boolean
  removeAllListeners(event: string): unknown
  on(event: string, listener: () => void): unknown
  sendTrailers(headers: object): void
}

/** A response as we see it. `flush` is compression's; those with an underscore are those of node:http. */
export type AnyResponse = { -readonly [K in keyof ServerResponse]: ServerResponse[K] } & {
  flush?: unknown
  _header?: unknown
  _implicitHeader?: unknown
  _storeHeader?: unknown
  _send?: unknown
  _hasBody?: unknown
  _contentLength?: unknown
  _trailer?: unknown
  readonly stream?: Http2Stream
}

/**
 * Whether headers and a body can be sent by it: the stand-in for the response of an upgrade is any object. That of
 * engine.io 6.6.13 has the methods of headers, and events, but it cannot list its headers.
 */
export function isResponse(response: object): boolean {
  const { setHeader, getHeaderNames, end, on } = response as Partial<AnyResponse>
  return typeof setHeader === 'function' && typeof getHeaderNames === 'function' && typeof end === 'function' && typeof on === 'function'
}

/** Whether it is one of node:http, or of a class that extends it. */
export function isHttp1(response: object): boolean {
  return Object.hasOwn(response, '_header')
}

/** The stream that sends it, of one of node:http2. Others may have a property of that name for something else. */
export function streamOf<Stream>(response: { readonly stream?: Stream }): Stream | undefined {
  return isHttp1(response) ? undefined : response.stream
}

/** Whether nobody hears any more what is sent. */
export function isGone(response: ServerResponse): boolean {
  return response.destroyed || streamOf(response as AnyResponse)?.destroyed === true
}

/** HTTP/2 has none, and warns. */
export function clearStatusMessage(response: ServerResponse): void {
  if (isHttp1(response)) response.statusMessage = ''
}

/** What a response is going to say in its first line. */
export interface StatusLine {
  readonly code: number
  readonly message: string
}

export function statusLineOf(response: AnyResponse): StatusLine {
  return { code: response.statusCode, message: isHttp1(response) ? response.statusMessage : '' }
}

export function setStatusLine(response: AnyResponse, { code, message }: StatusLine): void {
  response.statusCode = code
  if (isHttp1(response)) response.statusMessage = message
}

/**
 * Forgets what node:http has noted of a body that will not be sent: else its length, or that there is none, would come
 * with another.
 */
export function forgetBody(response: AnyResponse): void {
  if (!isHttp1(response)) return
  response._contentLength = null
  response._hasBody = (response.req as { method?: string } | undefined)?.method !== 'HEAD'
}

export function forgetTrailers(response: AnyResponse): void {
  if (isHttp1(response)) response._trailer = ''
  const stream = streamOf(response)
  if (!stream || stream.destroyed) return
  stream.removeAllListeners('wantTrailers')
  stream.on('wantTrailers', () => stream.sendTrailers({}))
}

export function headersSentError(): Error {
  return Object.assign(new Error('Cannot write headers after they are sent to the client'), { code: 'ERR_HTTP_HEADERS_SENT' })
}
