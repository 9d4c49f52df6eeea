/**
 * Visits without a network: node's own request and response objects over a socket that discards what is written. What
 * is left is what the framework and the sessions cost.
 *
 * @module
 */
import { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'

/** The form of the requests of one scenario. */
export interface Visits {
  readonly path: string
  /** Cookie headers, taken in turn; none: no cookie. */
  readonly cookies: readonly string[]
}

/** Visits so many times; each lane one after the other, as the connections of a server do. */
export async function visitTimes(listener: RequestListener, visits: Visits, times: number, lanes: number): Promise<void> {
  const share = Math.ceil(times / lanes)
  await Promise.all(Array.from({ length: lanes }, (_, lane) => drive(listener, visits, lane * share, share)))
}

async function drive(listener: RequestListener, { path, cookies }: Visits, start: number, times: number): Promise<void> {
  // It has what frameworks ask a socket for; there is nothing behind it.
  const socket = new Discarding() as unknown as Socket
  for (let turn = start; turn < start + times; turn++) {
    await visitOnce(listener, socket, path, cookies.length === 0 ? undefined : cookies[turn % cookies.length])
  }
  socket.destroy()
}

/** What node's parser calls: the lines become `headers` only when somebody asks for them. */
const addHeaderLines = Reflect.get(IncomingMessage.prototype, '_addHeaderLines') as (
  this: IncomingMessage,
  lines: readonly string[],
  count: number,
) => void

function visitOnce(listener: RequestListener, socket: Socket, path: string, cookie: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new IncomingMessage(socket)
    request.httpVersion = '1.1'
    request.httpVersionMajor = 1
    request.httpVersionMinor = 1
    request.method = 'GET'
    request.url = path
    const lines = ['Host', 'localhost', 'User-Agent', 'bench']
    if (cookie !== undefined) lines.push('Cookie', cookie)
    addHeaderLines.call(request, lines, lines.length)
    request.complete = true
    request.push(null)
    const response = new ServerResponse(request)
    response.shouldKeepAlive = true
    response.assignSocket(socket)
    response.on('finish', () => {
      response.detachSocket(socket)
      if (response.statusCode === 200) resolve()
      else reject(new Error(`${path} was answered with ${response.statusCode}.`))
    })
    listener(request, response)
  })
}

class Discarding extends Duplex {
  readonly remoteAddress: string = '127.0.0.1'
  readonly encrypted: boolean = false

  override _read(): void {}

  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done()
  }

  override _writev(_chunks: readonly unknown[], done: () => void): void {
    done()
  }

  setTimeout(): this {
    return this
  }
}
