/** HTTP/2 responses, and the frames that they came in (RFC 9113). */
import { connect } from 'node:http2'
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2'
import { connect as connectTcp } from 'node:net'
import { Duplex, Readable } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import type { TLSSocket } from 'node:tls'
import type { OnTrailers } from './http1.ts'

/** A key that both sides know: TLS without a certificate. */
const KEY = { psk: Buffer.alloc(16, 'k'), identity: 'test' }
const CIPHERS = { ciphers: 'PSK-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' } as const

/** Options of a secure server for these clients. */
export const SECURE_SERVER = { ...CIPHERS, pskCallback: () => KEY.psk }

/** Connects to a server with those options. */
export function connectSecure(port: number, protocol: 'h2' | 'http/1.1'): TLSSocket {
  const socket = connectTls({
    ...CIPHERS,
    port,
    host: '127.0.0.1',
    ALPNProtocols: [protocol],
    pskCallback: () => KEY,
    checkServerIdentity: () => undefined,
  })
  return socket.setNoDelay()
}

const DATA = 0
const HEADERS = 1
const END_STREAM = 1

/** Reads frames as they come, and looks whether a stream has one HEADERS beside interim ones and trailers, and nothing after its end. */
export class FrameParser {
  readonly #violations: string[] = []
  /** How many HEADERS that do not end their stream. */
  readonly #headers = new Map<number, number>()
  readonly #ended = new Set<number>()
  #bytes = Buffer.alloc(0)

  get violations(): readonly string[] {
    const twice = [...this.#headers].filter(([, count]) => count > 1)
    return [...this.#violations, ...twice.map(([stream, count]) => `stream ${stream}: ${count} times HEADERS`)]
  }

  /** One HEADERS of the stream was that of an interim response, such as 103. */
  interim(stream: number): void {
    this.#headers.set(stream, (this.#headers.get(stream) ?? 0) - 1)
  }

  push(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes])
    for (;;) {
      const size = this.#bytes.length < 9 ? Infinity : 9 + this.#bytes.readUIntBE(0, 3)
      if (this.#bytes.length < size) return
      this.#look(this.#bytes[3]!, this.#bytes[4]!, this.#bytes.readUInt32BE(5))
      this.#bytes = this.#bytes.subarray(size)
    }
  }

  #look(type: number, flags: number, stream: number): void {
    if (type !== DATA && type !== HEADERS) return
    const isEnd = (flags & END_STREAM) !== 0
    if (this.#ended.has(stream)) this.#violations.push(`stream ${stream}: a frame of type ${type} after its end`)
    if (type === HEADERS) this.#headers.set(stream, (this.#headers.get(stream) ?? 0) + (isEnd ? 0 : 1))
    if (type === DATA && !this.#headers.has(stream)) this.#violations.push(`stream ${stream}: DATA before HEADERS`)
    if (isEnd) this.#ended.add(stream)
  }
}

/** A socket whose frames are looked at on their way. */
class Tap extends Duplex {
  readonly #socket: Duplex

  constructor(socket: Duplex, frames: FrameParser) {
    super()
    this.#socket = socket
    socket.on('data', (bytes: Buffer) => {
      frames.push(bytes)
      if (!this.push(bytes)) socket.pause()
    })
    socket.on('end', () => this.push(null))
    socket.on('error', (error) => this.destroy(error))
    socket.on('close', () => this.destroy())
  }

  override _read(): void {
    this.#socket.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, done)
  }

  override _final(done: () => void): void {
    this.#socket.end(done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy()
    done(error)
  }
}

/** A client of one server, over one connection. */
export class Http2Client {
  readonly #frames = new FrameParser()
  readonly #session: ClientHttp2Session
  readonly #errors: string[] = []

  constructor(origin: string) {
    const { protocol, port } = new URL(origin)
    const open = (): Duplex =>
      protocol === 'https:' ? connectSecure(Number(port), 'h2') : connectTcp({ port: Number(port), host: '127.0.0.1', noDelay: true })
    this.#session = connect(origin, { createConnection: () => new Tap(open(), this.#frames) })
    this.#session.on('error', (error) => this.#errors.push(String(error)))
  }

  get violations(): readonly string[] {
    return [...this.#frames.violations, ...this.#errors]
  }

  /** Opens a stream, for what a `Request` cannot say. */
  request(headers: Record<string, string>): ClientHttp2Stream {
    return this.#session.request(headers)
  }

  /** Resolves when the headers have come; with status 0 if the stream closes before. */
  fetch(request: Request, onTrailers?: OnTrailers): Promise<Response> {
    const stream = this.request({
      ...Object.fromEntries(request.headers),
      ':method': request.method,
      ':path': new URL(request.url).pathname,
    })
    if (request.body) Readable.fromWeb(request.body).pipe(stream)
    else stream.end()
    // From the start: data may come before the event that tells of the headers, and a stream that nobody reads does not close.
    const body = bodyOf(stream)
    stream.on('error', () => undefined)
    stream.on('trailers', (trailers) => onTrailers?.(Object.fromEntries(Object.entries(trailers)) as Record<string, string>))
    stream.on('headers', () => this.#frames.interim(stream.id!))
    request.signal.addEventListener('abort', () => stream.close())
    return new Promise((resolve) => {
      stream.on('close', () => resolve(Response.error()))
      stream.on('response', (headers) => resolve(responseOf(request.method, headers, body)))
    })
  }

  /** @throws if the frames were not as they should be */
  close(): void {
    this.#session.destroy()
    if (this.violations.length > 0) throw new Error(`HTTP/2: ${this.violations.join('; ')}`)
  }
}

function responseOf(method: string, headers: IncomingHttpHeaders & { ':status'?: number | undefined }, body: Readable): Response {
  const status = headers[':status']!
  const given = new Headers()
  for (const [name, values] of Object.entries(headers)) {
    if (!name.startsWith(':')) for (const value of [values].flat()) given.append(name, String(value))
  }
  const isEmpty = method === 'HEAD' || status === 204 || status === 304
  if (isEmpty) body.resume()
  return new Response(isEmpty ? null : (Readable.toWeb(body) as ReadableStream<Uint8Array>), { status, headers: given })
}

/** A stream that was reset is an error of its body, and no end. */
function bodyOf(stream: ClientHttp2Stream): Readable {
  const body = new Readable({ read: () => void stream.resume() })
  body.on('error', () => undefined)
  stream.on('data', (bytes: Buffer) => {
    if (!body.push(bytes)) stream.pause()
  })
  stream.on('close', () => {
    if (stream.rstCode === 0) body.push(null)
    else body.destroy(new Error(`The stream was reset with ${stream.rstCode}.`))
  })
  return body
}
