/** The responses of node that are not those of a plain server: of HTTP/2, of subclasses, and stand-ins for them. */
import { EventEmitter } from 'node:events'
import { createServer, ServerResponse } from 'node:http'
import type { IncomingMessage, RequestListener } from 'node:http'
import { createSecureServer, createServer as createHttp2Server } from 'node:http2'
import type { Http2SecureServer, Http2Server, ServerHttp2Session } from 'node:http2'
import { Readable } from 'node:stream'
import { inject } from 'light-my-request'
import { createMocks } from 'node-mocks-http'
import serverless from 'serverless-http'
import type { AdapterApplication, AdapterSetup, RouteAnswer } from '../../../src/testing/index.ts'
import { Http1Client } from '../wire/http1.ts'
import { Http2Client, SECURE_SERVER, connectSecure } from '../wire/http2.ts'
import { fastifyApp, koaListener, nodeListener } from './applications.ts'
import { closed, listen, originOf, send, served, type Make } from './listen.ts'

const pipelined: Make = (setup) => listen(nodeListener(setup), (origin) => new Http1Client(origin, '/untouched'))

/** With what subclasses do: it calls its own methods, and those of node, from each other. */
class OwnResponse<R extends IncomingMessage = IncomingMessage> extends ServerResponse<R> {
  override write(...args: unknown[]): boolean {
    if (!this.headersSent) this.writeHead(this.statusCode)
    return super.write(...(args as [string]))
  }

  override end(...args: unknown[]): this {
    const [chunk, ...others] = args
    if (chunk !== undefined && chunk !== null && typeof chunk !== 'function') {
      this.write(chunk)
      return super.end(...(others as []))
    }
    return super.end(...(args as []))
  }
}

const subclassed: Make = async (setup) => {
  const server = createServer({ ServerResponse: OwnResponse }, nodeListener(setup))
  const origin = await originOf(server)
  return served(origin, new Http1Client(origin), async () => {
    server.closeAllConnections()
    await closed(server)
  })
}

async function listenHttp2(server: Http2Server | Http2SecureServer, scheme: 'http' | 'https'): Promise<AdapterApplication> {
  const sessions = new Set<ServerHttp2Session>()
  server.on('session', (session) => sessions.add(session))
  const origin = await originOf(server, scheme)
  return served(origin, new Http2Client(origin), async () => {
    for (const session of sessions) session.destroy()
    await closed(server)
  })
}

/** The listeners of node:http are those of node:http2's compatibility API, but for their types. */
type Http2Listener = Parameters<typeof createHttp2Server>[1]

const plain =
  (listenerOf: (setup: AdapterSetup) => RequestListener): Make =>
  (setup) =>
    listenHttp2(createHttp2Server(listenerOf(setup) as unknown as Http2Listener), 'http')

const secure =
  (allowHTTP1: boolean): Make =>
  (setup) =>
    listenHttp2(createSecureServer({ ...SECURE_SERVER, allowHTTP1 }, nodeListener(setup) as unknown as Http2Listener), 'https')

const oldProtocol: Make = async (setup) => {
  const server = createSecureServer({ ...SECURE_SERVER, allowHTTP1: true }, nodeListener(setup) as unknown as Http2Listener)
  const origin = await originOf(server, 'https')
  const client = new Http1Client(origin, undefined, (port) => connectSecure(port, 'http/1.1'))
  return served(origin, client, () => closed(server))
}

const fastifyHttp2: Make = async (setup) => {
  const app = await fastifyApp(setup, { http2: true, forceCloseConnections: undefined })
  const sessions = new Set<ServerHttp2Session>()
  app.server.on('session', (session: ServerHttp2Session) => sessions.add(session))
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  return served(origin, new Http2Client(origin), async () => {
    for (const session of sessions) session.destroy()
    await app.close()
  })
}

