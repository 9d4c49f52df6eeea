/** HTTP/1.1 responses, read strictly (RFC 9112): what a lenient client forgives is a violation here. */
import { connect } from 'node:net'
import type { Socket } from 'node:net'

/** A response of which the headers have come. */
export interface Head {
  readonly status: number
  readonly reason: string
  readonly headers: readonly (readonly [name: string, value: string])[]
}

/** Called with the trailers of a response, if it has any. */
export type OnTrailers = (trailers: Record<string, string>) => void

/** Told of the responses on one connection, in order. */
export interface Reader {
  head(head: Head): void
  data(bytes: Buffer): void
  trailer(name: string, value: string): void
  end(): void
  violation(what: string): void
}

const STATUS_LINE = /^HTTP\/1\.1 (\d{3}) ([\t\x20-\x7e\x80-\xff]*)$/
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*?)[\t ]*$/

type State = 'head' | 'length' | 'chunk size' | 'chunk' | 'chunk end' | 'trailers' | 'until close' | 'broken'

/** Reads what comes over one connection. */
export class ResponseParser {
  readonly #reader: Reader
  /** The methods of the requests that have no whole response yet. */
  readonly #methods: string[] = []
  #bytes = Buffer.alloc(0)
  #state: State = 'head'
  #left = 0

  constructor(reader: Reader) {
    this.#reader = reader
  }

  expect(method: string): void {
    this.#methods.push(method)
  }

  /** Whether every response is whole. */
  get isIdle(): boolean {
    return this.#state === 'head' && this.#methods.length === 0 && this.#bytes.length === 0
  }

  push(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes])
    while (this.#state !== 'broken' && this.#step()) if (this.#bytes.length === 0) return
  }

  /** The connection has closed. */
  close(): void {
    if (this.#state === 'until close') this.#finish()
  }

  /** Whether there was enough to go on. */
  #step(): boolean {
    switch (this.#state) {
      case 'head':
        return this.#readHead()
      case 'length':
      case 'chunk':
        return this.#readCounted()
      case 'chunk size':
        return this.#readLine((line) => this.#startChunk(line))
      case 'chunk end':
        return this.#readLine((line) => {
          if (line !== '') this.#violate(`a chunk is longer than its size: ${JSON.stringify(line)}`)
          else this.#state = 'chunk size'
        })
      case 'trailers':
        return this.#readLine((line) => {
          if (line === '') return void this.#finish()
          const [, name, value] = FIELD.exec(line) ?? []
          if (name === undefined) this.#violate(`no trailer: ${JSON.stringify(line)}`)
          else this.#reader.trailer(name.toLowerCase(), value!)
        })
      default:
        this.#give(this.#bytes.length)
        return false
    }
  }

  #readHead(): boolean {
    const method = this.#methods[0]
    if (method === undefined && this.#bytes.length > 0) return this.#violate(`bytes between responses: ${this.#start()}`)
    const end = this.#bytes.indexOf('\r\n\r\n')
    if (end < 0) {
      if (this.#bytes.length > 0 && !'HTTP/1.1 '.startsWith(this.#bytes.toString('latin1', 0, 9))) {
        return this.#violate(`no status line: ${this.#start()}`)
      }
      return false
    }
    const [statusLine = '', ...lines] = this.#take(end + 4)
      .toString('latin1')
      .slice(0, -4)
      .split('\r\n')
    const [, status, reason = ''] = STATUS_LINE.exec(statusLine) ?? []
    if (status === undefined) return this.#violate(`no status line: ${JSON.stringify(statusLine)}`)
    const headers: [string, string][] = []
    for (const line of lines) {
      const [, name, value] = FIELD.exec(line) ?? []
      if (name === undefined) return this.#violate(`no header: ${JSON.stringify(line)}`)
      headers.push([name.toLowerCase(), value!])
    }
    return this.#startBody(method!, { status: Number(status), reason, headers })
  }

  #startBody(method: string, head: Head): boolean {
    const { status, headers } = head
    const all = (name: string): string[] => headers.filter(([other]) => other === name).map(([, value]) => value)
    const [lengths, encodings] = [all('content-length'), all('transfer-encoding')]
    if (status < 200) return true
    this.#reader.head(head)
    if (lengths.length > 1 || (lengths.length > 0 && encodings.length > 0))
      return this.#violate(`two lengths: ${lengths.join()} ${encodings.join()}`)
    if (lengths.some((length) => !/^\d+$/.test(length))) return this.#violate(`no length: ${lengths.join()}`)
    // A length of 0 is wrong too, but harms nobody, and h3 sends one.
    if (status === 204 && (encodings.length > 0 || lengths.some((length) => length !== '0'))) return this.#violate('a 204 with a length')
    if (method === 'HEAD' || status === 204 || status === 304) return this.#finish()
    if (encodings.length > 0) {
      if (encodings.join() !== 'chunked') return this.#violate(`an encoding nobody asked for: ${encodings.join()}`)
      this.#state = 'chunk size'
    } else if (lengths.length > 0) {
      this.#left = Number(lengths[0])
      this.#state = 'length'
      if (this.#left === 0) return this.#finish()
    } else {
      if (!all('connection').includes('close')) return this.#violate('a body without an end on a connection that stays open')
      this.#state = 'until close'
    }
    return true
  }

  #startChunk(line: string): void {
    if (!/^[0-9a-f]+$/i.test(line)) return void this.#violate(`no chunk size: ${JSON.stringify(line)}`)
    this.#left = Number.parseInt(line, 16)
    this.#state = this.#left === 0 ? 'trailers' : 'chunk'
  }

  #readCounted(): boolean {
    const size = Math.min(this.#left, this.#bytes.length)
    if (size === 0) return false
    this.#left -= size
    this.#give(size)
    if (this.#left > 0) return false
    if (this.#state === 'length') return this.#finish()
    this.#state = 'chunk end'
    return true
  }

  #readLine(read: (line: string) => void): boolean {
    const end = this.#bytes.indexOf('\r\n')
    if (end < 0) return false
    read(
      this.#take(end + 2)
        .toString('latin1')
        .slice(0, -2),
    )
    return true
  }

  #give(size: number): void {
    if (size > 0) this.#reader.data(this.#take(size))
  }

  #take(size: number): Buffer {
    const taken = this.#bytes.subarray(0, size)
    this.#bytes = this.#bytes.subarray(size)
    return taken
  }

  #finish(): true {
    this.#methods.shift()
    this.#state = 'head'
    this.#reader.end()
    return true
  }

  #violate(what: string): false {
    this.#state = 'broken'
    this.#reader.violation(what)
    return false
  }

  #start(): string {
    return JSON.stringify(this.#bytes.toString('latin1', 0, 60))
  }
}

