/** A request listener behind each protocol of node, and a client that reads strictly. */
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import type { ServerHttp2Session } from 'node:http2'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Http1Client } from './http1.ts'
import type { OnTrailers } from './http1.ts'
import { Http2Client } from './http2.ts'

/** A running server, on one connection or a few that stay open. */
export interface Running extends AsyncDisposable {
  /** Resolves when the headers have come; with status 0 if nothing comes. */
  ask(path?: string, init?: RequestInit, onTrailers?: OnTrailers): Promise<Response>
  /** What was wrong on the wire. */
  readonly violations: readonly string[]
}

function running(origin: string, client: Http1Client | Http2Client, stop: () => void): Running {
  return {
    ask: (path = '/', init = {}, onTrailers?) => client.fetch(new Request(origin + path, init), onTrailers),
    get violations() {
      return client.violations
    },
    async [Symbol.asyncDispose]() {
      stop()
      client.close()
    },
  }
}

async function http1(listener: RequestListener): Promise<Running> {
  const server = createServer(listener)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return running(origin, new Http1Client(origin), () => {
    server.closeAllConnections()
    server.close()
  })
}

async function http2(listener: RequestListener): Promise<Running> {
  const server = createHttp2Server(listener as unknown as Parameters<typeof createHttp2Server>[1])
  const sessions = new Set<ServerHttp2Session>()
  server.on('session', (session) => sessions.add(session))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return running(origin, new Http2Client(origin), () => {
    for (const session of sessions) session.destroy()
    server.close()
  })
}

/** By name. */
export const protocols = { 'HTTP/1': http1, 'HTTP/2': http2 } as const