const inProcess = (fetch: (request: Request) => Promise<Response>, close = async (): Promise<void> => undefined): AdapterApplication => ({
  origin: 'http://localhost',
  fetch,
  close,
})

interface Injected {
  readonly statusCode: number
  readonly headers: NodeJS.Dict<number | string | string[]>
  stream(): Readable
}

const asInjection = ({ method, url, headers }: Request): object => ({
  method,
  url: new URL(url).pathname,
  headers: Object.fromEntries(headers),
  payloadAsStream: true,
})

function asResponse(
  method: string,
  status: number,
  headers: NodeJS.Dict<number | string | string[]>,
  body: string | ReadableStream<Uint8Array> | null,
): Response {
  const lines = Object.entries(headers).flatMap(([name, values]) => [values].flat().map((value): [string, string] => [name, String(value)]))
  return new Response(method === 'HEAD' || [204, 304].includes(status) ? null : body, { status, headers: lines })
}

const fromInjection = ({ method }: Request, { statusCode, headers, ...response }: Injected): Response =>
  asResponse(method, statusCode, headers, Readable.toWeb(response.stream()) as ReadableStream<Uint8Array>)

const fastifyInject: Make = async (setup) => {
  const app = await fastifyApp(setup)
  return inProcess(
    async (request) => fromInjection(request, await app.inject(asInjection(request))),
    () => app.close(),
  )
}

const injected: Make = async (setup) => {
  const listener = nodeListener(setup)
  return inProcess(async (request) => fromInjection(request, await inject(listener, asInjection(request))))
}

/** A mock is no stream to pipe into. */
function sendToMock(response: ServerResponse, answer: RouteAnswer): void {
  if (answer.kind !== 'stream') return send(response, answer)
  void (async () => {
    for await (const chunk of answer.chunks) response.write(chunk)
    response.end()
  })()
}

const mocked: Make = async (setup) => {
  const listener = nodeListener(setup, sendToMock)
  return inProcess(async ({ method, url, headers }) => {
    const { req, res } = createMocks(
      { method: method as 'GET', url: new URL(url).pathname, headers: Object.fromEntries(headers) },
      { eventEmitter: EventEmitter },
    )
    const ended = new Promise((resolve) => res.once('finish', resolve))
    listener(req as never, res as never)
    await ended
    const body = res._getBuffer().length > 0 ? res._getBuffer().toString() : (res._getData() as string)
    return asResponse(method, res.statusCode, res.getHeaders(), body)
  })
}

interface LambdaResult {
  readonly statusCode: number
  readonly multiValueHeaders?: Record<string, string[]>
  readonly headers?: Record<string, string>
  readonly body: string
}

const lambda: Make = async (setup) => {
  const handler = serverless(nodeListener(setup))
  return inProcess(async ({ method, url, headers }) => {
    const path = new URL(url).pathname
    const event = { httpMethod: method, path, headers: Object.fromEntries(headers), multiValueHeaders: {}, requestContext: {}, body: '' }
    const result = (await handler(event, {})) as LambdaResult
    return asResponse(method, result.statusCode, { ...result.headers, ...result.multiValueHeaders }, result.body)
  })
}

/** Other responses than those of a plain server of node. */
export const kinds: Readonly<Record<string, Make>> = {
  'node:http, pipelined': pipelined,
  'node:http, a subclass of ServerResponse': subclassed,
  'node:http2': plain(nodeListener),
  'node:http2, secure': secure(false),
  'node:http2, allowHTTP1, HTTP/2': secure(true),
  'node:http2, allowHTTP1, HTTP/1': oldProtocol,
  'fastify on HTTP/2': fastifyHttp2,
  'koa on HTTP/2': plain(koaListener),
  'fastify.inject': fastifyInject,
  'light-my-request': injected,
  'node-mocks-http': mocked,
  'serverless-http': lambda,
}

/** They hand over a response only when it has ended. */
export const buffered: readonly string[] = ['node-mocks-http', 'serverless-http']
