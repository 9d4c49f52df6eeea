import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream'
import type { AdapterApplication, AdapterSetup, RouteAnswer } from '../../../src/testing/index.ts'

export type Make = (setup: AdapterSetup) => Promise<AdapterApplication>

/** An application on a server of its own. */
export async function listen(listener: RequestListener): Promise<AdapterApplication> {
  const server = createServer(listener)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** What a route answers, with node's own means. */
export function send(response: ServerResponse, answer: RouteAnswer): void {
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value)
  switch (answer.kind) {
    case 'text':
      response.writeHead(answer.status, { 'Content-Type': 'text/plain' }).end(answer.body)
      break
    case 'json':
      response.setHeader('Content-Type', 'application/json')
      response.end(JSON.stringify(answer.value))
      break
    case 'redirect':
      response.writeHead(302, { Location: answer.location }).end()
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
