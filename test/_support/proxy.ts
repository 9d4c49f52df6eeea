/** A TCP proxy that does to a connection what networks do. */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

/** What happens to the next answer of the server. */
export type Mischief =
  /** It arrives late. */
  | { readonly type: 'delay'; readonly milliseconds: number }
  /** The connection is cut before it arrives: the server has done what it was asked. */
  | { readonly type: 'cut' }
  /** Half of it arrives, then the connection is cut. */
  | { readonly type: 'truncate' }
  /** It never arrives, and nothing after it, while the connection stays open. */
  | { readonly type: 'silence' }

export interface Proxy {
  readonly port: number
  /** Does this to the next answer that comes, on whatever connection; resolves when it is done. */
  next(mischief: Mischief): Promise<void>
  /** Sends connections that come from now on to another server. */
  leadTo(port: number): void
  close(): Promise<void>
}

export async function startProxy(first: number): Promise<Proxy> {
  let target = first
  const sockets = new Set<Socket>()
  const waiting: { readonly mischief: Mischief; readonly done: () => void }[] = []
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.pipe(upstream)
    let silent = false
    upstream.on('data', (chunk: Buffer) => {
      if (silent) return
      const turn = waiting.shift()
      if (!turn) return void client.write(chunk)
      const { mischief } = turn
      if (mischief.type === 'delay') {
        upstream.pause()
        setTimeout(() => {
          client.write(chunk)
          upstream.resume()
        }, mischief.milliseconds)
      } else if (mischief.type === 'silence') silent = true
      else if (mischief.type === 'cut') client.destroy()
      else client.end(chunk.subarray(0, Math.ceil(chunk.length / 2)))
      turn.done()
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    next: (mischief) => new Promise((done) => waiting.push({ mischief, done })),
    leadTo: (port) => void (target = port),
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}
