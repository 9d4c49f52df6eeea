import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'

/** What came over the wire. `status` is undefined if the connection closed without a response. */
export interface Answer {
  readonly status: number | undefined
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
  header(name: string): string | undefined
  all(name: string): string[]
}

export interface RawRequest {
  readonly method?: string
  readonly path?: string
  readonly headers?: Record<string, string>
  readonly body?: string
  /** Called with the first byte of the response. */
  readonly onFirstByte?: () => void
}

const HANGS_AFTER = 60_000

/** Opens a socket and sends the request; nothing reads from it. */
export function sendRaw(port: number, { method = 'GET', path = '/', headers = {}, body = '' }: RawRequest = {}): Socket {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: false })
  const all: Record<string, string> = { Host: 'localhost', Connection: 'close', ...headers }
  if (body !== '') all['Content-Length'] ??= String(body.length)
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
  return socket
}

/** Sends a request over a socket of its own and reads until the connection closes. Rejects if the server hangs. */
export function fetchRaw(port: number, request: RawRequest = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = sendRaw(port, request)
    socket.setTimeout(HANGS_AFTER, () => socket.destroy(new Error('The server hangs.')))
    socket.on('data', (chunk: Buffer) => {
      if (chunks.length === 0) request.onFirstByte?.()
      chunks.push(chunk)
    })
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' ? resolve(parse(Buffer.concat(chunks))) : reject(error),
    )
    socket.on('end', () => resolve(parse(Buffer.concat(chunks))))
  })
}

function parse(bytes: Buffer): Answer {
  const split = bytes.indexOf('\r\n\r\n')
  const [statusLine = '', ...lines] = split < 0 ? [] : bytes.subarray(0, split).toString('latin1').split('\r\n')
  const headers = lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()] as const)
  const all = (name: string): string[] => headers.filter(([other]) => other === name).map(([, value]) => value)
  const header = (name: string): string | undefined => all(name)[0]
  const raw = split < 0 ? bytes : bytes.subarray(split + 4)
  const whole = header('transfer-encoding') === 'chunked' && raw.length > 0 ? dechunk(raw) : raw
  return {
    status: statusLine === '' ? undefined : Number(statusLine.split(' ')[1]),
    headers,
    header,
    all,
    body: decode(whole, header('content-encoding')),
  }
}

function dechunk(raw: Buffer): Buffer {
  const chunks: Buffer[] = []
  for (let at = 0; ;) {
    const lineEnd = raw.indexOf('\r\n', at)
    if (lineEnd < 0) throw new Error('The chunked body is cut off.')
    const size = Number.parseInt(raw.subarray(at, lineEnd).toString('latin1'), 16)
    if (size === 0) return Buffer.concat(chunks)
    chunks.push(raw.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = lineEnd + 2 + size + 2
  }
}

/** Undoes a `Content-Encoding`. */
export function decode(bytes: Buffer, encoding: string | undefined): string {
  if (bytes.length === 0) return ''
  if (encoding === 'gzip') return gunzipSync(bytes).toString()
  return (encoding === 'br' ? brotliDecompressSync(bytes) : bytes).toString()
}
