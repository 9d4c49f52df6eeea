import { connect } from 'node:net'
import type { Socket } from 'node:net'

/** One request over a socket of its own, and every byte that came back so far. */
export interface RawExchange {
  received(): string
  /** When the server has closed the connection: all bytes. */
  readonly closed: Promise<string>
}

export function sendRaw(port: number, method: string, path: string, cookie: string): RawExchange {
  const chunks: Buffer[] = []
  const received = (): string => Buffer.concat(chunks).toString('latin1')
  const socket: Socket = connect(port, '127.0.0.1')
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  const closed = new Promise<string>((resolve) => socket.on('error', () => undefined).on('close', () => resolve(received())))
  socket.write(`${method} ${path} HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n${cookie === '' ? '' : `Cookie: ${cookie}\r\n`}\r\n`)
  return { received, closed }
}
