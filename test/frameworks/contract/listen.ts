import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream'
import type { AdapterApplication, AdapterSetup, RouteAnswer } from '../../../src/testing/index.ts'
import { Http1Client } from '../wire/http1.ts'

export type Make = (setup: AdapterSetup) => Promise<AdapterApplication>

/** An application on a server of its own; what it sends is read strictly. */
export async function listen(listener: RequestListener, client = httpClient): Promise<AdapterApplication> {
  const server = createServer(listener)
  const origin = await originOf(server)
  return served(origin, client(origin), async () => {
    server.closeAllConnections()
    await closed(server)
  })
}

interface Client {
  fetch(request: Request): Promise<Response>
  close(): void
}

const httpClient = (origin: string): Client => new Http1Client(origin)

/** An application at an address, asked by a client that tells at the end what was wrong on the wire. */
export function served(origin: string, client: Client, close: () => Promise<void>): AdapterApplication {
  return {
    origin,
    fetch: (request) => client.fetch(request),
    async close() {
      try {
        client.close()
      } finally {
        await close()
      }
    },
  }
}

export async function originOf(server: Server, scheme = 'http'): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export async function closed(server: Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve))
}

/** What a route answers, with node's own means. */
export function send(response: ServerResponse, answer: RouteAnswer): void {
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value)
  switch (answer.kind) {
    case 'text':
      // Not chained: some stand-ins for a response do not return themselves.
      response.writeHead(answer.status, { 'Content-Type': 'text/plain' })
      response.end(answer.body)
      break
    case 'json':
      response.setHeader('Content-Type', 'application/json')
      response.end(JSON.stringify(answer.value))
      break
    case 'redirect':
      response.writeHead(302, { Location: answer.location })
      response.end()
      break
    case 'empty':
      response.statusCode = answer.status
      response.end()
      break
    default:
      pipeline(Readable.from(answer.chunks), response, () => undefined)
  }
}

/** What a route answers, as a `Response`. */
export function responseOf(answer: RouteAnswer): Response {
  const { headers = {} } = answer
  switch (answer.kind) {
    case 'text':
      return new Response(answer.body, { status: answer.status, headers })
    case 'json':
      return Response.json(answer.value, { headers })
    case 'redirect':
      return new Response(null, { status: 302, headers: { ...headers, Location: answer.location } })
    case 'empty':
      return new Response(null, { status: answer.status, headers })
    default:
      return new Response(streamOf(answer.chunks), { headers })
  }
}

export function streamOf(chunks: AsyncIterable<string>): ReadableStream<Uint8Array> {
  return Readable.toWeb(Readable.from(bytes(chunks), { objectMode: true })) as ReadableStream<Uint8Array>
}

async function* bytes(chunks: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield Buffer.from(chunk)
}

export function pathOf(request: IncomingMessage): string {
  return new URL(request.url ?? '/', 'http://localhost').pathname
}