/** A client of one server, on connections that stay open. */
export class Http1Client {
  readonly violations: string[] = []
  readonly #port: number
  /** The path of a second request, sent right behind each, before its response: pipelining. */
  readonly #follower: string | undefined
  readonly #idle = new Set<Connection>()
  readonly #all = new Set<Connection>()

  readonly #connect: (port: number) => Socket

  constructor(origin: string, follower?: string, connectTo = (port: number): Socket => connect({ port, host: '127.0.0.1' })) {
    this.#port = Number(new URL(origin).port)
    this.#follower = follower
    this.#connect = connectTo
  }

  /** Resolves when the headers have come; with status 0 if the connection closes before. */
  async fetch(request: Request, onTrailers?: OnTrailers): Promise<Response> {
    const connection = this.#takeIdle() ?? this.#open()
    const response = connection.send(request, onTrailers)
    if (this.#follower !== undefined) {
      const url = new URL(this.#follower, request.url)
      connection
        .send(new Request(url))
        .then((follower) => follower.text())
        .catch(() => undefined)
    }
    return response
  }

  close(): void {
    for (const connection of this.#all) connection.socket.destroy()
    if (this.violations.length > 0) throw new Error(`HTTP/1.1: ${this.violations.join('; ')}`)
  }

  #takeIdle(): Connection | undefined {
    const [connection] = this.#idle
    if (connection) this.#idle.delete(connection)
    return connection
  }

  #open(): Connection {
    const connection: Connection = new Connection(
      this.#connect(this.#port),
      (what) => this.violations.push(what),
      (isIdle) => void (isIdle ? this.#idle.add(connection) : this.#idle.delete(connection)),
    )
    this.#all.add(connection)
    return connection
  }
}

interface Waiting {
  readonly head: (response: Response) => void
  readonly onTrailers: OnTrailers | undefined
  body?: ReadableStreamDefaultController<Uint8Array>
}

class Connection implements Reader {
  readonly socket: Socket
  readonly #parser = new ResponseParser(this)
  readonly #waiting: Waiting[] = []
  readonly #onViolation: (what: string) => void
  readonly #onIdle: (isIdle: boolean) => void
  #isLast = false

  constructor(socket: Socket, onViolation: (what: string) => void, onIdle: (isIdle: boolean) => void) {
    this.socket = socket
    this.#onViolation = onViolation
    this.#onIdle = onIdle
    socket.on('data', (bytes) => this.#parser.push(bytes))
    socket.on('error', () => undefined)
    socket.on('close', () => this.#closed())
  }

  send(request: Request, onTrailers?: OnTrailers): Promise<Response> {
    const { method, url, headers, signal } = request
    const { pathname, host } = new URL(url)
    this.#parser.expect(method)
    const lines = [['host', host], ...headers].map(([name, value]) => `${name}: ${value}\r\n`)
    this.socket.write(`${method} ${pathname} HTTP/1.1\r\n${lines.join('')}\r\n`)
    signal.addEventListener('abort', () => this.socket.destroy())
    return new Promise((resolve) => this.#waiting.push({ head: resolve, onTrailers }))
  }

  head({ status, reason, headers }: Head): void {
    const waiting = this.#waiting[0]!
    if (headers.some(([name, value]) => name === 'connection' && value === 'close')) this.#isLast = true
    const body = new ReadableStream<Uint8Array>({ start: (controller) => void (waiting.body = controller) })
    const given = new Headers(headers.map(([name, value]): [string, string] => [name, value]))
    waiting.head(new Response([204, 304].includes(status) ? null : body, { status, statusText: reason, headers: given }))
  }

  data(bytes: Buffer): void {
    this.#waiting[0]!.body!.enqueue(bytes)
  }

  trailer(name: string, value: string): void {
    this.#waiting[0]!.onTrailers?.({ [name]: value })
  }

  end(): void {
    this.#waiting.shift()!.body!.close()
    if (this.#waiting.length === 0 && !this.#isLast) this.#onIdle(true)
  }

  violation(what: string): void {
    this.#onViolation(what)
    this.socket.destroy()
  }

  #closed(): void {
    this.#onIdle(false)
    this.#parser.close()
    for (const { head, body } of this.#waiting) {
      if (body) body.error(new Error('The connection closed within the body.'))
      else head(Response.error())
    }
    this.#waiting.length = 0
  }
}
